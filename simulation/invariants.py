"""What must hold after every run, whatever failed. Each check yields a line for every violation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from quopri import decodestring
from typing import Any

from chalicelib.models.accounts import account_of
from chalicelib.models.notification import Notification
from simulation.scenario import ADDRESS, MARK, Run
from simulation.virtual_clock import MONDAY_MORNING

RECOVERY = timedelta(seconds=180)
"""From the last fault to the last message, for plans of up to three faults."""
_ANSWER_LOST = ("timeout_after", "closed_after", "garbled", "crash_after", "slow_until_killed")
"""Faults after which it was done, and nobody was told."""


def violations(run: Run) -> list[str]:
    """What is wrong with a finished run; empty when all is well."""
    checks = (
        _answers, _one_enquiry, _told, _patience, _accounted, _bounded, _suppression, _rest, _discretion, _in_time,
        _fates, _louder,
    )  # fmt: skip
    return [problem for check in checks for problem in check(run)]


def _answers(run: Run) -> Iterator[str]:
    """2xx ⇒ stored, equal to what was sent; not stored ⇒ not 2xx."""
    stored = {row["id"]: row for row in run.rows if row.get("sk") == "ENQUIRY"}
    for answer in run.succeeded:
        row = stored.get(answer["id"])
        if row is None:
            yield "a 2xx answer without a stored enquiry"
        elif (row["reference"], *_typed(row)) != (answer["reference"], f"{MARK} name", ADDRESS, f"{MARK} message"):
            yield "stored otherwise than it was sent"


def _typed(row: dict[str, Any]) -> tuple[str, str, str]:
    submission = row["submission"]
    return submission["contact"]["name"], submission["contact"]["email"], submission["answers"]["message"]


def _one_enquiry(run: Run) -> Iterator[str]:
    """The same key and body ⇒ the same enquiry and reference."""
    if len(_stored_ids(run)) > 1:
        yield "one post under one key became several enquiries"
    if len({answer["reference"] for answer in run.succeeded}) > 1:
        yield "repeats got different references"


def _told(run: Run) -> Iterator[str]:
    """Stored ⇒ staff mail at least once, or an alarm and visible as failed, with the second channel tried."""
    for enquiry_id in _stored_ids(run):
        if _count(run, f"{enquiry_id}_staff_alert"):
            continue
        row = _row(run, enquiry_id, "staff_alert")
        if row is None:
            yield "an enquiry without a staff alert"
        elif (row["status"], row.get("due_shard")) != ("failed", "failed"):
            yield f"nobody at the clinic was told, and the row is {row['status']}"
        elif run.world.environment["ON_CALL_TOPIC_ARN"] and not run.world.alerts:
            yield "the second channel was not tried"


def _patience(run: Run) -> Iterator[str]:
    """Nothing fails for good but what SES refused, as long as the faults are few."""
    if len(run.world.struck) > 3 or any(strike.fault == "reject" for strike in run.world.struck):
        return
    yield from (f"{row['kind']} failed for good" for row in run.rows if row.get("due_shard") == "failed")


def _accounted(run: Run) -> Iterator[str]:
    """Each enquiry is in exactly one account; what no message to staff went out for counts as failed, which is an
    alarm. Looked at as if nobody had acted on it, because whoever acts has been told."""
    if set(run.accounts) != set(_stored_ids(run)) or "unaccounted" in run.accounts.values():
        yield f"the accounts are {list(run.accounts.values())}"
    for enquiry_id in _stored_ids(run):
        items = [
            row for row in run.rows if row["pk"] == f"ENQUIRY#{enquiry_id}" and row["sk"].startswith("NOTIFICATION#")
        ]
        rows = [Notification.model_validate({"due_at": MONDAY_MORNING, **row}) for row in items]
        account = account_of("new", rows, run.world.clock())
        told = bool(run.world.alerts) or any(ADDRESS not in mail.to for mail in run.world.mails)
        if account != ("notified" if told else "failed"):
            yield f"the account is {account} and staff were {'' if told else 'not '}told"


def _bounded(run: Run) -> Iterator[str]:
    """Mails of one kind ≤ 1 + lost answers of the send. A mark that failed is no excuse by itself: a delivery event
    settles the mail, unless a second fault keeps that away."""
    ambiguous = _answers_lost(run, "send_email")
    if len(run.world.struck) > 1:
        ambiguous += _marks_lost(run, "send_email")
    for notification_id, count in _sent(run).items():
        if count > 1 + ambiguous:
            yield f"{notification_id.partition('_')[2]} was sent {count} times after {ambiguous} ambiguous faults"


def _suppression(run: Run) -> Iterator[str]:
    if run.scenario.suppressed and any(ADDRESS in mail.to for mail in run.world.mails):
        yield "mail to a suppressed address"


def _rest(run: Run) -> Iterator[str]:
    """At rest nothing is pending, leased, queued or dead."""
    if run.rested_at is None:
        yield "not at rest after 12 hours"
    for row in run.rows:
        if row.get("status") == "pending" and "kind" in row:
            yield f"{row['kind']} is still pending"
        if "lease_until" in row:
            yield f"{row['kind']} is still leased"
    for kind in ("notifications-dead", "mail-events-dead"):
        if run.world.queue(kind).messages:
            yield f"messages died in {kind}"


def _discretion(run: Run) -> Iterator[str]:
    """No marked value anywhere it does not belong: logs, metrics, queue messages, alerts, mail, other items."""
    places = {
        "log": run.lines,
        "queue": run.carried,
        "alert": [f"{alert.subject} {alert.message}" for alert in run.world.alerts],
        "mail": [_text(mail.raw) for mail in run.world.mails],
        "item": [str(row) for row in run.rows if row.get("sk") != "ENQUIRY"],
        "answer": [reply.body for reply in run.answers if reply is not None and reply.status != 422],
    }
    yield from (
        f"a marked value in a {place}" for place, texts in places.items() if any(MARK in text for text in texts)
    )
    for place in ("log", "alert", "item"):
        if any(ADDRESS in text for text in places[place]):
            yield f"an address in a {place}"


def _text(raw: bytes) -> str:
    """Headers and bodies, the encoding of the bodies undone."""
    return decodestring(raw).decode("utf-8", "replace")


def _in_time(run: Run) -> Iterator[str]:
    """Everything that accepting the enquiry promised has gone out 180 s after the last fault."""
    if len(run.world.struck) > 3 or run.accepted_at is None:
        return
    since = max([run.accepted_at, run.last_fault_at or run.accepted_at])
    for enquiry_id in _stored_ids(run):
        for kind in ("staff_alert", "on_call_alert"):
            row = _row(run, enquiry_id, kind)
            first = _first(run, f"{enquiry_id}_{kind}", kind)
            if row is not None and row["status"] != "failed" and first is not None and first > since + RECOVERY:
                yield f"{kind} went out {(first - since).total_seconds():.0f} s after the last fault"


def _fates(run: Run) -> Iterator[str]:
    """What SES told of the visitor's mail stands on its row and, where it bounced, on the enquiry."""
    if run.scenario.fate != "bounced" or not any(ADDRESS in mail.to for mail in run.world.mails):
        return
    for row in run.rows:
        if row.get("kind") == "acknowledgement" and row.get("status") != "bounced":
            yield f"a bounced acknowledgement is {row['status']}"
        if row.get("sk") == "ENQUIRY" and "email_bounced" not in row["flags"]:
            yield "no flag after a bounce"
    if not any(str(row["pk"]).startswith("SUPPRESSION#") for row in run.rows):
        yield "no suppression after a bounce"


