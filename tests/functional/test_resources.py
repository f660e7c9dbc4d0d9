"""The template's resources as tests and sandbox get them."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import boto3
import pytest

from chalicelib.aws import Clients
from chalicelib.context import AppContext
from sandbox.clock import SandboxClock
from sandbox.moto_time import follow
from sandbox.resources import DATA_TEMPLATE, TEMPLATE
from sandbox.ses_publishing import publish_mail_events
from simulation.model_resources import template_document
from tests.conftest import STAGE_KEY, Alerts, Mailbox


def made(aws: Clients, stack: str = "enquiry-desk-test") -> dict[str, str]:
    """Physical ids of a stack's resources by their names in its template."""
    cloudformation = boto3.client("cloudformation", region_name=aws.region)
    resources = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
    return {found["LogicalResourceId"]: found["PhysicalResourceId"] for found in resources}


def policy_of(aws: Clients, queue: str) -> Any:
    """The first statement of a queue's policy."""
    attributes = aws.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy"])["Attributes"]
    return json.loads(attributes["Policy"])["Statement"][0]


@pytest.mark.parametrize(
    ("template", "stack", "absent"),
    [(DATA_TEMPLATE, "enquiry-desk-test-data", set()), (TEMPLATE, "enquiry-desk-test", {"AlarmSubscription"})],
)
def test_every_resource_of_the_templates_exists(aws: Clients, template: Path, stack: str, absent: set[str]) -> None:
    declared = template_document(template.read_text("utf-8"))["Resources"]

    assert set(declared) - absent == set(made(aws, stack))


def test_only_the_topic_of_mail_events_may_send_to_their_queue(aws: Clients) -> None:
    resources = made(aws)
    statement = policy_of(aws, resources["MailEvents"])

    assert statement["Principal"] == {"Service": "sns.amazonaws.com"}
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": resources["MailEventsTopic"]}}


def test_only_ses_may_publish_mail_events(aws: Clients) -> None:
    attributes = aws.sns.get_topic_attributes(TopicArn=made(aws)["MailEventsTopic"])["Attributes"]
    statement = json.loads(attributes["Policy"])["Statement"][0]

    assert statement["Principal"] == {"Service": "ses.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_message_to_the_topic_of_mail_events_reaches_the_queue_in_its_envelope(aws: Clients) -> None:
    resources = made(aws)
    aws.sns.publish(TopicArn=resources["MailEventsTopic"], Message="news")
    message = aws.sqs.receive_message(QueueUrl=resources["MailEvents"])["Messages"][0]
    envelope = json.loads(message["Body"])

    assert (envelope["Type"], envelope["TopicArn"]) == ("Notification", resources["MailEventsTopic"])
    assert envelope["Message"] == "news"


def test_table_expires_items_has_backups_and_cannot_be_deleted(aws: Clients, context: AppContext) -> None:
    name = context.table.name
    table = aws.dynamodb.describe_table(TableName=name)["Table"]
    expiry = aws.dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    backups = aws.dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]

    assert table["DeletionProtectionEnabled"] is True
    assert table["SSEDescription"]["SSEType"] == "KMS"
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_topic_of_mail_events_alone_is_encrypted_and_its_key_admits_ses(aws: Clients) -> None:
    topics = {name: topic for name, topic in made(aws).items() if name in ("MailEventsTopic", "OnCall", "Alarms")}
    attributes = {name: aws.sns.get_topic_attributes(TopicArn=topic)["Attributes"] for name, topic in topics.items()}
    kms = boto3.client("kms", region_name=aws.region)
    key = kms.describe_key(KeyId="alias/enquiry-desk-test")["KeyMetadata"]["Arn"]
    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    (of_ses,) = [each for each in policy["Statement"] if each["Principal"] == {"Service": "ses.amazonaws.com"}]

    assert {name: each.get("KmsMasterKeyId") for name, each in attributes.items()} == {
        "MailEventsTopic": key,
        "OnCall": None,
        "Alarms": None,
    }
    assert of_ses["Condition"] == {
        "StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": topics["MailEventsTopic"]}
    }


