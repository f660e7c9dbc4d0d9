"""The comparison counts what it says it counts."""

from __future__ import annotations

from smtplib import SMTP, SMTPDataError, SMTPServerDisconnected

import pytest

from simulation.alternatives.__main__ import BEGIN, DOCUMENT, END
from simulation.alternatives.comparison import COLUMNS, HANDLERS, System, play_ours
from simulation.alternatives.endings import BOUNCING, STAFF, Ending
from simulation.alternatives.smtp_faults import FaultyMailServer
from simulation.fault_plans import Fault, Plan
from simulation.marked_tables import with_tables

MAIL_ONLY, STRICT, LENIENT = HANDLERS


def counted(ending: Ending) -> set[str]:
    return {column for column, counts in COLUMNS.items() if counts(ending)}


@pytest.mark.parametrize(
    ("system", "plan", "expected"),
    [
        (MAIL_ONLY, {}, set()),
        (MAIL_ONLY, {0: "error_before"}, {"error at first press"}),
        (MAIL_ONLY, {0: "timeout_after"}, {"error at first press", "duplicated"}),
        (MAIL_ONLY, {0: "account_stop"}, {"error at first press", "turned away"}),
        (STRICT, {1: "account_stop"}, {"error at first press", "error, though taken", "unnotified"}),
        (STRICT, {0: "crash_after"}, {"error at first press"}),
        (LENIENT, {1: "reject"}, {"unnotified"}),
        (LENIENT, {1: "timeout_after"}, set()),
    ],
)
def test_a_handler_without_an_outbox_ends_as_expected(system: System, plan: Plan, expected: set[str]) -> None:

    assert expected == counted(system.play(plan, STAFF))


def test_a_staff_mailbox_that_bounces_loses_what_was_only_mailed() -> None:

    assert {"lost"} == counted(MAIL_ONLY.play({}, BOUNCING))
    assert {"unnotified"} == counted(STRICT.play({}, BOUNCING))
    assert set() == counted(play_ours({}, BOUNCING))


def test_an_outbox_outlasts_an_account_stop() -> None:
    sends = [boundary.number for boundary in play_ours({}).trace if boundary.operation == "send_email"]

    assert sends
    assert [set()] * len(sends) == [counted(play_ours({number: "account_stop"})) for number in sends]


@pytest.mark.parametrize(
    ("fault", "raised", "kept"),
    [
        ("error_before", SMTPServerDisconnected, 0),
        ("closed_after", SMTPServerDisconnected, 1),
        ("throttle", SMTPDataError, 0),
        ("garbled", SMTPDataError, 1),
        ("reject", SMTPDataError, 0),
    ],
)
def test_the_mail_server_fails_as_planned(fault: Fault, raised: type[Exception], kept: int) -> None:
    with FaultyMailServer(kill=lambda: None) as server:
        server.begin({0: fault})
        with pytest.raises(raised):
            send(server.port)

        assert kept == len(server.kept)
        send(server.port)

        assert kept + 1 == len(server.kept)


def send(port: int) -> None:
    with SMTP("127.0.0.1", port, local_hostname="localhost", timeout=5) as client:
        client.sendmail("hello@clinic.example", [STAFF], b"Subject: Enquiry\r\n\r\nPlease call.\r\n")


def test_the_document_has_a_place_for_the_tables() -> None:
    document = DOCUMENT.read_text("utf-8")
    written = with_tables(document, BEGIN, END, "| new |")

    assert f"{BEGIN}| new |\n{END}" in written
    assert written == with_tables(written, BEGIN, END, "| new |")
    assert "| the enquiry desk |" in document


def test_a_document_without_its_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="missing"):
        with_tables("# Reliability\n", BEGIN, END, "| new |")
