"""`python -m chalicelib.notifications`: what failed is listed and sent again, dead letters go back, accounts shown."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.aws import Clients
from chalicelib.context import AppContext
from chalicelib.notifications.__main__ import main
from chalicelib.notifications.dead_letters import EMPTY_ANSWERS, MAX_BATCH, redrive
from chalicelib.notifications.planning import plan_notifications
from chalicelib.notifications.relay import message_body
from chalicelib.notifications.worker import deliver_notification, notification_id_of
from chalicelib.storage.enquiries import save_enquiry
from chalicelib.storage.outbox import claim, failed_notifications, load_notification, mark_failed
from chalicelib.storage.table import marshal, notification_key
from infrastructure.stage_command import stage_variables
from tests.builders import a_contact, a_submission, an_acceptance, an_enquiry
from tests.conftest import Mailbox, SettableClock
from tests.fake_api import FakeApi, clients_with
from tests.mail_events import ses_event, sns_envelope

ROOT = Path(__file__).parents[2]
POKES, EVENTS = "enquiry-desk-test-notifications", "enquiry-desk-test-mail-events"


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def run(aws: Clients, environment: dict[str, str], clock: SettableClock) -> Run:  # noqa: ARG001
    """Run a command in stage `test`; variables of the environment can be changed, None removes one."""

    def run_command(*argv: str, **changed: str | None) -> Outcome:
        stdout, stderr = io.StringIO(), io.StringIO()
        given = {name: value for name, value in {**environment, **changed}.items() if value is not None}
        code = main(argv, given, stdout, stderr, clock)
        return Outcome(code, stdout.getvalue(), stderr.getvalue())

    return run_command


def store(context: AppContext, number: int, **overrides: Any) -> str:
    """Store an enquiry with its rows, as accept does, and return the id of its staff alert."""
    enquiry = an_enquiry(**{"id": f"enquiry-{number}", "reference": f"K7F-{number:04d}", **overrides})
    save_enquiry(context.table, an_acceptance(enquiry, *plan_notifications(enquiry, context.settings, context.clock())))
    return f"{enquiry.id}_staff_alert"


def fail(context: AppContext, notification_id: str, code: str = "MessageRejected") -> None:
    """As the worker does with a message that cannot be sent."""
    row = claim(context.table, *notification_id.split("_", 1), context.clock())
    assert row is not None
    mark_failed(context.table, row, code, context.clock())


def put_messages(clients: Clients, queue: str, *bodies: str) -> None:
    url = clients.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    for body in bodies:
        clients.sqs.send_message(QueueUrl=url, MessageBody=body)


def bodies_in(clients: Clients, queue: str) -> list[str]:
    """Take every message out of a queue."""
    url = clients.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    found: list[str] = []
    while messages := clients.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [message["Body"] for message in messages]
    return found


def test_failed_messages_are_listed_oldest_first(run: Run, context: AppContext, clock: SettableClock) -> None:
    fail(context, store(context, 1))
    clock.advance(minutes=5)
    fail(context, store(context, 2), "ATTEMPTS_EXHAUSTED")

    assert run("failed").out.splitlines() == [
        "failed at                attempts  why                           notification id",
        "2026-03-02 15:00:00 UTC         1  MessageRejected               enquiry-1_staff_alert",
        "2026-03-02 15:05:00 UTC         1  ATTEMPTS_EXHAUSTED            enquiry-2_staff_alert",
    ]


def test_failed_messages_are_listed_for_programs(run: Run, context: AppContext) -> None:
    fail(context, store(context, 1))

    assert json.loads(run("failed", "--json").out) == [
        {
            "notification_id": "enquiry-1_staff_alert",
            "kind": "staff_alert",
            "code": "MessageRejected",
            "failed_at": "2026-03-02T15:00:00+00:00",
            "attempts": 1,
        }
    ]


def test_what_the_index_still_lists_as_failed_is_asked_again(run: Run, context: AppContext) -> None:
    fail(context, store(context, 1))
    context.table.client.update_item(
        TableName=context.table.name,
        Key=marshal(notification_key("enquiry-1", "staff_alert")),
        UpdateExpression="SET #status = :status",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues=marshal({":status": "sent"}),
    )

    assert "No message has failed.\n" == run("failed").out
    assert "0 messages put back; there was nothing to do.\n" == run("resend", "--all").out


def test_nothing_has_failed(run: Run) -> None:

    assert Outcome(0, "No message has failed.\n", "") == run("failed")
    assert Outcome(0, "[]\n", "") == run("failed", "--json")
    assert Outcome(0, "0 messages put back; there was nothing to do.\n", "") == run("resend", "--all")


def test_the_list_names_nobody(run: Run, context: AppContext) -> None:
    contact = a_contact(name="Marked Name", email="marked@mail.example", email_address="marked@mail.example")
    fail(context, store(context, 1, submission=a_submission(contact=contact)))

    assert "arked" not in run("failed").out + run("failed", "--json").out


def test_a_failed_message_is_sent_again(run: Run, context: AppContext, mailbox: Mailbox, clock: SettableClock) -> None:
    failed = store(context, 1)
    fail(context, failed)
    outcome = run("resend", failed)
    (body,) = bodies_in(context.clients, POKES)
    deliver_notification(context, notification_id_of(body))

    assert 0 == outcome.code
    assert "sent again: enquiry-1_staff_alert\n1 message put back; the worker has been called.\n" == outcome.out
    assert 1 == len(mailbox.of_kind("staff_alert"))
    assert [] == list(failed_notifications(context.table))
    row = load_notification(context.table, "enquiry-1", "staff_alert")
    assert row is not None
    assert ("sent", 1) == (row.status, row.attempts)
    assert clock() == row.due_at


def test_all_that_failed_is_sent_again_however_much_it_is(run: Run, context: AppContext) -> None:
    ids = [store(context, number) for number in range(MAX_BATCH + 2)]
    for each in ids:
        fail(context, each)
    outcome = run("resend", "--all")

    assert "12 messages put back; the worker has been called." in outcome.out
    assert sorted(map(message_body, ids)) == sorted(bodies_in(context.clients, POKES))


def test_what_has_not_failed_is_left_alone_and_said(run: Run, context: AppContext) -> None:
    waiting = store(context, 1)
    fail(context, store(context, 2))
    outcome = run("resend", waiting, "enquiry-2_staff_alert", "enquiry-3_staff_alert")

    assert 1 == outcome.code
    assert outcome.out.splitlines() == [
        "has not failed, left alone: enquiry-1_staff_alert",
        "sent again: enquiry-2_staff_alert",
        "has not failed, left alone: enquiry-3_staff_alert",
        "1 message put back; the worker has been called.",
    ]


def test_a_lost_poke_is_left_to_the_sweeper(run: Run, context: AppContext) -> None:
    fail(context, store(context, 1))
    outcome = run("resend", "--all", NOTIFICATION_QUEUE_NAME="no-such-queue")

    assert "the sweeper does it within a minute" in outcome.out
    row = load_notification(context.table, "enquiry-1", "staff_alert")
    assert row is not None
    assert "pending" == row.status


def test_dead_letters_of_both_queues_go_back(run: Run, aws: Clients) -> None:
    pokes = [message_body(f"enquiry-{number}_staff_alert") for number in range(23)]
    event = sns_envelope(ses_event("Delivery", "enquiry-1_staff_alert"))
    put_messages(aws, f"{POKES}-dead", *pokes)
    put_messages(aws, f"{EVENTS}-dead", event)
    outcome = run("redrive")

    assert outcome == Outcome(0, f"{POKES}: 23 messages moved back.\n{EVENTS}: 1 message moved back.\n", "")
    assert sorted(pokes) == sorted(bodies_in(aws, POKES))
    assert [event] == bodies_in(aws, EVENTS)
    assert [] == bodies_in(aws, f"{POKES}-dead") + bodies_in(aws, f"{EVENTS}-dead")


def test_what_cannot_be_read_stays_and_hides_nothing(run: Run, aws: Clients) -> None:
    rubbish = [f"rubbish {number}" for number in range(3 * MAX_BATCH)]
    put_messages(aws, f"{POKES}-dead", *rubbish, message_body("enquiry-1_staff_alert"))
    put_messages(aws, f"{EVENTS}-dead", "{}")
    outcome = run("redrive")

    assert outcome.out.splitlines() == [
        f"{POKES}: 1 message moved back; left in {POKES}-dead: 30 unreadable.",
        f"{EVENTS}: 0 messages moved back; left in {EVENTS}-dead: 1 unreadable.",
    ]
    assert [message_body("enquiry-1_staff_alert")] == bodies_in(aws, POKES)
    assert sorted(rubbish) == sorted(bodies_in(aws, f"{POKES}-dead"))
    assert ["{}"] == bodies_in(aws, f"{EVENTS}-dead")


def test_empty_dead_letter_queues_are_said_to_be_so(run: Run) -> None:

    assert Outcome(0, f"{POKES}: 0 messages moved back.\n{EVENTS}: 0 messages moved back.\n", "") == run("redrive")


def a_message(number: int) -> dict[str, str]:
    return {"MessageId": f"message-{number}", "ReceiptHandle": f"handle-{number}", "Body": f"body {number}"}


def calls_of(sqs: FakeApi, operation: str) -> list[dict[str, Any]]:
    return [call for call in sqs.calls if call["operation"] == operation]


def test_a_message_is_deleted_after_it_was_taken_and_not_otherwise(
    context: AppContext, environment: dict[str, str]
) -> None:
    messages = [a_message(1), a_message(2)]
    sqs = FakeApi(
        {"QueueUrl": "dead"},
        {"QueueUrl": "alive"},
        {"Messages": messages},
        {"Successful": [{"Id": "1"}], "Failed": [{"Id": "0", "Code": "InternalError"}]},
        {},
        {},
    )
    redriven = redrive(connected(context, environment, sqs), "queue", lambda _: True)
    (deleted,), (released,) = calls_of(sqs, "delete_message_batch"), calls_of(sqs, "change_message_visibility_batch")

    assert (1, 0, 1) == (redriven.moved, redriven.unreadable, redriven.refused)
    assert ["send_message_batch", "delete_message_batch"] == [
        call["operation"] for call in sqs.calls if call["operation"].endswith("message_batch")
    ]
    assert ("dead", ["handle-2"]) == (deleted["QueueUrl"], [entry["ReceiptHandle"] for entry in deleted["Entries"]])
    assert ["handle-1"] == [entry["ReceiptHandle"] for entry in released["Entries"]]


def test_one_empty_answer_does_not_end_it(context: AppContext, environment: dict[str, str]) -> None:
    sqs = FakeApi({"QueueUrl": "dead"}, {"QueueUrl": "alive"}, {}, {"Messages": [a_message(1)]}, {}, {})
    redrive(connected(context, environment, sqs), "queue", lambda _: False)

    assert 2 + EMPTY_ANSWERS == len(calls_of(sqs, "receive_message"))


def test_a_message_that_comes_twice_is_moved_once(context: AppContext, environment: dict[str, str]) -> None:
    again = {"Messages": [a_message(1)]}
    sqs = FakeApi({"QueueUrl": "dead"}, {"QueueUrl": "alive"}, again, {"Successful": [{"Id": "0"}]}, {}, again)

    assert 1 == redrive(connected(context, environment, sqs), "queue", lambda _: True).moved
    assert 1 == len(calls_of(sqs, "send_message_batch"))


def connected(context: AppContext, environment: dict[str, str], sqs: FakeApi) -> AppContext:
    return replace(context, clients=clients_with(environment, sqs=sqs))


def test_accounts_are_shown_and_nothing_is_changed(run: Run, context: AppContext, clock: SettableClock) -> None:
    deliver_notification(context, store(context, 1))
    fail(context, store(context, 2))
    store(context, 3)
    clock.advance(minutes=6)
    before = [load_notification(context.table, f"enquiry-{number}", "staff_alert") for number in (1, 2, 3)]
    outcome = run("reconcile")

    assert outcome == Outcome(
        0,
        "Enquiries of the last 48 hours, without the last 5 minutes:\n"
        "notified          1\n"
        "retrying          1\n"
        "failed            1\n"
        "  enquiry-2\n"
        "quarantined       0\n"
        "unaccounted       0\n",
        "",
    )
    assert before == [load_notification(context.table, f"enquiry-{number}", "staff_alert") for number in (1, 2, 3)]


@pytest.mark.parametrize(
    "argv",
    [
        (),
        ("fail",),
        ("failed", "--all"),
        ("resend",),
        ("resend", "--json"),
        ("resend", "--all", "enquiry-1_staff_alert"),
        ("redrive", "now"),
        ("reconcile", "--json"),
    ],
)
def test_a_command_that_is_none_gets_one_line(run: Run, argv: tuple[str, ...]) -> None:
    outcome = run(*argv)

    assert (2, "") == (outcome.code, outcome.out)
    assert "--help explains" in outcome.err
    assert 1 == len(outcome.err.splitlines())


def test_an_id_that_is_none_changes_nothing(run: Run, context: AppContext) -> None:
    failed = store(context, 1)
    fail(context, failed)
    outcome = run("resend", failed, "enquiry-2")

    assert Outcome(2, "", "notifications: enquiry-2 is no notification id; `failed` lists them\n") == outcome
    assert 1 == len(list(failed_notifications(context.table)))


def test_help_names_every_command(run: Run) -> None:
    out = run("--help", STAGE=None).out

    assert [] == [command for command in ("failed", "resend", "redrive", "reconcile") if f"\n{command} " not in out]


@pytest.mark.parametrize("stage", [None, "", " "])
def test_without_a_stage_nothing_is_guessed(run: Run, stage: str | None) -> None:

    assert Outcome(2, "", "notifications: STAGE is not set: say which stage, as in STAGE=prod\n") == run(
        "failed", STAGE=stage
    )


@pytest.mark.parametrize("command", [("failed",), ("resend", "--all"), ("redrive",), ("reconcile",)])
def test_a_stage_that_is_not_deployed_is_named(run: Run, command: tuple[str, ...]) -> None:
    outcome = run(*command, STAGE="nowhere")

    assert (2, "") == (outcome.code, outcome.out)
    assert outcome.err.startswith("notifications: stage nowhere has no such table or queue in this account and region")
    assert 1 == len(outcome.err.splitlines())


def run_apart(**environment: str) -> Outcome:
    """As somebody types it, in a process of its own."""
    given = {"PATH": "/usr/bin:/bin", "AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nonexistent", **environment}
    ran = subprocess.run(
        [sys.executable, "-m", "chalicelib.notifications", "failed"],
        cwd=ROOT, env=given, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return Outcome(ran.returncode, ran.stdout, ran.stderr)


def test_without_credentials_it_says_what_to_set() -> None:

    assert run_apart(STAGE="prod") == Outcome(
        2, "", "notifications: no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\n"
    )
    assert run_apart(STAGE="prod", AWS_PROFILE="nobody") == run_apart(STAGE="prod")


def test_a_sandbox_that_is_not_running_is_asked_for() -> None:
    local = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
    }

    assert run_apart(STAGE="local", **local) == Outcome(
        2, "", "notifications: AWS cannot be reached (EndpointConnectionError); is `make run` on?\n"
    )


def test_a_stage_has_the_variables_of_its_configuration() -> None:
    given = {"AWS_PROFILE": "clinic", "STAGE": "dev", "AWS_PORT": "5556", "PATH": "/bin"}

    assert {"AWS_PROFILE": "clinic", "STAGE": "prod"}.items() <= stage_variables("prod", given).items()
    assert "AWS_ENDPOINT_URL" not in stage_variables("prod", given)


def test_the_local_stage_never_reaches_a_real_account() -> None:
    given = {"AWS_PROFILE": "clinic", "AWS_SESSION_TOKEN": "real", "STAGE": "prod", "AWS_PORT": "5556", "PATH": "/bin"}
    local = stage_variables("local", given)

    assert ("local", "http://127.0.0.1:5556", "sandbox") == (
        local["STAGE"],
        local["AWS_ENDPOINT_URL"],
        local["AWS_ACCESS_KEY_ID"],
    )
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & set(local)
    assert "/bin" == local["PATH"]


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        ("", "say which stage: STAGE=dev, STAGE=local or STAGE=prod"),
        ("pord", "there is no stage pord; say STAGE=dev, STAGE=local or STAGE=prod"),
    ],
)
def test_make_says_which_stages_there_are(stage: str, message: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "infrastructure.stage_command", stage, "failed"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (2, "", f"{message}\n") == (ran.returncode, ran.stdout, ran.stderr)


def test_a_row_says_when_it_failed_and_not_when_it_was_due(run: Run, context: AppContext, clock: SettableClock) -> None:
    failed = store(context, 1)
    clock.advance(minutes=7)
    fail(context, failed)
    clock.advance(hours=1)

    assert f"{clock() - timedelta(hours=1):%H:%M:%S} UTC" in run("failed").out
