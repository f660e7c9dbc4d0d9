"""The template's resources as tests and sandbox get them."""

from __future__ import annotations

import json

import boto3
import pytest

from chalicelib.aws import Clients
from chalicelib.context import AppContext
from tests.conftest import STAGE_KEY, Alerts, Mailbox


def test_table_expires_items_has_backups_and_cannot_be_deleted(aws: Clients, context: AppContext) -> None:
    name = context.table.name
    table = aws.dynamodb.describe_table(TableName=name)["Table"]
    expiry = aws.dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    backups = aws.dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]

    assert table["DeletionProtectionEnabled"] is True
    assert table["SSEDescription"]["SSEType"] == "KMS"
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


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
