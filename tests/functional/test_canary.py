"""The hourly canary: the whole way on moto, what happens when it gets stuck, and that no person or count sees it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from chalice.test import Client

import app as app_module
from chalicelib.aws import Clients
from chalicelib.context import AppContext
from chalicelib.models.notification import NotificationStatus
from chalicelib.models.vocabulary import LEVELS
from chalicelib.notifications.delivery_events import record_delivery_event
from chalicelib.notifications.rendering import SIMULATOR
from chalicelib.notifications.worker import deliver_notification
from chalicelib.schedules.canary import FIELDS, run_canary
from chalicelib.schedules.outbox_sweeper import sweep_outbox
from chalicelib.storage.canaries import Canary, begin_canary, canary_mark, end_canary, load_canary
from chalicelib.storage.enquiries import save_enquiry
from chalicelib.storage.outbox import due_notifications, failed_notifications, notifications_of, record_fates
from chalicelib.storage.response_clocks import due_clocks
from chalicelib.storage.table import QUEUE_INDEX, RECEIVED_INDEX, SETTINGS_KEY, Table, canary_key, enquiry_key, marshal
from sandbox.ses_publishing import publish_mail_events
from tests.builders import an_acceptance, an_enquiry
from tests.conftest import STAGE_KEY, Alerts, Mailbox, SettableClock
from tests.fake_api import FakeApi, client_error, clients_with
from tests.functional.conftest import Install, Stored
from tests.website import FORM_TYPE, Website

HOUR = "2026-03-02T15"
CANARY_ENQUIRY = f"canary-{HOUR}"
MARK = canary_mark(STAGE_KEY, HOUR)
ANN = {"name": "Ann Example", "email": "ann@mail.example", "message": "Please call me."}
EMERGENCY = {**ANN, "urgent_signs": "chest_breathing"}


class Visitor:
    """Posts as the canary does, to the application in this process; `url` and `body` are what was last posted."""

    def __init__(self, site: Website) -> None:
        self._site = site
        self.posts = 0
        self.url, self.body = "", b""

    def __call__(self, url: str, body: bytes) -> int:
        self.posts += 1
        self.url, self.body = url, body
        return self._site.post_raw("/enquiries", body, FORM_TYPE, Accept="text/html").status


@pytest.fixture
def visitor(site: Website) -> Visitor:
    """Reaches the application."""
    return Visitor(site)


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[str], list[dict[str, Any]]]:
    """The lines of one message, as fields."""
    caplog.set_level(logging.INFO, "enquiry_desk")
    return lambda message: [vars(record) for record in caplog.records if record.getMessage() == message]


def nobody_home(url: str, body: bytes) -> int:  # noqa: ARG001
    raise ConnectionRefusedError


def refuses(url: str, body: bytes) -> int:  # noqa: ARG001
    return 503


def deliver(context: AppContext, canary: str = HOUR) -> None:
    for row in notifications_of(context.table, f"canary-{canary}"):
        deliver_notification(context, row.notification_id)


def tell(context: AppContext, status: NotificationStatus, canary: str = HOUR) -> None:
    """As the delivery events of both mails would."""
    for row in notifications_of(context.table, f"canary-{canary}"):
        told = row.model_copy(update={"status": status, "revision": row.revision + 1})

        assert record_fates(context.table, told, context.clock())


def fly(context: AppContext, visitor: Visitor, clock: SettableClock) -> None:
    """Send this hour's canary and let it arrive."""
    hour = f"{clock():%Y-%m-%dT%H}"
    run_canary(context, visitor)
    deliver(context, hour)
    tell(context, "delivered", hour)
    clock.advance(minutes=5)
    run_canary(context, visitor)


def listed(context: AppContext) -> list[Any]:
    """What the indexes hold that staff, the digest and the reconciliation read, and the clocks that run."""
    far = context.clock() + timedelta(days=30)
    day = {":day": f"{context.clock():%Y-%m-%d}"}
    queues = [*LEVELS, "quarantined"]
    return [
        *context.table.pages(RECEIVED_INDEX, "received_day = :day", day),
        *(item for name in queues for item in context.table.pages(QUEUE_INDEX, "queue = :queue", {":queue": name})),
        *due_clocks(context.table, far, 100),
    ]


