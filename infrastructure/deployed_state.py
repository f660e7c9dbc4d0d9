"""Chalice's account of what it has deployed, `.chalice/deployed/<stage>.json`, held against what AWS has.

Chalice writes the file when everything went well, and only then. After a deployment that stopped half-way, or with the
file lost, the next one would make a second API with another URL and stumble over the queues' mappings; a deletion that
stopped half-way would stumble over what is gone. So the file is settled first, whichever way it is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from chalicelib.settings import APP_NAME
from infrastructure.account import Account
from infrastructure.failures import CannotContinue
from infrastructure.stages import StageFiles, write_text

Record = dict[str, Any]
SCHEMA = {"schema_version": "2.0", "backend": "api"}
API_FUNCTION = "api_handler"
"""Chalice's name for the function behind the API."""
LOOKED_UP = frozenset({"lambda_function", "cloudwatch_event", "sqs_event", "rest_api"})
"""The kinds that this application has. Others (a custom domain, for one) are left as they are recorded."""


def state_path(root: Path, stage: str) -> Path:
    """Where Chalice keeps its account of a stage."""
    return root / ".chalice" / "deployed" / f"{stage}.json"


def recorded(root: Path, stage: str) -> list[Record]:
    """What Chalice has written down; nothing when there is no file, or half a one: Chalice can be stopped at that."""
    return _read(state_path(root, stage)) or []


def _read(path: Path) -> list[Record] | None:
    try:
        return [dict(record) for record in json.loads(path.read_text("utf-8"))["resources"]]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def deployed_functions(root: Path, stage: str) -> dict[str, str]:
    """ARNs of a stage's recorded functions, by name."""
    return {each["name"]: each["lambda_arn"] for each in recorded(root, stage) if each["resource_type"] == LAMBDA}


LAMBDA = "lambda_function"


def recorded_api(root: Path, stage: str) -> Record:
    """The record of a stage's API; empty without one."""
    return next((each for each in recorded(root, stage) if each["resource_type"] == "rest_api"), {})


def settle_state(
    account: Account, root: Path, stage: str, say: Callable[[str], None], adopt: str = "", domain: str = ""
) -> None:
    """Bring the file in line with what AWS has. `adopt` is the id of the API to keep where there are several and the
    file names none of them: raises CannotContinue without it. `domain` is the custom one of the configuration: Chalice
    deletes any other that the file names."""
    known = recorded(root, stage)
    functions = functions_of(account, stage)
    apis = apis_of(account, stage)
    api = chosen_api(apis, str(recorded_api(root, stage).get("rest_api_id", "")), adopt, stage)
    settled = [
        *_function_records(functions),
        *_event_records(account, stage, functions),
        *([api_record(account, stage, api)] if api else []),
        *(each for each in known if each["resource_type"] not in LOOKED_UP),
    ]
    if api and domain and "domain_name" not in {each["resource_type"] for each in known}:
        settled += _domain_records(account, api, domain)
    path = state_path(root, stage)
    if _identities(settled) == _identities(known) and (known or not path.exists()):
        return
    write_text(path, json.dumps({"resources": settled, **SCHEMA}, indent=2) + "\n")
    for line in _differences(known, settled):
        say(f".chalice/deployed/{stage}.json: {line}")


def functions_of(account: Account, stage: str) -> dict[str, str]:
    """ARNs of the functions that Chalice has made for a stage, by its names for them. Its tag decides: the names of
    stage `dev` begin as those of stage `dev-two`."""
    client = account.client("lambda")
    prefix = f"{APP_NAME}-{stage}"
    found = {}
    for page in client.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            name, arn = function["FunctionName"], function["FunctionArn"]
            if name != prefix and not name.startswith(f"{prefix}-"):
                continue
            if client.list_tags(Resource=arn)["Tags"].get("aws-chalice", "").endswith(f":stage={stage}:app={APP_NAME}"):
                found[name.removeprefix(prefix).removeprefix("-") or API_FUNCTION] = arn
    return found


def apis_of(account: Account, stage: str) -> list[str]:
    """Ids of the REST APIs that call the stage's function. All stages' APIs have the same name, and one that was
    stopped half-way has no stage yet."""
    client = account.client("apigateway")
    pages = client.get_paginator("get_rest_apis").paginate()
    named = [api["id"] for page in pages for api in page["items"] if api["name"] == APP_NAME]
    return [api for api in named if _calls(client, api, f":function:{APP_NAME}-{stage}/invocations")]


def _calls(client: Any, api: str, target: str) -> bool:
    pages = client.get_paginator("get_resources").paginate(restApiId=api, embed=["methods"])
    methods = (
        method for page in pages for each in page["items"] for method in each.get("resourceMethods", {}).values()
    )
    return any(str(method.get("methodIntegration", {}).get("uri", "")).endswith(target) for method in methods)


def chosen_api(apis: Sequence[str], known: str, adopt: str, stage: str) -> str:
    """The API that the stage goes on with: the one that is asked for, else the recorded one, else the only one; empty
    when there is none. Raises CannotContinue when that is not clear."""
    if adopt and adopt not in apis:
        raise CannotContinue(f"There is no API {adopt} of stage {stage}; there is {', '.join(apis) or 'none'}.")
    if adopt or known in apis or len(apis) < 2:
        return adopt or (known if known in apis else "".join(apis))
    raise CannotContinue(
        f"Stage {stage} has {len(apis)} APIs ({', '.join(apis)}), and .chalice/deployed/{stage}.json names none.\n"
        f"Bring that file back from git, or say whose URL your website uses: make deploy STAGE={stage} ADOPT={apis[0]}"
    )


