"""What must hold after every run, whatever failed. Each check yields a line for every violation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from quopri import decodestring
from typing import Any

from chalicelib.models.accounts import account_of
from chalicelib.models.notification import Notification
from simulation.flood_checks import FLOOD_CHECKS
from simulation.ladder_checks import LADDER_CHECKS, RECOVERY
from simulation.mail_checks import MAIL_CHECKS
from simulation.review_checks import REVIEW_CHECKS
from simulation.runs import Run
from simulation.scenario import RECONCILED_EVERY
from simulation.scenarios import ADDRESS, MARK, MINUTE
from simulation.virtual_clock import MONDAY_MORNING

PROMPT = timedelta(seconds=30)
"""From one fault that SES itself told of, without a doubt."""
ALL_DELAYS = timedelta(hours=4, minutes=21, seconds=20)
"""From the first attempt to the ninth."""
_TOLD_BY_SES = ("throttle", "error_before")
_SECRETS = (MARK, "555-0123", "5550123", "chest_breathing")
"""What a person typed and chose."""


def violations(run: Run) -> list[str]:
    """What is wrong with a finished run; empty when all is well."""
    checks = (
        _answers, _one_enquiry, _told, _patience, _accounted, _bounded, _attempts, _rest, _discretion, _in_time,
        *MAIL_CHECKS, *LADDER_CHECKS, *REVIEW_CHECKS, *FLOOD_CHECKS,
    )  # fmt: skip
    return [problem for check in checks for problem in check(run)]


def _answers(run: Run) -> Iterator[str]:
    """2xx ⇒ stored, equal to what was sent; not stored ⇒ not 2xx."""
    stored = {row["id"]: row for row in run.rows if row.get("sk") == "ENQUIRY"}
    for answer in run.succeeded:
        row = stored.get(answer["id"])
        if row is None:
            yield "a 2xx answer without a stored enquiry"
        elif (row["reference"], *_typed(row)) not in _sent(run, answer):
            yield "stored otherwise than it was sent"


def _sent(run: Run, answer: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    addresses = [ADDRESS, ""] if run.scenario.crowd else [ADDRESS]
    return [(answer["reference"], f"{MARK} name", address, f"{MARK} message") for address in addresses]


def _typed(row: dict[str, Any]) -> tuple[str, str, str]:
    submission = row["submission"]
    return submission["contact"]["name"], submission["contact"]["email"], submission["answers"]["message"]


def _one_enquiry(run: Run) -> Iterator[str]:
    """The same key and body ⇒ the same enquiry and reference."""
    posts = 1 + len(run.scenario.crowd)
    if len(run.stored_ids) > posts:
        yield "one post under one key became several enquiries"
    if len({answer["reference"] for answer in run.succeeded}) > posts:
        yield "repeats got different references"


def _told(run: Run) -> Iterator[str]:
    """Stored ⇒ staff mail at least once, or an alarm and visible as failed, with the second channel tried."""
    for enquiry in run.told_of():
        row = run.row(enquiry["id"], "staff_alert")
        if run.told(enquiry) or (run.scenario.loses_alert and run.world.struck and row is None):
            continue
        if row is None:
            yield "an enquiry without a staff alert"
        elif (row["status"], row.get("due_shard")) != ("failed", "failed"):
            yield f"nobody at the clinic was told, and the row is {row['status']}"
        elif run.world.environment["ON_CALL_TOPIC_ARN"] and not (
            run.alerts_about(enquiry["reference"]) or run.has_failed(enquiry["id"], "on_call_failure")
        ):
            yield "the second channel was not tried"


def _patience(run: Run) -> Iterator[str]:
    """Nothing fails for good but what SES refused, as long as the faults are few."""
    refused = run.scenario.refused or any(strike.fault == "reject" for strike in run.world.struck)
    if refused or not run.has_few_faults:
        return
    yield from (f"{row['kind']} failed for good" for row in run.rows if row.get("status") == "failed")


def _accounted(run: Run) -> Iterator[str]:
    """Each enquiry is in exactly one account; what no message to staff arrived for counts as failed, which is an
    alarm. Looked at as if nobody had acted on it, because whoever acts has been told. At rest there is nothing to
    mend. What is looked at again is older than the two days that are accounted for."""
    if run.scenario.looks:
        return
    if set(run.accounts) != set(run.stored_ids) or "unaccounted" in run.accounts.values():
        yield f"the accounts are {list(run.accounts.values())}"
    if run.mended and not run.world.struck:
        yield "reconciliation at rest still found something to mend"
    for enquiry in run.enquiries():
        key = f"ENQUIRY#{enquiry['id']}"
        items = [row for row in run.rows if row["pk"] == key and row["sk"].startswith("NOTIFICATION#")]
        rows = [Notification.model_validate({"due_at": MONDAY_MORNING, **row}) for row in items]
        account = account_of("new", rows, run.world.clock())
        told = bool(run.alerts_about(enquiry["reference"])) or _arrived(run, enquiry)
        lost = run.scenario.loses_alert and run.row(enquiry["id"], "staff_alert") is None
        if account != ("notified" if told else "failed") and not lost:
            yield f"the account is {account} and staff were {'' if told else 'not '}told"


def _arrived(run: Run, enquiry: Mapping[str, Any]) -> bool:
    """Whether a mail to staff about an enquiry reached somebody."""
    if run.scenario.crowd:
        return bool(run.told(enquiry))
    about = [mail for mail in run.mails if mail.tags["notification_id"].startswith(enquiry["id"])]
    mails = [mail for mail in about if ADDRESS not in mail.to]
    return any(run.scenario.fate_of(address) == "delivered" for mail in mails for address in mail.to)


def _bounded(run: Run) -> Iterator[str]:
    """Mails of one kind ≤ 1 + lost answers of the send. A mark that failed is no excuse by itself: a delivery event
    settles the mail, unless a second fault keeps that away."""
    ambiguous = run.answers_lost("send_email")
    if len(run.world.struck) > 1:
        ambiguous += run.marks_lost("send_email")
    for notification_id, count in run.sent().items():
        if count > 1 + ambiguous:
            yield f"{notification_id.partition('_')[2]} was sent {count} times after {ambiguous} ambiguous faults"


def _attempts(run: Run) -> Iterator[str]:
    """Nothing uses up an attempt but a send that failed, and the ninth is the last."""
    for row in run.rows:
        if "attempts" not in row or "kind" not in row:
            continue
        if run.scenario.refused and row["kind"] in ("staff_alert", "acknowledgement"):
            yield from _given_up(run, row)
        elif row["attempts"] > 1 + len(run.world.struck):
            yield f"{row['kind']} took {row['attempts']} attempts after {len(run.world.struck)} faults"


def _given_up(run: Run, row: dict[str, Any]) -> Iterator[str]:
    """Mail that is refused for ever is tried for as long as was promised, and then failed."""
    if run.world.struck:
        return
    if (row["status"], row["attempts"]) != ("failed", 9):
        yield f"{row['kind']} is {row['status']} after {row['attempts']} attempts"
    elif not ALL_DELAYS <= _moment(row["finished_at"]) - MONDAY_MORNING <= ALL_DELAYS + 9 * RECOVERY:
        yield f"{row['kind']} was given up at {row['finished_at']}"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


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
    """Nothing that the person typed or chose anywhere it does not belong: logs, metrics, queue messages, alerts, mail,
    other items."""
    to_staff = [_text(mail.raw) for mail in run.mails if ADDRESS not in mail.to]
    places = {
        "log": run.lines,
        "queue": run.carried,
        "alert": [f"{alert.subject} {alert.message}" for alert in run.alerts],
        "mail": [_text(mail.raw) for mail in run.mails],
        "item": [str(row) for row in run.rows if row.get("sk") != "ENQUIRY"],
    }
    for place, texts in {**places, "mail to staff": to_staff}.items():
        unwanted = _SECRETS if place in ("queue", "mail") else (*_SECRETS, ADDRESS)
        yield from (f"{secret} in a {place}" for secret in unwanted if any(secret in text for text in texts))
    if any(MARK in reply.body for reply in run.answers if reply is not None and reply.status != 422):
        yield "a marked value in an answer"


def _text(raw: bytes) -> str:
    """Headers and bodies, the encoding of the bodies undone."""
    return decodestring(raw).decode("utf-8", "replace")


def _in_time(run: Run) -> Iterator[str]:
    """Everything that accepting the enquiry promised has gone out 180 s after the last fault; 30 s after it, where one
    mail was throttled."""
    if not run.has_few_faults or run.accepted_at is None or run.scenario.refused or run.scenario.crowd:
        return
    acted = [run.acted.get(act, run.accepted_at) for act in ("release", "raise")]
    since = max(run.accepted_at, run.last_fault_at or run.accepted_at, *acted)
    patience = RECOVERY + (RECONCILED_EVERY * MINUTE if run.scenario.loses_alert else timedelta(0))
    if _was_put_off_once(run) and not run.scenario.loses_alert:
        patience = PROMPT
    for enquiry in run.enquiries():
        for kind in ("staff_alert", "on_call_alert", "acknowledgement"):
            first = run.first(enquiry, kind)
            if first is not None and first > since + patience:
                yield f"{kind} went out {(first - since).total_seconds():.0f} s after the last fault"


def _was_put_off_once(run: Run) -> bool:
    strikes = run.world.struck
    return len(strikes) == 1 and strikes[0].boundary.operation == "send_email" and strikes[0].fault in _TOLD_BY_SES
