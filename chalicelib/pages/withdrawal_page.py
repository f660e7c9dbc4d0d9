"""The page on which a person withdraws an enquiry: asked first, then the receipt. It says nothing that they typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chalicelib.pages.page_shell import PageContext, page_reply
from chalicelib.web import Reply

Stage = Literal["ask", "noted", "erased"]
"""Asked for; noted, and erased when staff have looked or a legal hold has ended; erased."""
_HEADERS = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


@dataclass(frozen=True)
class Withdrawal:
    """How far it has got. `is_held`: by a legal hold. `received` is when the enquiry came in, `moment` when it was
    erased, or is at the latest, both in words; `days` is how long recovery holds it."""

    stage: Stage
    is_held: bool
    token: str
    reference: str
    received: str
    moment: str
    days: str


def render_withdrawal(page: PageContext, withdrawal: Withdrawal, *, not_now: bool = False) -> Reply:
    """The page of a link that we signed. `not_now`: it could not be done, and should be tried again."""
    return page_reply(
        503 if not_now else 200,
        page.say(f"pages.withdraw.{withdrawal.stage}_title"),
        "withdrawal.html",
        page,
        headers={**_HEADERS, **({"Retry-After": "30"} if not_now else {})},
        withdrawal=withdrawal,
        not_now=not_now,
    )
