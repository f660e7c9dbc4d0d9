"""Everything that stands in an account, by kind and name: what a deployment adds and what a removal leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rehearsal.empty_account import EmptyAccount

Client = Callable[[str], Any]
Inventory = dict[str, set[str]]
Kind = Callable[[Client], Iterable[str]]


def inventory_of(account: EmptyAccount) -> Inventory:
    """Names by kind, kinds without any left out."""
    found = {kind: set(names(account.client)) for kind, names in _KINDS.items()}
    return {kind: names for kind, names in found.items() if names}


def _listed(
    service: str, operation: str, member: str, name: str, **parameters: Any
) -> Callable[[Client], Iterable[str]]:
    """Names out of one list, page by page where there are pages."""

    def names(client: Client) -> Iterable[str]:
        api = client(service)
        if api.can_paginate(operation):
            pages: Iterable[Mapping[str, Any]] = api.get_paginator(operation).paginate(**parameters)
        else:
            pages = [getattr(api, operation)(**parameters)]
        return [each[name] if name else each for page in pages for each in page.get(member, [])]

    return names


def _keys(client: Client) -> Iterable[str]:
    """Keys of ours; those that AWS keeps for its services come and go with their use."""
    kms = client("kms")
    keys = [kms.describe_key(KeyId=each["KeyId"])["KeyMetadata"] for each in kms.list_keys()["Keys"]]
    return [
        each["KeyId"] for each in keys if each["KeyState"] != "PendingDeletion" and each["KeyManager"] == "CUSTOMER"
    ]


def _aliases(client: Client) -> Iterable[str]:
    named = [each["AliasName"] for each in client("kms").list_aliases()["Aliases"]]
    return [name for name in named if not name.startswith("alias/aws/")]


def _budgets(client: Client) -> Iterable[str]:
    account = client("sts").get_caller_identity()["Account"]
    return [each["BudgetName"] for each in client("budgets").describe_budgets(AccountId=account).get("Budgets", [])]


def _stacks(client: Client) -> Iterable[str]:
    described = client("cloudformation").describe_stacks()["Stacks"]
    return [each["StackName"] for each in described if each["StackStatus"] != "DELETE_COMPLETE"]


_KINDS: Mapping[str, Kind] = {
    "stacks": _stacks,
    "tables": _listed("dynamodb", "list_tables", "TableNames", ""),
    "keys": _keys,
    "key aliases": _aliases,
    "user pools": _listed("cognito-idp", "list_user_pools", "UserPools", "Name", MaxResults=60),
    "functions": _listed("lambda", "list_functions", "Functions", "FunctionName"),
    "event source mappings": _listed("lambda", "list_event_source_mappings", "EventSourceMappings", "UUID"),
    "APIs": _listed("apigateway", "get_rest_apis", "items", "id"),
    "rules": _listed("events", "list_rules", "Rules", "Name"),
    "queues": _listed("sqs", "list_queues", "QueueUrls", ""),
    "topics": _listed("sns", "list_topics", "Topics", "TopicArn"),
    "subscriptions": _listed("sns", "list_subscriptions", "Subscriptions", "Endpoint"),
    "SES identities": _listed("sesv2", "list_email_identities", "EmailIdentities", "IdentityName"),
    "SES configuration sets": _listed("sesv2", "list_configuration_sets", "ConfigurationSets", ""),
    "alarms": _listed("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    "dashboards": _listed("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    "log groups": _listed("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "roles": _listed("iam", "list_roles", "Roles", "RoleName"),
    "policies": _listed("iam", "list_policies", "Policies", "PolicyName", Scope="Local"),
    "buckets": _listed("s3", "list_buckets", "Buckets", "Name"),
    "budgets": _budgets,
}
