"""What is left to do by hand, where moto cannot tell."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from infrastructure.account import Account
from infrastructure.by_hand import (
    Deployed,
    domain_step,
    identity_step,
    sandbox_step,
    schedules_step,
    still_to_do,
    topic_step,
)
from infrastructure.smoke import Answer
from infrastructure.stages import StageFiles
from tests.fake_api import FakeApi, client_error

TOPIC = "arn:aws:sns:us-east-1:123456789012:enquiry-desk-dev-alarms"


class PagedApi(FakeApi):
    """Gives its answer as the only page."""

    def get_paginator(self, operation: str) -> Any:
        def paginate(**parameters: Any) -> list[Any]:
            return [self._call(operation, **parameters)]

        return SimpleNamespace(paginate=paginate)


class OneService:
    """An account whose every client gives the same answer."""

    is_local = False

    def __init__(self, outcome: Any) -> None:
        self._api = PagedApi(outcome)

    def client(self, _service: str) -> FakeApi:
        return self._api


def deployed(outcome: Any, identity: str = "clinic.example") -> Deployed:
    variables = {"USER_POOL_ID": "pool", "PUBLIC_URL": "https://desk.clinic.example"}
    files = StageFiles("dev", Path(), {"stages": {"dev": {"environment_variables": variables}}}, {})
    outputs = {"AlarmTopicArn": TOPIC, "OnCallTopicArn": TOPIC}
    return Deployed(cast(Account, OneService(outcome)), files, outputs, identity)


def test_a_domain_gets_its_dns_records() -> None:
    tokens = {"Tokens": ["abc", "def"]}
    told = identity_step(deployed({"VerifiedForSendingStatus": False, "DkimAttributes": tokens}))

    assert "abc._domainkey.clinic.example  CNAME  abc.dkim.amazonses.com" in told
    assert "def._domainkey" in told


def test_records_lead_where_ses_says() -> None:
    dkim = {"Tokens": ["abc"], "SigningHostedZone": "dkim.eu-south-1.amazonses.com"}
    told = identity_step(deployed({"VerifiedForSendingStatus": False, "DkimAttributes": dkim}))

    assert "abc.dkim.eu-south-1.amazonses.com" in told


def test_an_address_gets_a_link_by_mail() -> None:
    told = identity_step(deployed({"VerifiedForSendingStatus": False}, "hello@clinic.example"))

    assert "a mail with a link" in told


def test_a_verified_identity_is_no_step() -> None:
    assert "" == identity_step(deployed({"VerifiedForSendingStatus": True}))


def test_the_sandbox_is_a_step_until_aws_has_let_the_account_out() -> None:
    assert "Request production access" in sandbox_step(deployed({"ProductionAccessEnabled": False}))
    assert "" == sandbox_step(deployed({"ProductionAccessEnabled": True}))


def test_a_subscription_that_waits_is_named_without_its_endpoint() -> None:
    waits = {"SubscriptionArn": "PendingConfirmation", "Endpoint": "ann@clinic.example"}
    told = topic_step(deployed({"Subscriptions": [waits]}), "AlarmTopicArn", "Alarms")

    assert "waits for its confirmation" in told
    assert "ann@" not in told


@pytest.mark.parametrize("state", ["ALARM", "INSUFFICIENT_DATA"])
def test_schedules_that_have_not_reported_are_a_step_until_they_have(state: str) -> None:
    told = schedules_step(deployed({"MetricAlarms": [{"StateValue": state}]}))

    assert "--alarm-names enquiry-desk-dev-schedules-stopped" in told
    assert "" == schedules_step(deployed({"MetricAlarms": [{"StateValue": "OK"}]}))


def test_an_alarm_that_is_gone_is_a_step() -> None:
    assert schedules_step(deployed({"MetricAlarms": []}))


def test_a_domain_is_made_as_the_operations_document_says() -> None:
    files = StageFiles("dev", Path(), {"stages": {"dev": {"environment_variables": {}}}}, {})
    gateway = "https://abc123.execute-api.us-east-1.amazonaws.com/dev"
    files.config["stages"]["dev"]["environment_variables"]["PUBLIC_URL"] = gateway

    assert '"api_gateway_custom_domain"' in domain_step(files, lambda _url, _body: Answer(0, b""))


def test_what_cannot_be_looked_up_is_on_the_list_all_the_same() -> None:
    told = "\n".join(still_to_do(deployed(client_error("AccessDenied")), lambda _url, _body: Answer(0, b"")))

    for step in (
        "Verify the SES identity",
        "Leave the SES sandbox",
        "First manager of the desk",
        "Alarms",
        "On-call alerts",
        "Schedules",
    ):
        assert f"{step} (could not be looked up: AccessDenied)" in told