def metrics(lines: list[dict[str, Any]]) -> list[str]:
    return [name for line in lines for name in line if name.startswith(("Enquiries", "Notifications", "Canaries"))]


def test_canary_goes_the_whole_way_and_leaves_nothing(
    context: AppContext,
    visitor: Visitor,
    stored: Stored,
    clock: SettableClock,
    mailbox: Mailbox,
    alerts: Alerts,
    logged: Callable[[str], list[dict[str, Any]]],
) -> None:
    run_canary(context, visitor)
    enquiry = stored.enquiry

    assert "https://desk.clinic.example/api/enquiries" == visitor.url
    assert (CANARY_ENQUIRY, True, "routine", ()) == (enquiry.id, enquiry.is_test, enquiry.level, enquiry.flags)
    assert [] == listed(context)

    deliver(context)
    tell(context, "delivered")
    clock.advance(minutes=5)
    run_canary(context, visitor)
    (arrived,) = logged("canary arrived")

    assert {(SIMULATOR,)} == {mail.to for mail in mailbox}
    assert {"staff_alert", "acknowledgement"} == {mail.kind for mail in mailbox}
    assert [] == list(alerts)
    assert (HOUR, 300) == (arrived["canary"], arrived["seconds"])
    assert [] == metrics(logged("metric"))
    assert [canary_key(HOUR)["pk"]] == [item["pk"] for item in stored.items()]

    clock.advance(hours=1)
    nowhere = replace(context, deployed=context.settings.model_copy(update={"public_url": ""}))
    run_canary(nowhere)

    assert [] == stored.items()


def test_canary_arrives_with_the_events_of_ses(
    context: AppContext,
    visitor: Visitor,
    stored: Stored,
    clock: SettableClock,
    aws: Clients,
    logged: Callable[[str], list[dict[str, Any]]],
) -> None:
    queue = aws.sqs.get_queue_url(QueueName=context.settings.mail_events_queue)["QueueUrl"]
    run_canary(context, visitor)
    deliver(context)
    told = publish_mail_events(aws.region, clock())
    for message in aws.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]:
        record_delivery_event(context, message["Body"])
    clock.advance(minutes=5)
    run_canary(context, visitor)

    assert 4 == told
    assert [HOUR] == [line["canary"] for line in logged("canary arrived")]
    assert [canary_key(HOUR)["pk"]] == [item["pk"] for item in stored.items()]


def test_each_hour_has_one_canary(context: AppContext, visitor: Visitor, clock: SettableClock) -> None:
    fly(context, visitor, clock)
    for _ in range(10):
        clock.advance(minutes=5)
        run_canary(context, visitor)

    assert 1 == visitor.posts

    clock.advance(minutes=5)
    fly(context, visitor, clock)

    assert 2 == visitor.posts


def test_canary_of_the_last_minute_is_gone_with_its_arrival(
    context: AppContext, visitor: Visitor, clock: SettableClock, stored: Stored
) -> None:
    clock.advance(minutes=58)
    fly(context, visitor, clock)

    assert [] == stored.items(f"CANARY#{HOUR}")
    assert [] == stored.items(f"ENQUIRY#{CANARY_ENQUIRY}")


def stuck_before_the_post(context: AppContext, visitor: Visitor) -> None:  # noqa: ARG001
    run_canary(context, nobody_home)


def stuck_at_the_door(context: AppContext, visitor: Visitor) -> None:  # noqa: ARG001
    run_canary(context, refuses)


def stuck_in_the_outbox(context: AppContext, visitor: Visitor) -> None:
    run_canary(context, visitor)


def stuck_at_the_provider(context: AppContext, visitor: Visitor) -> None:
    run_canary(context, visitor)
    deliver(context)


def stuck_at_the_mailbox(context: AppContext, visitor: Visitor) -> None:
    stuck_at_the_provider(context, visitor)
    tell(context, "bounced")


