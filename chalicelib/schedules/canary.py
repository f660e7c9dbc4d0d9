"""Every five minutes: see whether the hour's test enquiry arrived, and send one when the hour has had none.

A canary goes the whole way as a visitor's enquiry would: the website, the transaction, the queue, SES, and the delivery
events that come back. Its mail goes to SES's mailbox simulator; no person sees it and no count holds it. Should
`PUBLIC_URL` lead to another stage, that one cannot prove the mark and quarantines the enquiry, and here it is missed as
`not accepted`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, timedelta
from urllib.parse import urlencode

from chalicelib.context import AppContext
from chalicelib.models.notice import Notice, notice_id
from chalicelib.models.notification import Notification
from chalicelib.notifications.mail_templates import STAFF_LANGUAGE
from chalicelib.notifications.planning import POKE_GRACE
from chalicelib.notifications.relay import poke
from chalicelib.notifications.rendering import SIMULATOR
from chalicelib.observability import count_event, failure_fields, log
from chalicelib.storage.canaries import (
    Canary,
    begin_canary,
    canary_id,
    canary_mark,
    due_canaries,
    end_canary,
    load_canary,
    record_answer,
)
from chalicelib.storage.notices import save_notice
from chalicelib.storage.outbox import notifications_of
from chalicelib.storage.stage_settings import UnusableSettings
from chalicelib.wording.dates import moment_in_words

LATE_AFTER = timedelta(minutes=10)
NOTICE_HOURS = 6
"""Staff hear of it once in each quarter of a UTC day, however many canaries are late."""
POST_SECONDS = 10
"""Leaves the rest of the Lambda's 20 seconds to the table."""
FIELDS = {
    "name": "Automatic test",
    "email": SIMULATOR,
    "message": "Automatic test of the enquiry desk.",
    "urgent_signs": "none",
    "consent": "yes",
}
"""What nobody needs to act on, should it ever be taken for a person's."""
_MAILS = ("staff_alert", "acknowledgement")

Post = Callable[[str, bytes], int]
"""Posts a urlencoded form to a URL and returns the HTTP status; raises OSError when no answer came."""


def post_form(url: str, body: bytes) -> int:
    """Post as a browser without scripts does. Follows no redirect, uses no proxy, and checks the certificate. Raises
    OSError when no HTTP answer comes within 10 seconds of silence."""
    from http.client import HTTPException  # both cost the cold start of every other function
    from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, Request

    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "text/html",
        "User-Agent": "enquiry-desk-canary",
    }
    opener = OpenerDirector()
    for handler in (HTTPHandler(), HTTPSHandler()):
        opener.add_handler(handler)
    try:
        with opener.open(Request(url, body, headers), timeout=POST_SECONDS) as answer:  # noqa: S310  http(s) by settings
            return int(answer.status)
    except HTTPException as error:
        raise ConnectionError("no HTTP answer") from error


def run_canary(context: AppContext, post: Post = post_form) -> None:
    """Look at every canary under way, then send this hour's unless it has been sent.

    1. Arrived (both its mails are delivered): everything of it is deleted.
    2. Not arrived 10 minutes after its post: alarm, staff and whoever is on call are told at most once in six hours,
       and it is deleted as well.
    3. The hour is taken by a conditional write before the post, so that a run which dies in between is found by 2.

    Log lines: `canary posted`, `canary arrived`, `canary late`, `canary skipped`, `canary not checked`. Fields:
    `canary`, `answer`, `seconds` (at most: it looks every five minutes), `why` (`not posted`, `not accepted`,
    `not sent`, `not delivered`). Metric: CanariesLate.
    """
    try:
        key = context.stage_settings.known_key()
    except UnusableSettings:
        log.warning("canary skipped", extra={"why": "stage key unknown"})
        return
    failures: list[Exception] = []
    for canary in due_canaries(context.table, context.clock()):
        try:
            _check(context, key, load_canary(context.table, canary))
        except Exception as error:  # one that cannot be checked must not keep the next from being sent
            log.error("canary not checked", extra={"canary": canary, **failure_fields(error)})
            failures.append(error)
    _send(context, key, post)
    if failures:
        raise ExceptionGroup("canaries not checked", failures)


def why_missing(canary: Canary, rows: Sequence[Notification]) -> str:
    """Where a canary got stuck; empty when it has arrived. `sent` is not enough: the delivery event is the last part
    of the way."""
    if not rows:
        return "not accepted" if canary.answer.isdecimal() else "not posted"
    states = {row.name: row.status for row in rows}
    mails = {states.get(name, "suppressed") for name in _MAILS}
    if mails == {"delivered"}:
        return ""
    return "not sent" if mails & {"pending", "failed", "suppressed"} else "not delivered"


def _check(context: AppContext, key: bytes, canary: Canary | None) -> None:
    now = context.clock()
    if canary is None:
        return
    if not canary.ended:
        missing = why_missing(canary, notifications_of(context.table, canary.enquiry_id))
        if missing and now - canary.posted_at < LATE_AFTER:
            return
        _report(context, canary, missing)
    end_canary(context.table, key, canary, now)


def _report(context: AppContext, canary: Canary, missing: str) -> None:
    """The log line and the metric come first: they do not need the table."""
    now = context.clock()
    facts = {"canary": canary.id, "seconds": int((now - canary.posted_at).total_seconds())}
    if not missing:
        log.info("canary arrived", extra=facts)
        return
    log.error("canary late", extra={**facts, "why": missing, "answer": canary.answer})
    count_event("CanariesLate", stage=context.settings.stage, at=now)
    _tell_staff(context, canary, missing)


def _tell_staff(context: AppContext, canary: Canary, why: str) -> None:
    now, settings = context.clock().astimezone(UTC), context.settings
    owner = notice_id("canary-late", f"{now:%Y-%m-%d}", str(now.hour // NOTICE_HOURS))
    posted = moment_in_words(canary.posted_at, STAFF_LANGUAGE, settings.clinic_time_zone)
    notice = Notice(id=owner, topic="canary_late", values={"posted": posted, "why": why})
    rows = [Notification(owner=owner, kind="staff_notice", due_at=now + POKE_GRACE)]
    if settings.on_call_topic_arn:
        rows.append(Notification(owner=owner, kind="on_call_notice", due_at=now + POKE_GRACE))
    if save_notice(context.table, notice, rows, now):
        poke(context, [row.notification_id for row in rows])


def _send(context: AppContext, key: bytes, post: Post) -> None:
    if not context.settings.public_url:
        log.info("canary skipped", extra={"why": "PUBLIC_URL is not set"})
        return
    now = context.clock()
    canary = Canary(id=canary_id(now), posted_at=now)
    if not begin_canary(context.table, canary):
        return
    mark = canary_mark(key, canary.id)
    body = urlencode({**FIELDS, "_canary": mark, "_idempotency": mark}).encode()
    try:
        answer = str(post(f"{context.settings.public_url}/enquiries", body))
    except OSError as error:
        answer = type(error).__name__
    record_answer(context.table, canary, answer)
    log.info("canary posted", extra={"canary": canary.id, "answer": answer})
