"""Delivery events: what is read out of them, and what they make of a row."""

from __future__ import annotations

import json
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.models.notification import Notification
from chalicelib.notifications.delivery_events import row_after
from chalicelib.notifications.mail_events import (
    FATE_BY_TYPE,
    MailEvent,
    UnusableEvent,
    address_key,
    read_mail_event,
)
from chalicelib.settings import Settings
from tests.builders import ENQUIRY_ID, a_notification
from tests.mail_events import ANN, TOPIC_ARN, ses_event, sns_envelope

REGION = "us-east-1"
ALERT = f"{ENQUIRY_ID}_staff_alert"
STAFF = ("frontdesk@clinic.example", "nurse@clinic.example")
SETTINGS = Settings(stage="test", aws_account_id="123456789012")


def read(body: str, **settings: Any) -> MailEvent:
    return read_mail_event(body, SETTINGS.model_copy(update=settings), REGION)


def code_of(body: str, **settings: Any) -> str:
    with pytest.raises(UnusableEvent) as raised:
        read(body, **settings)
    return str(raised.value)


def without(event: dict[str, Any], *path: str) -> dict[str, Any]:
    """A copy that lacks one member."""
    copied: dict[str, Any] = json.loads(json.dumps(event))
    parent = reduce(lambda part, name: part[name], path[:-1], copied)
    del parent[path[-1]]
    return copied


