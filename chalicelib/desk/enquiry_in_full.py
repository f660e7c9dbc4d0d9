"""What is too long for the page of an enquiry: all that the person wrote, and the whole history, page by page."""

from __future__ import annotations

from chalicelib.desk import enquiry_words as words
from chalicelib.desk.enquiry_view import enquiry_of, record_view
from chalicelib.desk.history_words import in_words
from chalicelib.desk.page_weight import within
from chalicelib.desk.requests import DeskRequest
from chalicelib.desk.shells import shell_of
from chalicelib.pages.desk_enquiry import HistoryPage, WholePage, render_history, render_whole
from chalicelib.storage.history import newest_links
from chalicelib.web import Reply
from chalicelib.wording.dates import moment_in_words

MOST_EVENTS, MOST_BYTES, ONE_TEXT = 100, 60_000, 1_000_000
"""Of one page of the history: at least one event, and that in full."""


def show_whole(desk: DeskRequest) -> Reply:
    """All of an enquiry as text, to be read, printed and copied. Raises NotFound."""
    enquiry = enquiry_of(desk)
    record_view(desk, enquiry.id)
    received = moment_in_words(enquiry.received_at, "en", desk.context.hours.zone)
    whole = WholePage(
        address=desk.link(f"/desk/enquiries/{enquiry.id}"),
        reference=enquiry.reference,
        summary=words.summary_of(enquiry, received),
        source=words.source_of(enquiry),
    )
    return render_whole(shell_of(desk), whole)


def show_history(desk: DeskRequest) -> Reply:
    """Acts and views, latest first, from the event before number `before` on. Raises NotFound."""
    enquiry = enquiry_of(desk)
    record_view(desk, enquiry.id)
    typed = desk.request.query.get("before", "")
    before = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 8 else 0
    links = newest_links(desk.context.table, enquiry.id, MOST_EVENTS, before)
    shown = within(in_words(links, desk.context.hours.zone), MOST_BYTES, ONE_TEXT)
    last = links[-len(shown)].number if shown else 1
    page = HistoryPage(
        address=desk.link(f"/desk/enquiries/{enquiry.id}"),
        reference=enquiry.reference,
        events=shown,
        is_latest=not before,
        older=last if last > 1 else 0,
    )
    return render_history(shell_of(desk), page)