@pytest.mark.parametrize(
    ("get_stuck", "why", "answer"),
    [
        (stuck_before_the_post, "not posted", "ConnectionRefusedError"),
        (stuck_at_the_door, "not accepted", "503"),
        (stuck_in_the_outbox, "not sent", "303"),
        (stuck_at_the_provider, "not delivered", "303"),
        (stuck_at_the_mailbox, "not delivered", "303"),
    ],
)
def test_canary_that_does_not_arrive_raises_an_alarm_and_is_cleaned_up(
    context: AppContext,
    visitor: Visitor,
    stored: Stored,
    clock: SettableClock,
    mailbox: Mailbox,
    alerts: Alerts,
    logged: Callable[[str], list[dict[str, Any]]],
    get_stuck: Callable[[AppContext, Visitor], None],
    why: str,
    answer: str,
) -> None:
    get_stuck(context, visitor)
    clock.advance(minutes=9)
    run_canary(context, visitor)

    assert [] == logged("canary late")

    clock.advance(minutes=1)
    run_canary(context, visitor)
    (late,) = logged("canary late")

    assert (HOUR, why, answer, 600) == (late["canary"], late["why"], late["answer"], late["seconds"])
    assert ["CanariesLate"] == metrics(logged("metric"))
    assert [] == stored.items("ENQUIRY#") + stored.items("REFERENCE#") + stored.items("RECEIPT#")
    assert [] == stored.items("IDEMPOTENCY#")

    clock.advance(seconds=60)
    due = due_notifications(context.table, clock())
    for owner, name in due:
        deliver_notification(context, f"{owner}_{name}")
    (notice,), (alert,) = mailbox.of_kind("staff_notice"), alerts

    assert 0 == sweep_outbox(context)
    assert ("frontdesk@clinic.example",) == notice.to
    assert "Test enquiry did not arrive" == notice.subject
    assert f"Monday, March 2, 10:00 AM did not arrive within 10 minutes ({why})" in notice.text
    assert f"({why})" in alert.message
    assert len(alert.message) <= 160


def test_staff_hear_of_late_canaries_once_in_six_hours(
    context: AppContext, clock: SettableClock, stored: Stored, logged: Callable[[str], list[dict[str, Any]]]
) -> None:
    for _ in range(5):
        run_canary(context, nobody_home)
        clock.advance(minutes=10)
        run_canary(context, nobody_home)
        clock.advance(minutes=50)
    notices = [item["id"] for item in stored.items("NOTICE#") if item["sk"] == "NOTICE"]

    assert 5 == len(logged("canary late"))
    assert ["notice-canary-late-2026-03-02-2", "notice-canary-late-2026-03-02-3"] == sorted(notices)


def test_clinic_without_an_on_call_topic_is_told_by_mail(install: Install, stored: Stored) -> None:
    context = install(ON_CALL_TOPIC_ARN=None)
    begin_canary(context.table, Canary(id=HOUR, posted_at=context.clock() - timedelta(minutes=10)))
    run_canary(context, nobody_home)

    assert ["NOTICE", "NOTIFICATION#staff_notice"] == sorted(item["sk"] for item in stored.items("NOTICE#"))


class Killed(BaseException):
    """The process is gone."""


def test_run_that_dies_before_its_post_is_missed(
    context: AppContext, visitor: Visitor, clock: SettableClock, logged: Callable[[str], list[dict[str, Any]]]
) -> None:
    def dies(url: str, body: bytes) -> int:  # noqa: ARG001
        raise Killed

    with pytest.raises(Killed):
        run_canary(context, dies)
    clock.advance(minutes=5)
    run_canary(context, visitor)

    assert 0 == visitor.posts

    clock.advance(minutes=5)
    run_canary(context, visitor)
    (late,) = logged("canary late")

    assert ("not posted", "") == (late["why"], late["answer"])

    clock.advance(minutes=50)
    run_canary(context, visitor)

    assert 1 == visitor.posts


def test_run_that_dies_after_its_post_loses_sight_of_nothing(
    context: AppContext, visitor: Visitor, clock: SettableClock, stored: Stored
) -> None:
    def dies(url: str, body: bytes) -> int:
        visitor(url, body)
        raise Killed

    with pytest.raises(Killed):
        run_canary(context, dies)
    deliver(context)
    tell(context, "delivered")
    clock.advance(minutes=5)
    run_canary(context, visitor)

    assert [canary_key(HOUR)["pk"]] == [item["pk"] for item in stored.items()]