def test_every_log_group_is_encrypted_kept_for_a_while_and_known_to_the_key(aws: Clients) -> None:
    groups = boto3.client("logs", region_name=aws.region).describe_log_groups()["logGroups"]
    kms = boto3.client("kms", region_name=aws.region)
    key = kms.describe_key(KeyId="alias/enquiry-desk-test")["KeyMetadata"]["Arn"]
    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    (of_logs,) = [each for each in policy["Statement"] if "logs.us-east-1.amazonaws.com" in str(each["Principal"])]
    known = of_logs["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    arns = [group["arn"].removesuffix(":*") for group in groups]

    assert len(groups) == 12
    assert {(group.get("kmsKeyId"), group.get("retentionInDays")) for group in groups} == {(key, 90)}
    assert [arn for arn in arns if not any(fnmatchcase(arn, pattern) for pattern in known)] == []


def test_nobody_but_alarms_and_budgets_of_the_account_publishes_alarms(aws: Clients) -> None:
    attributes = aws.sns.get_topic_attributes(TopicArn=made(aws)["Alarms"])["Attributes"]
    statements = json.loads(attributes["Policy"])["Statement"]
    budget = boto3.client("budgets", region_name=aws.region).describe_budgets(AccountId="123456789012")["Budgets"][0]

    assert [each["Principal"]["Service"] for each in statements] == [
        "cloudwatch.amazonaws.com",
        "budgets.amazonaws.com",
    ]
    assert [each["Condition"]["StringEquals"] for each in statements] == [{"aws:SourceAccount": "123456789012"}] * 2
    assert (budget["BudgetName"], int(budget["BudgetLimit"]["Amount"])) == ("enquiry-desk-test-us-east-1", 20)


def test_key_of_the_table_can_be_described(aws: Clients) -> None:
    kms = boto3.client("kms", region_name=aws.region)
    key = kms.describe_key(KeyId="alias/enquiry-desk-test")["KeyMetadata"]

    assert key["Enabled"] is True


def test_fifth_failure_moves_a_notification_to_the_dead_letter_queue(aws: Clients, context: AppContext) -> None:
    url = aws.sqs.get_queue_url(QueueName=context.settings.notification_queue)["QueueUrl"]
    attributes = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]

    assert attributes["VisibilityTimeout"] == "120"
    assert json.loads(attributes["RedrivePolicy"])["maxReceiveCount"] == 5


def test_stage_key_is_in_the_settings_row(context: AppContext) -> None:

    assert context.stage_settings.current().key == STAGE_KEY


def test_mail_that_ses_accepts_is_in_the_mailbox(aws: Clients, context: AppContext, mailbox: Mailbox) -> None:
    raw = "From: hello@clinic.example\r\nTo: Ann <ann@mail.example>\r\nSubject: =?utf-8?q?=C2=A1Hola!?=\r\n\r\nHola\r\n"
    aws.ses.send_email(
        FromEmailAddress="hello@clinic.example",
        Destination={"ToAddresses": ["ann@mail.example"]},
        Content={"Raw": {"Data": raw.encode()}},
        ConfigurationSetName=context.settings.mail_configuration_set,
    )

    assert [(mail.to, mail.subject, mail.text) for mail in mailbox] == [(("ann@mail.example",), "¡Hola!", "Hola\n")]


def test_message_that_sns_accepts_is_in_the_alerts(aws: Clients, context: AppContext, alerts: Alerts) -> None:
    aws.sns.publish(TopicArn=context.settings.on_call_topic_arn, Subject="Emergency", Message="K7F-3Q9M")

    assert [(alert.subject, alert.message) for alert in alerts] == [("Emergency", "K7F-3Q9M")]


@pytest.mark.parametrize("_time", range(2))
def test_every_test_gets_a_fresh_aws(aws: Clients, _time: int) -> None:
    listed = aws.dynamodb.scan(TableName="enquiry-desk-test-enquiries")["Count"]
    aws.dynamodb.put_item(TableName="enquiry-desk-test-enquiries", Item={"pk": {"S": "a"}, "sk": {"S": "b"}})

    assert listed == 1