def in_mail(event: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {**event, "mail": {**event["mail"], **members}}


@pytest.mark.parametrize("event_type", FATE_BY_TYPE)
def test_every_type_that_we_asked_for_is_read(event_type: str) -> None:
    event = read(sns_envelope(ses_event(event_type)))

    assert (event_type, FATE_BY_TYPE[event_type], (ANN,)) == (event.type, event.fate, event.recipients)
    assert f"{ENQUIRY_ID}_acknowledgement" == event.notification_id
    assert "EXAMPLE7c191be45-e9aedb9a-000000" == event.message_id


@pytest.mark.parametrize(
    ("event", "permanent"),
    [
        (ses_event("Bounce"), True),
        (ses_event("Complaint"), True),
        (ses_event("Bounce", bounceType="Transient"), False),
        (ses_event("Bounce", bounceType="Undetermined"), False),
        (ses_event("Bounce", bounceType="Some day"), False),
        (ses_event("Reject", reason="Bad content"), False),
        (ses_event("DeliveryDelay", delayType="MailboxFull"), False),
    ],
    ids=["permanent", "complaint", "transient", "undetermined", "new type", "reject", "delay"],
)
def test_only_what_is_final_closes_an_address(event: dict[str, Any], permanent: bool) -> None:

    assert permanent == read(sns_envelope(event)).permanent


def test_a_complaint_that_is_taken_back_is_none() -> None:

    assert "no_complaint" == code_of(sns_envelope(ses_event("Complaint", complaintFeedbackType="not-spam")))
    assert "complained" == read(sns_envelope(ses_event("Complaint", complaintFeedbackType=None))).fate


ARN_PARTS = TOPIC_ARN.split(":")


@pytest.mark.parametrize(
    "arn",
    [
        *(":".join([*ARN_PARTS[:place], "other", *ARN_PARTS[place + 1 :]]) for place in (0, 2, 3, 4, 5)),
        TOPIC_ARN + ":subscription",
        TOPIC_ARN + "-2",
        "",
        "enquiry-desk-test-mail-events",
    ],
)
def test_event_of_another_topic_is_foreign(arn: str) -> None:

    assert "foreign_topic" == code_of(sns_envelope(ses_event("Bounce"), TopicArn=arn))


def test_topic_of_another_partition_and_name_is_ours_when_the_settings_say_so() -> None:
    arn = "arn:aws-us-gov:sns:us-east-1:210987654321:clinic-mail"
    event = read(sns_envelope(ses_event("Send"), TopicArn=arn), mail_events_topic_name="clinic-mail", aws_account_id="")

    assert "Send" == event.type


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation", ""])
def test_what_is_no_notification_is_put_aside(kind: str) -> None:
    body = sns_envelope(
        ses_event("Bounce"), Type=kind, Token="2336", SubscribeURL="https://sns.example/?Action=Confirm"
    )

    assert "not_a_notification" == code_of(body)


GARBAGE = [
    "",
    "null",
    "[]",
    "{}",
    "not json",
    "\ud800",
    "[" * 100_000,
    '{"Type": "Notification"}',
    json.dumps(ses_event("Bounce")),
    json.dumps({"notification_id": ALERT}),
    sns_envelope("", Message=17),
    sns_envelope("", TopicArn=None),
]


@pytest.mark.parametrize("body", GARBAGE, ids=range(len(GARBAGE)))
def test_body_without_an_envelope_is_told_by_a_code(body: str) -> None:

    assert "not_an_envelope" == code_of(body)


BOUNCE = ses_event("Bounce")
BROKEN = [
    "Successfully validated SNS topic for Amazon SES event publishing.",
    "null",
    "[]",
    "{}",
    "[" * 100_000,
    {**BOUNCE, "eventType": None},
    {**BOUNCE, "mail": "none"},
    {**BOUNCE, "bounce": ["Permanent"]},
    ses_event("Bounce", bouncedRecipients="ann@mail.example"),
    ses_event("Bounce", bouncedRecipients=[{"address": "ann@mail.example"}]),
    ses_event("Bounce", bouncedRecipients=[None]),
    ses_event("Bounce", bouncedRecipients=[{"emailAddress": f"{number}@mail.example"} for number in range(51)]),
    without(BOUNCE, "eventType"),
    without(BOUNCE, "mail"),
    without(BOUNCE, "bounce"),
    without(BOUNCE, "mail", "destination"),
    without(BOUNCE, "mail", "messageId"),
    without(ses_event("Complaint"), "complaint"),
    without(ses_event("Delivery"), "delivery"),
    without(ses_event("DeliveryDelay"), "deliveryDelay"),
    in_mail(BOUNCE, messageId="two\nlines"),
    in_mail(BOUNCE, messageId=""),
    in_mail(BOUNCE, tags=[]),
]


@pytest.mark.parametrize("event", BROKEN, ids=range(len(BROKEN)))
def test_broken_event_is_told_by_a_code(event: Any) -> None:

    assert "not_an_event" == code_of(sns_envelope(event))


@pytest.mark.parametrize("event_type", ["Open", "Click", "Rendering Failure", "Subscription", "bounce", ""])
def test_type_that_nobody_asked_for_is_told_by_a_code(event_type: str) -> None:

    assert "type_unknown" == code_of(sns_envelope({**ses_event("Send"), "eventType": event_type}))


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"notification_id": []},
        {"notification_id": [""]},
        {"notification_id": ["staff_alert"]},
        {"notification_id": ["ann@mail.example_staff_alert"]},
        {"notification_id": [f"{ENQUIRY_ID}_newsletter"]},
        {"notification_id": [f"{ENQUIRY_ID}_reminder-٢"]},
        {"notification_id": ["x" * 101 + "_staff_alert"]},
    ],
)
def test_mail_without_a_usable_tag_is_not_ours(tags: dict[str, Any]) -> None:

    assert "tag_unusable" == code_of(sns_envelope(in_mail(BOUNCE, tags=tags)))


def test_rows_of_later_rounds_and_of_notices_are_named_by_their_tags() -> None:
    for notification_id in (
        f"{ENQUIRY_ID}_reminder-2",
        "notice-digest-2026-03-02_digest",
        "canary-2026-03-02T15_re_alert",
    ):
        assert notification_id == read(sns_envelope(ses_event("Send", notification_id))).notification_id


@pytest.mark.parametrize(
    "listed", ["Ann@Mail.example", "<ann@mail.example>", "Ann <ann@mail.example>", "x@y.example", ""]
)
def test_mail_to_one_person_can_only_mean_them(listed: str) -> None:
    event = ses_event("Bounce", ALERT, listed, destination=(ANN,))

    assert (ANN,) == read(sns_envelope(event)).recipients


