"""How the erasing of an enquiry looks: what is asked first, and the receipt afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.pages.desk_enquiry import Choice, Happened
from chalicelib.pages.desk_page import DeskShell, desk_reply
from chalicelib.web import Reply
from chalicelib.wording.texts import text


@dataclass(frozen=True)
class ErasePage:
    """The enquiry that would be erased, and the form as it was typed. `is_open`: somebody must still reach the person.
    `is_held`: a legal hold forbids it. `errors` say by field what is to be mended, that of no field what else stands in
    the way. `days`: how long recovery holds it. `mails_hold_all`: so do mails to staff."""

    address: str
    reference: str
    version: int
    received: str
    status: str
    is_open: bool
    is_held: bool
    reasons: tuple[Choice, ...]
    typed: Mapping[str, str]
    errors: Mapping[str, str]
    days: str
    mails_hold_all: bool

    def error(self, name: str) -> str:
        """What is wrong with a field; empty when nothing is."""
        return self.errors.get(name, "")


@dataclass(frozen=True)
class Receipt:
    """What was erased, by whom, and what is left of it; `is_finished`: every row has been seen to."""

    reference: str
    received: str
    erased: str
    by: str
    reason: str
    is_finished: bool
    history: tuple[Happened, ...]
    days: str
    mails_hold_all: bool


def render_erase(shell: DeskShell, page: ErasePage, status: int = 200) -> Reply:
    """The question before it is done."""
    title = text("en", "desk.erase_title", reference=page.reference)
    return desk_reply(shell, "desk/erase.html", title, status=status, page=page, left=page)


def render_receipt(shell: DeskShell, receipt: Receipt) -> Reply:
    """What stands in the place of the enquiry."""
    title = text("en", "desk.erased_title", reference=receipt.reference)
    return desk_reply(shell, "desk/erased.html", title, receipt=receipt, left=receipt)