def send_raw_mail(aws: Clients, configuration_set: str, to: str) -> str:
    """A mail with a tag; returns its id."""
    answer = aws.ses.send_email(
        FromEmailAddress="hello@clinic.example",
        Destination={"ToAddresses": [to]},
        Content={
            "Raw": {"Data": f"From: hello@clinic.example\r\nTo: {to}\r\nSubject: Hello\r\n\r\nHello\r\n".encode()}
        },
        ConfigurationSetName=configuration_set,
        EmailTags=[{"Name": "notification_id", "Value": "some_acknowledgement"}],
    )
    return str(answer["MessageId"])


def events_in(aws: Clients, queue: str) -> list[Any]:
    """What SES has told, taken out of its envelopes."""
    answer = aws.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
    return [json.loads(json.loads(message["Body"])["Message"]) for message in answer.get("Messages", [])]


def test_what_becomes_of_a_mail_reaches_the_queue(aws: Clients, context: AppContext, alerts: Alerts) -> None:
    message_id = send_raw_mail(aws, context.settings.mail_configuration_set, "bounce@mail.example")
    first, again = (publish_mail_events(aws.region, context.clock()) for _ in range(2))
    events = events_in(aws, made(aws)["MailEvents"])

    assert (first, again) == (2, 0)
    assert [event["eventType"] for event in events] == ["Send", "Bounce"]
    assert {event["mail"]["messageId"] for event in events} == {message_id}
    assert events[0]["mail"]["tags"]["notification_id"] == ["some_acknowledgement"]
    assert list(alerts) == []


def test_nothing_is_told_of_a_mail_without_configuration_set(aws: Clients, context: AppContext) -> None:
    send_raw_mail(aws, "unknown", "ann@mail.example")

    assert publish_mail_events(aws.region, context.clock()) == 0


def test_messages_held_back_are_there_once_the_clock_was_moved(aws: Clients, context: AppContext) -> None:
    url = aws.sqs.get_queue_url(QueueName=context.settings.notification_queue)["QueueUrl"]
    clock = SandboxClock()
    follow(clock)
    aws.sqs.send_message(QueueUrl=url, MessageBody="hello", DelaySeconds=60)
    early = aws.sqs.receive_message(QueueUrl=url).get("Messages", [])
    clock.move(2)
    late = aws.sqs.receive_message(QueueUrl=url).get("Messages", [])
    in_flight = aws.sqs.receive_message(QueueUrl=url).get("Messages", [])
    clock.move(3)
    visible_again = aws.sqs.receive_message(QueueUrl=url).get("Messages", [])
    follow(SandboxClock())

    assert [len(early), len(late), len(in_flight), len(visible_again)] == [0, 1, 0, 1]


def test_failed_transaction_leaves_everything_as_it_was(aws: Clients, context: AppContext) -> None:
    name = context.table.name

    def key(sort: str) -> dict[str, Any]:
        return {"pk": {"S": "a"}, "sk": {"S": sort}}

    def action(kind: str, sort: str, **more: Any) -> dict[str, Any]:
        return {kind: {"TableName": name, **({"Item": key(sort)} if kind == "Put" else {"Key": key(sort)}), **more}}

    for sort in ("changed", "deleted", "replaced"):
        aws.dynamodb.put_item(TableName=name, Item={**key(sort), "value": {"S": "old"}})
    before = aws.dynamodb.scan(TableName=name)["Items"]
    change = {"UpdateExpression": "SET #v = :new", "ExpressionAttributeNames": {"#v": "value"}}
    with pytest.raises(aws.dynamodb.exceptions.TransactionCanceledException) as raised:
        aws.dynamodb.transact_write_items(
            TransactItems=[
                action("Update", "changed", **change, ExpressionAttributeValues={":new": {"S": "new"}}),
                action("Delete", "deleted"),
                action("Put", "replaced"),
                action("Put", "added"),
                action("ConditionCheck", "missing", ConditionExpression="attribute_exists(pk)"),
            ]
        )
    after = aws.dynamodb.scan(TableName=name)["Items"]

    assert [reason["Code"] for reason in raised.value.response["CancellationReasons"]][-1] == "ConditionalCheckFailed"
    assert after == before