@pytest.mark.parametrize(
    ("listed", "meant"),
    [
        (("NURSE@clinic.example",), ("nurse@clinic.example",)),
        ((*STAFF, STAFF[0].upper()), STAFF),
        (("forwarded@other.example",), ("forwarded@other.example",)),
        (("two words <nurse@clinic.example>",), ("nurse@clinic.example",)),
    ],
)
def test_mail_to_several_means_those_that_are_listed(listed: tuple[str, ...], meant: tuple[str, ...]) -> None:
    event = ses_event("Bounce", ALERT, *listed, destination=STAFF)

    assert meant == read(sns_envelope(event)).recipients


def test_reject_means_everybody_that_the_mail_was_for() -> None:

    assert STAFF == read(sns_envelope(ses_event("Reject", ALERT, destination=STAFF))).recipients


@pytest.mark.parametrize(
    "address", ["", "nobody", "a b@c.example", "a@b\x1b[0m", "a" * 400 + "@mail.example", "a@b,c@d"]
)
def test_bounce_that_names_no_address_is_unusable(address: str) -> None:
    event = ses_event("Bounce", ALERT, address, destination=STAFF)

    assert "recipients_unusable" == code_of(sns_envelope(event))
    assert "recipients_unusable" == code_of(sns_envelope(in_mail(BOUNCE, destination=[address])))


def test_send_is_good_news_whatever_its_recipients_look_like() -> None:

    assert "Send" == read(sns_envelope(in_mail(ses_event("Send"), destination=["nobody"]))).type


def test_error_quotes_nothing_and_has_no_cause() -> None:
    with pytest.raises(UnusableEvent) as raised:
        read(sns_envelope(ses_event("Bounce", bouncedRecipients="MARKED")))

    assert "MARKED" not in str(raised.value)
    assert raised.value.__suppress_context__


def an_event(fate: Any, *recipients: str) -> MailEvent:
    return MailEvent(
        type="Any", notification_id=ALERT, message_id="from SES", recipients=recipients or (ANN,), fate=fate
    )


@pytest.mark.parametrize("status", ["pending", "failed", "suppressed"])
def test_bare_send_marks_a_row_that_nobody_knew_was_sent(status: Any) -> None:
    row = row_after(a_notification(status=status), an_event(None))

    assert ("sent", {}, "from SES", 1) == (row.status, row.fates, row.message_id, row.revision)


@pytest.mark.parametrize("status", ["sent", "delayed", "delivered", "rejected", "bounced", "complained"])
def test_bare_send_changes_nothing_on_a_row_that_is_further_along(status: Any) -> None:
    fates = {} if status == "sent" else {address_key(ANN): status}
    row = a_notification(status=status, fates=fates)

    assert row_after(row, an_event(None)) is row


@pytest.mark.parametrize("status", ["pending", "failed", "suppressed", "sent"])
@pytest.mark.parametrize("fate", ["delayed", "delivered", "rejected", "bounced", "complained"])
def test_fate_decides_whatever_the_row_was(status: Any, fate: Any) -> None:

    assert fate == row_after(a_notification(status=status), an_event(fate)).status


def test_mail_that_one_of_two_has_is_delivered() -> None:
    events = [an_event("bounced", STAFF[0]), an_event("delivered", STAFF[1])]
    row = reduce(row_after, events, a_notification(status="sent"))

    assert "delivered" == row.status
    assert {"bounced", "delivered"} == set(row.fates.values())


def test_row_holds_no_address() -> None:
    row = row_after(a_notification(), an_event("bounced"))

    assert ANN not in row.model_dump_json()
    assert row_after(row, an_event("bounced", ANN.upper())) is row


EVENTS = st.lists(
    st.builds(
        an_event,
        st.sampled_from([None, "delayed", "delivered", "rejected", "bounced", "complained"]),
        st.sampled_from(STAFF),
    ),
    max_size=6,
)


@given(events=EVENTS, data=st.data(), status=st.sampled_from(["pending", "sent", "failed", "suppressed"]))
def test_events_in_any_order_and_number_come_to_the_same(events: list[MailEvent], data: Any, status: Any) -> None:
    def end(told: list[MailEvent]) -> Notification:
        return reduce(row_after, told, a_notification(status=status)).model_copy(update={"revision": 0})

    repeated = [*events, *(data.draw(st.lists(st.sampled_from(events), max_size=4)) if events else [])]

    assert end(events) == end(data.draw(st.permutations(repeated)))
