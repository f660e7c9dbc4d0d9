"""The page on which a person lands: what to do now, the reference, and the promise. Nothing that they typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.models.enquiry import Receipt
from chalicelib.models.opening_hours import OpeningHours
from chalicelib.pages.help_links import HelpLink, advice_links
from chalicelib.pages.page_shell import PageContext, page_reply
from chalicelib.web import Reply
from chalicelib.wording.dates import moment_in_words
from chalicelib.wording.hours import hours_in_words
from chalicelib.wording.texts import entries

SHOWN_FOR = timedelta(hours=1)
_PROMISES = frozenset({"we_call", "we_reply"})
_HEADERS = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


@dataclass(frozen=True)
class AdviceBlock:
    """One piece of safety advice and the lines to call beside it."""

    text: str
    links: tuple[HelpLink, ...]


def render_receipt(page: PageContext, receipt: Receipt, now: datetime, hours: OpeningHours) -> Reply:
    """The receipt with advice and promise for one hour, afterwards only that the enquiry was received. `now` is
    aware."""
    fresh = now - receipt.received_at < SHOWN_FOR
    return page_reply(
        200,
        page.say("pages.receipt.title"),
        "receipt.html",
        page,
        headers=_HEADERS,
        frameable=True,
        script_name="leaving",
        receipt=receipt,
        fresh=fresh,
        advice=_safety_advice(page, receipt) if fresh else (),
        promise=_promise(page, receipt, hours),
        is_open=hours.is_open(now),
        hours=page.say(
            "pages.receipt.hours",
            hours=hours_in_words(hours, page.language),
            zone=now.astimezone(hours.zone).tzname() or hours.zone.key,
        ),
        readings=(page.link("ninds"), page.link("aaos")),
    )


def _safety_advice(page: PageContext, receipt: Receipt) -> tuple[AdviceBlock, ...]:
    """A key that a newer version has dropped is passed over: the page must appear."""
    known = entries(page.language, "advice")
    keys = [key for key in receipt.advice_keys if key in known and key not in _PROMISES]
    return tuple(AdviceBlock(page.say(f"advice.{key}"), advice_links(key, page.language)) for key in keys)


def _promise(page: PageContext, receipt: Receipt, hours: OpeningHours) -> str:
    date = moment_in_words(receipt.reply_by, page.language, hours.zone)
    key = next((f"advice.{key}" for key in receipt.advice_keys if key in _PROMISES), "pages.receipt.promise")
    return page.say(key, date=date)
