"""The hosted form: complete and accessible without JavaScript, one question at a time with it, filled in again after an
error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from chalicelib.pages.filled_form import FilledQuestion, fill, left_over
from chalicelib.pages.form_questions import Section, sections
from chalicelib.pages.help_links import HelpLink, advice_links
from chalicelib.pages.page_shell import PageContext, page_reply, part_reply
from chalicelib.web import Reply
from chalicelib.wording.texts import entries

FORM_VERSION = "2026-11"
"""Names the text of the consent that the form shows, in `wording/consent_texts.json`."""
_AT_ONCE = ("call_911", "see_doctor_today", "call_988", "help_for_other_988")
_OWN_CONTROLS = frozenset({"_form_version", "_idempotency", "_gotcha", "blank_spot", "_rendered", "language"})


@dataclass(frozen=True)
class FieldMessage:
    """One thing to mend, in the person's language. No `field`: it is about the whole form."""

    field: str | None
    code: str
    message: str


@dataclass(frozen=True)
class FormState:
    """What a form page shows. `form` is the slug that it posts to; `typed` holds the values as typed by canonical name,
    unknown fields too; `controls` are hidden fields to carry on; `advice` are texts; `next_url` is where the visitor
    may go after sending and `site_url` where they came from, both only when that is allowed; `rendered` is the render
    token."""

    form: str
    typed: Mapping[str, Sequence[str]]
    controls: Mapping[str, str]
    idempotency: str
    problems: tuple[FieldMessage, ...] = ()
    advice: tuple[str, ...] = ()
    next_url: str = ""
    site_url: str = ""
    rendered: str = ""


@dataclass(frozen=True)
class FilledSection:
    """One section as the page shows it."""

    section: Section
    questions: tuple[FilledQuestion, ...]


def render_form(page: PageContext, state: FormState, status: int = 200) -> Reply:
    """The form, with advice first, then what is to mend, then everything as it was typed."""
    title = page.say("form.title")
    if state.problems:
        title = f"{page.say('form.title_problem')}: {title}"
    return page_reply(
        status,
        title,
        "form.html",
        page,
        headers={} if state.typed or state.problems else {"Cache-Control": "private, no-cache"},
        form_targets=(state.next_url,) if state.next_url else (),
        frameable=True,
        script_name="steps",
        switch_action=f"{page.base_url}/form?{_switch_query(page, state.form)}",
        top=1,
        **_shown(page, state),
    )


def render_form_part(page: PageContext, state: FormState) -> Reply:
    """The same form as a part of another site's page, for embed.js."""
    return part_reply("form_part.html", page, top=2, **_shown(page, state))


def _shown(page: PageContext, state: FormState) -> dict[str, object]:
    asked = sections(page.settings)
    filled = tuple(_fill_section(section, page, state) for section in asked)
    return {
        "state": state,
        "sections": filled,
        "anchors": {question.question.field: question.anchor for part in filled for question in part.questions},
        "hidden": _hidden(asked, state),
        "action": f"{page.base_url}{_path(state.form)}",
        "leaves_frame": bool(state.next_url),
        "at_once": _advice_at_once(page),
    }


def _advice_at_once(page: PageContext) -> list[tuple[str, str, tuple[HelpLink, ...]]]:
    """Name, text and help lines of what is told before anything is stored, so without a promise to call."""
    known = entries(page.language, "advice")
    keys = {name: f"{name}_not_sent" if f"{name}_not_sent" in known else name for name in _AT_ONCE}
    return [(name, page.say(f"advice.{key}"), advice_links(name, page.language)) for name, key in keys.items()]


def _fill_section(section: Section, page: PageContext, state: FormState) -> FilledSection:
    errors = {problem.field: problem.message for problem in reversed(state.problems) if problem.field}
    # Whoever reads a page in a language is answered in it, whatever an earlier page said.
    typed = {**state.typed, "language": (page.language,)}
    filled = (
        fill(question, typed, errors.get(question.field, ""), lambda key: page.say(f"form.{key}"))
        for question in section.questions
    )
    return FilledSection(section, tuple(filled))


def _hidden(asked: tuple[Section, ...], state: FormState) -> list[tuple[str, str]]:
    carried = [(name, value) for name, value in state.controls.items() if name not in _OWN_CONTROLS]
    own = [("_form_version", FORM_VERSION), ("_idempotency", state.idempotency)]
    own += [("_rendered", state.rendered)] if state.rendered else []
    return own + carried + left_over(asked, state.typed)


def _path(form: str) -> str:
    return "/enquiries" if form == "enquiries" else f"/f/{form}"


def _switch_query(page: PageContext, form: str) -> str:
    named = {} if form == "enquiries" else {"form": form}
    return urlencode({"lang": page.other_language, **named})