def test_mail_that_fails_for_good_calls_nobody_out_of_bed(
    context: AppContext, environment: dict[str, str], visitor: Visitor, clock: SettableClock, alerts: Alerts
) -> None:
    run_canary(context, visitor)
    ses = FakeApi(client_error("MessageRejected"))
    deliver(replace(context, clients=clients_with(environment, ses=ses)))

    assert 2 == len(list(failed_notifications(context.table)))
    assert ["acknowledgement", "staff_alert"] == [row.name for row in notifications_of(context.table, CANARY_ENQUIRY)]

    clock.advance(minutes=10)
    run_canary(context, visitor)

    assert [] == list(failed_notifications(context.table))
    assert [] == list(alerts)


def test_what_changed_at_the_same_moment_is_cleaned_up_the_next_time(
    context: AppContext, environment: dict[str, str], visitor: Visitor, clock: SettableClock, stored: Stored
) -> None:
    class Overtaken:
        """Somebody changes the enquiry after it was read."""

        def __getattr__(self, operation: str) -> Any:
            return getattr(context.table.client, operation)

        def transact_write_items(self, **parameters: Any) -> Any:
            context.table.client.update_item(
                TableName=context.table.name,
                Key=marshal(enquiry_key(CANARY_ENQUIRY)),
                UpdateExpression="SET version = version + :one",
                ExpressionAttributeValues=marshal({":one": 1}),
            )
            return context.table.client.transact_write_items(**parameters)

    run_canary(context, visitor)
    deliver(context)
    tell(context, "delivered")
    before = len(stored.items())
    clock.advance(minutes=5)
    table = Table(clients_with(environment, dynamodb=Overtaken()), context.table.name)
    run_canary(replace(context, table=table), visitor)

    assert before == len(stored.items())

    run_canary(context, visitor)

    assert 1 == len(stored.items())


def test_only_a_test_can_be_deleted(context: AppContext, stored: Stored) -> None:
    canary = Canary(id=HOUR, posted_at=context.clock())
    save_enquiry(context.table, an_acceptance(an_enquiry(id=canary.enquiry_id)))
    before = stored.items()

    assert not end_canary(context.table, STAGE_KEY, canary, context.clock())
    assert before == stored.items()


def test_canary_that_cannot_be_read_does_not_keep_the_next_from_being_sent(
    context: AppContext, visitor: Visitor, clock: SettableClock, logged: Callable[[str], list[dict[str, Any]]]
) -> None:
    begin_canary(context.table, Canary(id="2026-03-02T14", posted_at=clock()))
    context.table.client.update_item(
        TableName=context.table.name,
        Key=marshal(canary_key("2026-03-02T14")),
        UpdateExpression="SET posted_at = :odd",
        ExpressionAttributeValues=marshal({":odd": "yesterday"}),
    )
    with pytest.raises(ExceptionGroup):
        run_canary(context, visitor)
    (line,) = logged("canary not checked")

    assert 1 == visitor.posts
    assert "2026-03-02T14" == line["canary"]


def test_service_that_knows_no_address_of_its_own_sends_none(
    install: Install, stored: Stored, aws: Clients, logged: Callable[[str], list[dict[str, Any]]]
) -> None:
    install(PUBLIC_URL=None)
    client = Client(app_module.app)
    client.lambda_.invoke("run_canary", client.events.generate_cw_event("aws.events", "Scheduled Event", {}, []))
    (line,) = logged("canary skipped")

    assert aws
    assert "PUBLIC_URL is not set" == line["why"]
    assert ["INFO"] == [line["levelname"]]
    assert [] == stored.items()


def forget_the_stage_key(context: AppContext) -> None:
    context.table.client.delete_item(TableName=context.table.name, Key=marshal(SETTINGS_KEY))


def test_without_the_stage_key_none_is_sent(
    context: AppContext, visitor: Visitor, stored: Stored, logged: Callable[[str], list[dict[str, Any]]]
) -> None:
    forget_the_stage_key(context)
    run_canary(context, visitor)

    assert ["stage key unknown"] == [line["why"] for line in logged("canary skipped")]
    assert 0 == visitor.posts
    assert [] == stored.items()


