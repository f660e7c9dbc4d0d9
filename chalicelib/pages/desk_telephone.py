"""How an enquiry is taken down by telephone, and what the caller is told: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.models.vocabulary import Level
from chalicelib.pages.desk_page import DeskShell, desk_reply
from chalicelib.pages.desk_queue import ICONS
from chalicelib.web import Reply
from chalicelib.wording.texts import text


@dataclass(frozen=True)
class Choice:
    """One thing that can be chosen."""

    code: str
    words: str
    is_chosen: bool = False


@dataclass(frozen=True)
class Told:
    """What triage makes of the answers, for whoever is on the telephone."""

    level: Level
    level_words: str
    advice: tuple[str, ...]

    @property
    def icon(self) -> str:
        """The shape of the level."""
        return ICONS[self.level]


@dataclass(frozen=True)
class CallPage:
    """The form. `typed` is what stands in its lines by name, `errors` what is to mend by name; a text under the name
    `""` is about the whole form. `told` is None before anything was answered. `note` says why the form came back."""

    entry: str
    typed: Mapping[str, str]
    signs: tuple[Choice, ...]
    selects: Mapping[str, tuple[Choice, ...]]
    consents: bool = False
    errors: Mapping[str, str] | None = None
    told: Told | None = None
    note: str = ""

    @property
    def is_fresh(self) -> bool:
        """Whether nothing was sent yet."""
        return not (self.errors or self.note)

    def error(self, name: str) -> str:
        """What is to mend in a field; empty when nothing is."""
        return (self.errors or {}).get(name, "")


@dataclass(frozen=True)
class TakenDown:
    """What was stored, and what the caller is to hear."""

    address: str
    reference: str
    told: Told
    reply_by: str
    has_script: bool


def render_call(shell: DeskShell, page: CallPage, status: int = 200) -> Reply:
    """The form, with what was typed."""
    title = text("en", "desk_telephone.title")
    if not page.is_fresh:
        title = text("en", "desk_telephone.title_problem", title=title)
    return desk_reply(shell, "desk/telephone.html", title, status=status, page=page)


def render_taken_down(shell: DeskShell, taken: TakenDown) -> Reply:
    """Level and advice, while the caller is still there."""
    title = text("en", "desk_telephone.taken_down", reference=taken.reference)
    return desk_reply(shell, "desk/taken_down.html", title, taken=taken)
