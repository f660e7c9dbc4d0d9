"""How the settings look at the desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chalicelib.pages.desk_page import DeskShell, desk_reply
from chalicelib.web import Reply
from chalicelib.wording.texts import text


@dataclass(frozen=True)
class SettingField:
    """One setting. `own` is the stage's, where the value is another; `now` what somebody else made of it meanwhile."""

    name: str
    value: str
    is_ticked: bool = False
    problem: str = ""
    own: str = ""
    now: str = ""


@dataclass(frozen=True)
class RuleState:
    """One triage rule, and in words whether somebody signed it off as it stands."""

    name: str
    level: str
    words: str
    is_signed: bool


@dataclass(frozen=True)
class SettingsPage:
    """`message` names a text, `version` is the one that was shown; `rules` is None when they cannot be read."""

    fields: Mapping[str, SettingField]
    version: str
    message: str
    changed: str
    rules: Sequence[RuleState] | None

    @property
    def problems(self) -> list[SettingField]:
        """The fields that cannot be saved as they are."""
        return [field for field in self.fields.values() if field.problem]

    @property
    def signed(self) -> int:
        """How many rules are signed off as they stand."""
        return sum(rule.is_signed for rule in self.rules or ())


def settings_reply(shell: DeskShell, page: SettingsPage, status: int) -> Reply:
    """The form, and the state of the rules below it."""
    return desk_reply(shell, "desk/settings.html", text("en", "desk_settings.title"), status=status, page=page)
