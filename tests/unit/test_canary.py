"""The canary without AWS: its mark, where it got stuck, what it says, and how it is posted."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chalicelib.intake.idempotency import claim_for
from chalicelib.models.notification import split_notification_id
from chalicelib.notifications.planning import plan_notifications, plan_second_channel
from chalicelib.schedules.canary import FIELDS, post_form, why_missing
from chalicelib.settings import Settings
from chalicelib.storage.canaries import Canary, canary_id, canary_mark, canary_of, claim_hash, is_canary
from chalicelib.triage.engine import triage
from tests.builders import ENQUIRY_ID, RECEIVED_AT, a_notification, a_submission, an_enquiry
from tests.conftest import STAGE_KEY
from tests.web_requests import a_draft

HOUR = "2026-03-02T15"
MARK = canary_mark(STAGE_KEY, HOUR)
CANARY = Canary(id=HOUR, posted_at=RECEIVED_AT, answer="303")
ON_CALL = Settings(on_call_topic_arn="arn:aws:sns:us-east-1:123456789012:on-call")


def test_mark_proves_the_hour_that_it_was_made_for() -> None:

    assert HOUR == canary_id(RECEIVED_AT + timedelta(minutes=59)) == canary_of(MARK, STAGE_KEY, RECEIVED_AT)


@pytest.mark.parametrize(("minutes", "valid"), [(-121, False), (-120, True), (59, True), (120, True), (121, False)])
def test_mark_is_worth_something_for_two_hours_only(minutes: int, valid: bool) -> None:

    assert valid == bool(canary_of(MARK, STAGE_KEY, RECEIVED_AT + timedelta(minutes=minutes)))


@pytest.mark.parametrize(
    "mark",
    [
        "",
        HOUR,
        f"{HOUR}.",
        f"{HOUR}.{'0' * 64}",
        MARK[:-1],
        MARK + "0",
        MARK + "\n",
        MARK.upper(),
        MARK.replace("T15", "T16"),
        canary_mark(bytes(32), HOUR),
        f"{HOUR}.{'é' * 64}",
        f"{HOUR}.\ud800",
        "２０２６-03-02T15." + MARK[14:],
        f"2026-99-99T99.{'0' * 64}",
    ],
)
def test_forged_mark_proves_nothing(mark: str) -> None:

    assert "" == canary_of(mark, STAGE_KEY, RECEIVED_AT)


@pytest.mark.parametrize(
    ("answer", "staff_alert", "acknowledgement", "why"),
    [
        ("303", "delivered", "delivered", ""),
        ("", None, None, "not posted"),
        ("URLError", None, None, "not posted"),
        ("303", None, None, "not accepted"),
        ("503", None, None, "not accepted"),
        ("303", "pending", "pending", "not sent"),
        ("303", "delivered", "pending", "not sent"),
        ("303", "delivered", None, "not sent"),
        ("303", "failed", "delivered", "not sent"),
        ("303", "delivered", "suppressed", "not sent"),
        ("303", "sent", "sent", "not delivered"),
        ("303", "delivered", "sent", "not delivered"),
        ("303", "bounced", "delivered", "not delivered"),
        ("303", "delivered", "delayed", "not delivered"),
        ("303", "rejected", "complained", "not delivered"),
    ],
)
def test_canary_has_arrived_when_both_mails_are_delivered(
    answer: str, staff_alert: str | None, acknowledgement: str | None, why: str
) -> None:
    states = {"staff_alert": staff_alert, "acknowledgement": acknowledgement}
    rows = [a_notification(kind=kind, status=status) for kind, status in states.items() if status]

    assert why == why_missing(CANARY.model_copy(update={"answer": answer}), rows)


def test_what_it_says_alarms_nobody_should_it_be_taken_for_a_person() -> None:
    submission = a_draft(**FIELDS).submission
    assessment = triage(submission.answers)

    assert "routine" == assessment.level
    assert () == assessment.fired == assessment.flags == submission.flags
    assert "yes" == submission.consent.given


def test_only_its_own_enquiry_has_such_an_id() -> None:

    assert is_canary(CANARY.enquiry_id)
    assert not is_canary(ENQUIRY_ID)
    assert not is_canary("notice-canary-late-2026-03-02-2")
    assert (CANARY.enquiry_id, "staff_alert") == split_notification_id(f"{CANARY.enquiry_id}_staff_alert")


def test_idempotency_record_is_found_by_the_key_that_was_sent() -> None:

    assert claim_for(a_submission(), "", MARK, RECEIVED_AT).key_hash == claim_hash(MARK)


def test_test_enquiry_calls_nobody_even_when_its_mail_fails() -> None:
    enquiry = an_enquiry(id=CANARY.enquiry_id, level="emergency", is_test=True)
    rows = plan_notifications(enquiry, ON_CALL, RECEIVED_AT)

    assert ["staff_alert", "acknowledgement"] == [row.kind for row in rows]
    assert () == plan_second_channel(rows[0], ON_CALL, RECEIVED_AT)
    assert plan_second_channel(a_notification(), ON_CALL, RECEIVED_AT)


class Visited(BaseHTTPRequestHandler):
    """Sends every visitor to `/elsewhere`, and remembers who came."""

    visits: list[tuple[str, str, dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.visits.append(("POST", self.path, dict(self.headers), body))
        self.send_response(303)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def do_GET(self) -> None:
        self.visits.append(("GET", self.path, {}, b""))

    def log_message(self, *_: Any) -> None:
        """Silent."""


class Babbling(Visited):
    """Says something that is no HTTP."""

    def handle(self) -> None:
        self.wfile.write(b"220 mail.example ESMTP\r\n")


@contextmanager
def a_server(handler: type[Visited], tls: ssl.SSLContext | None = None) -> Iterator[HTTPServer]:
    handler.visits = []
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def self_signed(folder: Path) -> ssl.SSLContext:
    """A certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2090, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain = folder / "chain.pem"
    chain.write_bytes(plain + certificate.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return context


def test_post_goes_out_once_as_a_form_and_follows_no_redirect() -> None:
    with a_server(Visited) as server:
        status = post_form(f"http://127.0.0.1:{server.server_port}/api/enquiries", b"name=Ann")
    ((method, path, headers, body),) = Visited.visits

    assert 303 == status
    assert ("POST", "/api/enquiries", b"name=Ann") == (method, path, body)
    assert ("application/x-www-form-urlencoded", "text/html") == (headers["Content-Type"], headers["Accept"])


def test_post_that_meets_nobody_is_an_os_error() -> None:
    with a_server(Visited) as server:
        port = server.server_port

    with pytest.raises(OSError, match="refused"):
        post_form(f"http://127.0.0.1:{port}/enquiries", b"")


def test_post_that_meets_no_http_is_an_os_error() -> None:
    with a_server(Babbling) as server, pytest.raises(OSError, match="no HTTP answer"):
        post_form(f"http://127.0.0.1:{server.server_port}/enquiries", b"")


def test_post_tells_nothing_to_a_server_that_nobody_vouches_for(tmp_path: Path) -> None:
    with a_server(Visited, self_signed(tmp_path)) as server, pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        post_form(f"https://127.0.0.1:{server.server_port}/enquiries", b"")

    assert [] == Visited.visits
