"""Mail as bytes, and what SES's errors mean."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy
from typing import Any

import pytest
from botocore.exceptions import (
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)

from chalicelib.context import AppContext, context_from
from chalicelib.errors import DeliveryFailed
from chalicelib.notifications.mail_templates import Mail
from chalicelib.notifications.on_call import alert_texts, publish_alert
from chalicelib.notifications.ses import raw_mail, send_mail
from tests.builders import a_notification, an_enquiry
from tests.fake_api import FakeApi, client_error, clients_with

SENDER = "Kalimera Clinic <hello@clinic.example>"
MAIL = Mail(
    to=("ann@mail.example",),
    subject="Recibimos su mensaje ¡ya!",
    text="Pensamos llamarle mañana.\n" + "palabra " * 40 + "\n",
    html="<p>Pensamos llamarle mañana.</p>\n",
    headers={"Auto-Submitted": "auto-replied"},
)


def context_with(environment: dict[str, str], **apis: Any) -> AppContext:
    return replace(context_from(environment), clients=clients_with(environment, **apis))


def failure_of(environment: dict[str, str], error: Exception) -> DeliveryFailed:
    context = context_with(environment, ses=FakeApi(error))
    with pytest.raises(DeliveryFailed) as failure:
        send_mail(context, MAIL, a_notification())
    return failure.value


def test_mail_has_text_and_html_in_seven_bit_lines_that_survive_the_way() -> None:
    raw = raw_mail(MAIL, SENDER)
    parsed = message_from_bytes(raw, policy=policy.default)

    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert parsed.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]
    assert parsed.get_body(("plain",)).get_content().replace("\r\n", "\n") == MAIL.text
    assert parsed.get_body(("html",)).get_content().replace("\r\n", "\n") == MAIL.html
    assert (parsed["Subject"], parsed["Auto-Submitted"]) == (MAIL.subject, "auto-replied")


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        ("hello@clinic.example", ""),
        ("Kalimera Clinic <hello@clinic.example>", "Kalimera Clinic"),
        ("Clínica, Inc. <hello@clinic.example>", "Clínica, Inc."),
        ('"Dr. O\'Hara; Friends" <hello@clinic.example>', "Dr. O'Hara; Friends"),
    ],
)
def test_sender_is_one_address_whatever_the_clinics_name(sender: str, name: str) -> None:
    parsed = message_from_bytes(raw_mail(MAIL, sender), policy=policy.default)

    assert [(one.display_name, one.addr_spec) for one in parsed["From"].addresses] == [(name, "hello@clinic.example")]


@pytest.mark.parametrize("sender", ["Clinic\r\nBcc: eve@evil.example <hello@clinic.example>", "Clinic <a@b@c>", "<>"])
def test_unusable_sender_stops_everything_until_it_is_mended(sender: str) -> None:
    with pytest.raises(DeliveryFailed) as failure:
        raw_mail(MAIL, sender)

    assert (failure.value.code, failure.value.account_wide) == ("MAIL_FROM_UNUSABLE", True)


@pytest.mark.parametrize(
    "hostile",
    [
        {"subject": "Hello\r\nBcc: eve@evil.example"},
        {"subject": "Hello\nX: y"},
        {"to": ("ann@mail.example\r\nBcc: eve@evil.example",)},
        {"to": ("ann@mail.example, eve@evil.example",)},
        {"reply_to": "ann@mail.example\nBcc: eve@evil.example"},
        {"headers": {"X-Enquiry-Kind": "a\r\nBcc: eve@evil.example"}},
    ],
    ids=str,
)
def test_line_break_or_second_address_in_a_header_is_refused(hostile: dict[str, Any]) -> None:
    with pytest.raises(DeliveryFailed) as failure:
        raw_mail(replace(MAIL, **hostile), SENDER)

    assert (failure.value.code, failure.value.permanent) == ("HEADER_UNUSABLE", True)
    assert failure.value.__suppress_context__ is True


def test_send_is_tagged_and_goes_through_the_stages_configuration_set(environment: dict[str, str]) -> None:
    ses = FakeApi({"MessageId": "0100"})
    message_id = send_mail(context_with(environment, ses=ses), MAIL, a_notification())
    (call,) = ses.calls

    assert message_id == "0100"
    assert call["Destination"] == {"ToAddresses": ["ann@mail.example"]}
    assert "enquiry-desk-test-staff-mail" == call["ConfigurationSetName"]
    assert {tag["Name"]: tag["Value"] for tag in call["EmailTags"]} == {
        "notification_id": a_notification().notification_id,
        "kind": "staff_alert",
    }


def test_missing_sender_waits_for_the_settings(environment: dict[str, str]) -> None:
    context = context_with({**environment, "MAIL_FROM": ""}, ses=FakeApi({"MessageId": "never"}))
    with pytest.raises(DeliveryFailed) as failure:
        send_mail(context, MAIL, a_notification())

    assert (failure.value.code, failure.value.account_wide) == ("MAIL_FROM_MISSING", True)


@pytest.mark.parametrize(
    ("error", "permanent", "account_wide"),
    [
        (client_error("TooManyRequestsException", "Maximum sending rate exceeded."), False, False),
        (client_error("TooManyRequestsException", "Daily message quota exceeded."), False, True),
        (client_error("Throttling", "Rate exceeded"), False, False),
        (client_error("InternalFailure"), False, False),
        (client_error("ServiceUnavailable"), False, False),
        (client_error("NobodyKnowsThisOne"), False, False),
        (client_error("MessageRejected", "Address ann@mail.example is blacklisted"), True, False),
        (client_error("MessageRejected", "Email address is not verified. eve@evil.example"), False, True),
        (client_error("BadRequestException"), True, False),
        (client_error("MailFromDomainNotVerifiedException"), False, True),
        (client_error("SendingPausedException"), False, True),
        (client_error("AccountSuspendedException"), False, True),
        (client_error("LimitExceededException"), False, True),
        (client_error("NotFoundException", "Configuration set does not exist"), False, True),
        (client_error("AccessDeniedException"), False, True),
        (client_error("ExpiredTokenException"), False, True),
        (NoCredentialsError(), False, True),
        (ReadTimeoutError(endpoint_url="https://email.example"), False, False),
        (ConnectTimeoutError(endpoint_url="https://email.example"), False, False),
        (EndpointConnectionError(endpoint_url="https://email.example"), False, False),
        (ParamValidationError(report="Invalid type: ann@mail.example"), True, False),
    ],
    ids=str,
)
def test_errors_of_ses_say_whether_to_try_again(
    environment: dict[str, str], error: Exception, permanent: bool, account_wide: bool
) -> None:
    failure = failure_of(environment, error)

    assert (failure.permanent, failure.account_wide) == (permanent, account_wide)
    assert "@" not in str(failure)
    assert " " not in failure.code


@pytest.mark.parametrize(
    ("error", "permanent", "account_wide"),
    [
        (client_error("NotFound", operation="Publish"), True, False),
        (client_error("InvalidParameter", operation="Publish"), True, False),
        (client_error("AuthorizationError", operation="Publish"), False, True),
        (client_error("InternalError", operation="Publish"), False, False),
        (ReadTimeoutError(endpoint_url="https://sns.example"), False, False),
    ],
)
def test_errors_of_sns_say_whether_to_try_again(
    environment: dict[str, str], error: Exception, permanent: bool, account_wide: bool
) -> None:
    with pytest.raises(DeliveryFailed) as failure:
        publish_alert(context_with(environment, sns=FakeApi(error)), "subject", "message")

    assert (failure.value.permanent, failure.value.account_wide) == (permanent, account_wide)


def test_alert_without_a_topic_fails_where_somebody_sees_it(environment: dict[str, str]) -> None:
    context = context_with({**environment, "ON_CALL_TOPIC_ARN": ""}, sns=FakeApi({"MessageId": "never"}))
    with pytest.raises(DeliveryFailed) as failure:
        publish_alert(context, "subject", "message")

    assert failure.value.permanent is True


def test_alert_is_reference_level_and_link() -> None:
    subject, message = alert_texts(
        "on_call_alert", an_enquiry(level="crisis"), "https://desk.clinic.example/desk/enquiries/1"
    )

    assert subject == "CRISIS: enquiry K7F-3Q9M"
    assert message == "CRISIS: enquiry K7F-3Q9M is waiting. https://desk.clinic.example/desk/enquiries/1"