def _louder(run: Run) -> Iterator[str]:
    """What nobody acts on climbs the whole ladder, each step once (or visibly failed)."""
    if run.scenario.reacts_after is not None:
        return
    for enquiry_id in _stored_ids(run):
        for kind in ("re_alert", "reminder", "backup_alert", "on_call_re_alert", "on_call_escalation"):
            row = _row(run, enquiry_id, kind)
            if row is None:
                yield f"the step {kind} was not taken"
            elif row["status"] not in ("sent", "delivered", "failed"):
                yield f"the step {kind} is {row['status']}"
    published = Counter(alert.subject for alert in run.world.alerts)
    ambiguous = _answers_lost(run, "publish") + _marks_lost(run, "publish")
    yield from (f"published {count} times: {subject}" for subject, count in published.items() if count > 1 + ambiguous)


def _answers_lost(run: Run, send: str) -> int:
    """How often a message went out and its sender could not know."""
    return sum(strike.boundary.operation == send and strike.fault in _ANSWER_LOST for strike in run.world.struck)


def _marks_lost(run: Run, send: str) -> int:
    """How often the write failed that marks a message as sent. SNS tells nothing of what became of a message, so for an
    alert this leaves as much doubt as a lost answer."""
    before = [run.world.trace[max(0, strike.boundary.number - 1)] for strike in run.world.struck]
    marks = zip(run.world.struck, before, strict=True)
    return sum((strike.boundary.operation, sent.operation) == ("update_item", send) for strike, sent in marks)


def _sent(run: Run) -> Counter[str]:
    return Counter(mail.tags["notification_id"] for mail in run.world.mails)


def _count(run: Run, notification_id: str) -> int:
    return _sent(run)[notification_id]


def _first(run: Run, notification_id: str, kind: str) -> datetime | None:
    if kind == "on_call_alert":
        return min((alert.at for alert in run.world.alerts), default=None)
    return min((mail.at for mail in run.world.mails if mail.tags["notification_id"] == notification_id), default=None)


def _stored_ids(run: Run) -> list[str]:
    return [row["id"] for row in run.rows if row.get("sk") == "ENQUIRY"]


def _row(run: Run, enquiry_id: str, name: str) -> dict[str, Any] | None:
    key = (f"ENQUIRY#{enquiry_id}", f"NOTIFICATION#{name}")
    return next((row for row in run.rows if (row["pk"], row["sk"]) == key), None)