@pytest.mark.parametrize(
    "mark",
    [
        canary_mark(bytes(32), HOUR),
        f"{HOUR}.{'0' * 64}",
        canary_mark(STAGE_KEY, "2026-03-02T12"),
        canary_mark(STAGE_KEY, "2026-03-02T18"),
        canary_mark(STAGE_KEY, "2025-03-02T15"),
        "yes",
        "é",
        MARK + "x",
    ],
)
def test_nobody_hides_an_enquiry_behind_a_mark_that_is_forged_or_old(
    site: Website, context: AppContext, stored: Stored, mark: str, logged: Callable[[str], list[dict[str, Any]]]
) -> None:
    site.post_form("/enquiries", {**EMERGENCY, "_canary": mark})
    enquiry = stored.enquiry

    assert not enquiry.is_test
    assert not enquiry.id.startswith("canary-")
    assert {} == enquiry.submission.answers.other_answers
    assert ["acknowledgement", "on_call_alert", "staff_alert"] == [
        row.name for row in notifications_of(context.table, enquiry.id)
    ]
    assert 3 == len(listed(context))
    assert ["EnquiriesReceived"] == metrics(logged("metric"))


def test_test_enquiry_keeps_its_level_and_is_shown_to_nobody(
    site: Website,
    context: AppContext,
    stored: Stored,
    mailbox: Mailbox,
    alerts: Alerts,
    logged: Callable[[str], list[dict[str, Any]]],
) -> None:
    site.post_form("/enquiries", {**EMERGENCY, "email": SIMULATOR, "_canary": MARK})
    deliver(context)

    assert ("emergency", True) == (stored.enquiry.level, stored.enquiry.is_test)
    assert [] == listed(context)
    assert {(SIMULATOR,)} == {mail.to for mail in mailbox}
    assert [] == list(alerts)
    assert [] == metrics(logged("metric"))


def test_instance_without_the_stage_key_can_prove_no_mark_and_hides_no_danger(
    install: Install, context: AppContext, stored: Stored
) -> None:
    forget_the_stage_key(context)
    own_key = install().stage_settings.current().key
    site = Website(app_module)
    site.post_form("/enquiries", {**ANN, "_canary": MARK})
    site.post_form("/enquiries", {**EMERGENCY, "_canary": canary_mark(own_key, HOUR)})

    assert [False, False] == [enquiry.is_test for enquiry in stored.enquiries]
    assert {"quarantined", "new"} == {enquiry.status for enquiry in stored.enquiries}
    assert 5 == len(listed(context))


@pytest.mark.parametrize("mark", [canary_mark(bytes(32), HOUR), canary_mark(STAGE_KEY, "2026-03-02T12"), "yes"])
def test_test_of_another_stage_is_quarantined_and_mails_nobody(
    site: Website, context: AppContext, stored: Stored, mark: str
) -> None:
    answer = site.post_form("/enquiries", {**FIELDS, "_canary": mark}, Accept="text/html")
    enquiry = stored.enquiry

    assert 303 == answer.status
    assert ("quarantined", False) == (enquiry.status, enquiry.is_test)
    assert "canary_unverified" in enquiry.verdict.reasons
    assert [] == notifications_of(context.table, enquiry.id)
    assert 2 == len(listed(context))


def test_canary_that_reaches_another_stage_is_missed_here(
    context: AppContext, visitor: Visitor, clock: SettableClock, logged: Callable[[str], list[dict[str, Any]]]
) -> None:
    def to_another_stage(url: str, body: bytes) -> int:
        return visitor(url, body.replace(MARK.encode(), canary_mark(bytes(32), HOUR).encode()))

    run_canary(context, to_another_stage)
    clock.advance(minutes=10)
    run_canary(context, visitor)

    assert ["not accepted"] == [line["why"] for line in logged("canary late")]


def test_mark_shows_up_nowhere(
    context: AppContext, visitor: Visitor, stored: Stored, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "enquiry_desk")
    run_canary(context, visitor)
    deliver(context)
    signature = MARK.partition(".")[2]

    assert signature in visitor.body.decode()
    assert signature not in str(stored.items())
    assert signature not in str([vars(record) for record in caplog.records])
    assert signature not in str([(mail.text, mail.html) for mail in mailbox])


def test_form_that_comes_back_does_not_carry_the_mark(site: Website) -> None:
    answer = site.post_form("/enquiries", {"name": "Ann Example", "_canary": MARK}, Accept="text/html")

    assert 422 == answer.status
    assert MARK not in answer.text


def test_answer_is_noted_beside_the_hour(context: AppContext, visitor: Visitor) -> None:
    run_canary(context, visitor)
    canary = load_canary(context.table, HOUR)

    assert canary is not None
    assert ("303", False) == (canary.answer, canary.ended)
