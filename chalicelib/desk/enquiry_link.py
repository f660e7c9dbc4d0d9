"""What a link in a staff mail leads to until the desk stands: where the enquiry can be read. Shows nothing of any
enquiry."""

from __future__ import annotations

import re

from chalicelib.context import AppContext
from chalicelib.pages.notice_page import render_notice
from chalicelib.pages.page_shell import PageContext
from chalicelib.web import Reply, WebRequest
from chalicelib.wording.language_choice import choose_language
from chalicelib.wording.texts import text

_ID = re.compile(r"^[0-9a-f-]{36}$")


def show_enquiry_link(context: AppContext, request: WebRequest) -> Reply:
    """The same page for every id, whether there is such an enquiry or not: nobody has signed in."""
    given = request.path_values.get("enquiry_id", "")
    enquiry_id = given if _ID.match(given) else "<id>"
    page = PageContext(language=choose_language(request), settings=context.settings, base_url=request.base_url)
    values = {"table": context.table.name, "enquiry_id": enquiry_id}
    paragraphs = tuple(
        text(page.language, f"replies.{key}", **values) for key in ("desk_not_here", "desk_not_here_command")
    )
    return render_notice(page, 200, text(page.language, "replies.desk_not_here_heading"), paragraphs)