def api_record(account: Account, stage: str, api: str) -> Record:
    """How Chalice records an API."""
    suffix = "amazonaws.com.cn" if account.region.startswith("cn-") else "amazonaws.com"
    url = f"https://{api}.execute-api.{account.region}.{suffix}/{stage}/"
    return {"name": "rest_api", "resource_type": "rest_api", "rest_api_id": api, "rest_api_url": url}


def custom_domain(files: StageFiles) -> str:
    """The domain that Chalice is told to make for a stage, or nothing."""
    given = {**files.config, **files.described}.get("api_gateway_custom_domain") or {}
    return str(given.get("domain_name", ""))


def release_domains(account: Account, root: Path, stage: str, say: Callable[[str], None]) -> None:
    """Take the stage's API off custom domains that Chalice knows nothing of: API Gateway deletes no API that one leads
    to."""
    api = str(recorded_api(root, stage).get("rest_api_id", ""))
    known = {each.get("domain_name") for each in recorded(root, stage)}
    for domain, path in _mappings_of(account, api) if api else []:
        if domain["domainName"] not in known:
            account.client("apigateway").delete_base_path_mapping(domainName=domain["domainName"], basePath=path)
            say(f"Taken off the domain {domain['domainName']}, which stays: {_key(path)}")


def _mappings_of(account: Account, api: str) -> list[tuple[Record, str]]:
    """Custom domains that lead to an API, and below which path."""
    client = account.client("apigateway")
    domains = [each for page in client.get_paginator("get_domain_names").paginate() for each in page.get("items", [])]
    mappings = client.get_paginator("get_base_path_mappings")
    return [
        (domain, mapping["basePath"])
        for domain in domains
        for page in mappings.paginate(domainName=domain["domainName"])
        for mapping in page.get("items", [])
        if mapping["restApiId"] == api
    ]


def _key(path: str) -> str:
    return "/" if path == "(none)" else f"/{path}"


def _domain_records(account: Account, api: str, name: str) -> list[Record]:
    found = [(domain, path) for domain, path in _mappings_of(account, api) if domain["domainName"] == name]
    if not found:
        return []
    domain = found[0][0]
    record = {
        "name": "api_gateway_custom_domain",
        "resource_type": "domain_name",
        "hosted_zone_id": domain.get("regionalHostedZoneId") or domain.get("distributionHostedZoneId", ""),
        "alias_domain_name": domain.get("regionalDomainName") or domain.get("distributionDomainName", ""),
        "certificate_arn": domain.get("regionalCertificateArn") or domain.get("certificateArn", ""),
        "security_policy": domain.get("securityPolicy", ""),
        "domain_name": name,
        "api_mapping": [{"key": _key(path)} for _, path in found],
    }
    return [record]


def _function_records(functions: Mapping[str, str]) -> list[Record]:
    return [{"name": name, "resource_type": LAMBDA, "lambda_arn": arn} for name, arn in functions.items()]


def _event_records(account: Account, stage: str, functions: Mapping[str, str]) -> list[Record]:
    lambdas, rules = account.client("lambda"), _rules(account, stage)
    records = []
    for name, arn in functions.items():
        rule = f"{APP_NAME}-{stage}-{name}-event"
        if rule in rules:
            records.append({"name": f"{name}-event", "resource_type": "cloudwatch_event", "rule_name": rule})
        for page in lambdas.get_paginator("list_event_source_mappings").paginate(FunctionName=arn):
            records += [_mapping_record(name, arn, each) for each in page["EventSourceMappings"] if _stays(each)]
    return records


def _rules(account: Account, stage: str) -> set[str]:
    pages = account.client("events").get_paginator("list_rules").paginate(NamePrefix=f"{APP_NAME}-{stage}-")
    return {rule["Name"] for page in pages for rule in page["Rules"]}


def _stays(mapping: Mapping[str, Any]) -> bool:
    return ":sqs:" in mapping["EventSourceArn"] and mapping.get("State") != "Deleting"


def _mapping_record(function: str, arn: str, mapping: Mapping[str, Any]) -> Record:
    queue = mapping["EventSourceArn"]
    return {
        "name": f"{function}-sqs-event-source",
        "resource_type": "sqs_event",
        "queue_arn": queue,
        "event_uuid": mapping["UUID"],
        "queue": queue.rpartition(":")[2],
        "lambda_arn": arn,
    }


def _identities(records: Iterable[Record]) -> set[tuple[str, str]]:
    """What a record is of, and which: the rest follows from it, or is not looked up."""
    which = ("lambda_arn", "rule_name", "event_uuid", "rest_api_id")
    return {(each["name"], next((str(each[name]) for name in which[::-1] if name in each), "")) for each in records}


def _differences(known: Iterable[Record], settled: Iterable[Record]) -> list[str]:
    before, after = _identities(known), _identities(settled)
    added, gone = sorted(name for name, _ in after - before), sorted(name for name, _ in before - after)
    lines = [f"found in AWS and taken up: {', '.join(added)}"] if added else []
    return [*lines, f"no longer in AWS: {', '.join(gone)}"] if gone else lines
