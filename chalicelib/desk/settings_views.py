"""Settings at the desk: whom it tells, when the clinic is open, and who covers, without a new deployment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.aws import AWS_ERRORS
from chalicelib.desk.changes import event_of
from chalicelib.desk.plain_words import level_in_words
from chalicelib.desk.requests import DeskRequest
from chalicelib.desk.shells import shell_of
from chalicelib.errors import StatusConflict
from chalicelib.models.changed_settings import (
    CHANGEABLE,
    ON_CALL,
    RECIPIENTS,
    ROTA,
    changes_from,
    read_changes,
    texts_in_force,
    what_does_not_go_together,
)
from chalicelib.observability import failure_fields, log
from chalicelib.pages.desk_settings import RuleState, SettingField, SettingsPage, settings_reply
from chalicelib.storage.stage_settings import StageSettings, UnusableSettings, save_changes
from chalicelib.triage.rules import CompiledRule, RuleDataError, load_rules
from chalicelib.web import Reply
from chalicelib.wording.dates import moment_in_words
from chalicelib.wording.texts import text

TICKS = ("ask_self_harm", ON_CALL)
LINES = (*RECIPIENTS, "holidays")
"""One address or date in a line."""
AUDITED_AS = "settings_changed"
_BREAK = re.compile(r"[\r\n;,]+")


def show_settings(desk: DeskRequest) -> Reply:
    """What is in force now, read anew."""
    readable = desk.context.stage_settings.refresh()
    message = ("done" if "saved" in desk.request.query else "") if readable else "unreadable"
    return _page(desk, _in_force(desk), message=message)


def save_settings(desk: DeskRequest) -> Reply:
    """Check everything, write all of it or nothing. What cannot be saved comes back as it was typed."""
    typed = _typed(desk)
    values, problems = read_changes(typed)
    problems = problems or what_does_not_go_together(desk.context.deployed, values)
    if problems:
        return _page(desk, typed, problems, status=422, version=desk.form.get("version", ""))
    try:
        _change(desk, values)
    except StatusConflict:
        return _page(desk, typed, message="conflict", status=409, now=_in_force(desk))
    except (*AWS_ERRORS, UnusableSettings) as error:
        log.error("settings not saved", extra=failure_fields(error))
        return _page(desk, typed, message="not_saved", status=503, version=desk.form.get("version", ""))
    return Reply(303, headers={"Location": desk.link("/desk/settings?saved=1"), "Cache-Control": "no-store"})


def _change(desk: DeskRequest, values: Mapping[str, Any]) -> None:
    context, by = desk.context, desk.staff.user
    if not context.stage_settings.refresh():
        raise UnusableSettings("not read")
    seen = context.stage_settings.seen
    if desk.form.get("version") != str(seen.version):
        raise StatusConflict("the settings were changed since they were shown")
    kept = {name: value for name, value in seen.changes.items() if name in CHANGEABLE and name not in values}
    changes = {**kept, **changes_from(context.deployed, values)}
    facts = _difference(_in_force(desk), texts_in_force(context.deployed, changes))
    if not facts:
        return
    event = event_of(context, AUDITED_AS, by, facts)
    try:
        save_changes(context.table, seen, changes, event)
    finally:
        context.stage_settings.refresh()
    log.info("settings changed", extra={"settings": sorted({name.split()[0] for name in facts})})


def _difference(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """Old and new of what changes, for the audit."""
    changed = [name for name in before if before[name] != after[name]]
    return {f"{name} {when}": texts[name] for name in changed for when, texts in (("before", before), ("after", after))}


def difference_in_words(facts: Mapping[str, str]) -> tuple[str, ...]:
    """What the audit keeps of a change, one sentence for each setting."""
    changed = [name for name in CHANGEABLE if f"{name} after" in facts]
    return tuple(
        text(
            "en",
            "desk_settings.changed_from_to",
            name=text("en", f"desk_settings.{name}"),
            before=_in_words(name, facts.get(f"{name} before", "")),
            after=_in_words(name, facts[f"{name} after"]),
        )
        for name in changed
    )


def _in_force(desk: DeskRequest) -> dict[str, str]:
    return texts_in_force(desk.context.deployed, desk.context.stage_settings.seen.changes)


def _typed(desk: DeskRequest) -> dict[str, str]:
    """What the form says; a box that is not ticked is not sent, and without a topic there is none to tick."""
    typed = {name: desk.form.get(name, "").strip() for name in CHANGEABLE if name not in TICKS}
    ticks = {name: "true" if desk.form.get(name) == "on" else "false" for name in _ticks(desk)}
    return {
        name: ", ".join(part.strip() for part in _BREAK.split(value) if part.strip()) if _is_list(name) else value
        for name, value in {**typed, **ticks}.items()
    }


def _is_list(name: str) -> bool:
    return name in LINES or name == "opening_hours"


def _ticks(desk: DeskRequest) -> tuple[str, ...]:
    return TICKS if desk.context.deployed.on_call_topic_arn else tuple(name for name in TICKS if name != ON_CALL)


def _page(
    desk: DeskRequest,
    typed: Mapping[str, str],
    problems: Mapping[str, str] | None = None,
    *,
    message: str = "",
    status: int = 200,
    version: str = "",
    now: Mapping[str, str] | None = None,
) -> Reply:
    seen = desk.context.stage_settings.seen
    names = [name for name in CHANGEABLE if name not in TICKS or name in _ticks(desk)]
    page = SettingsPage(
        fields={name: _field(desk, name, typed, problems or {}, now or typed) for name in names},
        version=version or str(seen.version),
        message=message,
        changed=_last_change(desk, seen),
        rules=_rule_states(),
    )
    return settings_reply(shell_of(desk), page, status)


def _field(
    desk: DeskRequest, name: str, typed: Mapping[str, str], problems: Mapping[str, str], now: Mapping[str, str]
) -> SettingField:
    own, value = texts_in_force(desk.context.deployed, {})[name], typed.get(name, "")
    return SettingField(
        name=name,
        value=value.replace(", ", "\n") if name in LINES else value,
        is_ticked=value == "true",
        problem=text("en", f"desk_settings.{problems[name]}_{name}") if name in problems else "",
        own=_in_words(name, own) if value != own and name != ROTA else "",
        now=_in_words(name, now[name]) if now.get(name, value) != value else "",
    )


def _in_words(name: str, written: str) -> str:
    if name in TICKS:
        return text("en", f"desk_settings.{'yes' if written == 'true' else 'no'}")
    return written or text("en", "desk_settings.nothing")


def _last_change(desk: DeskRequest, seen: StageSettings) -> str:
    if not seen.changed_at:
        return text("en", "desk_settings.never_changed")
    moment = moment_in_words(datetime.fromisoformat(seen.changed_at), "en", desk.context.hours.zone)
    return text("en", "desk_settings.last_changed", user=seen.changed_by, moment=moment)


def _rule_states() -> list[RuleState] | None:
    """None when the rules cannot be read; then every enquiry is to be read at once."""
    try:
        return [_rule_state(compiled) for compiled in load_rules().compiled]
    except RuleDataError:
        return None


def _rule_state(compiled: CompiledRule) -> RuleState:
    rule = compiled.rule
    key = "signed" if compiled.approved else "signed_before" if rule.approved_by else "unsigned"
    words = text("en", f"desk_settings.{key}", person=rule.approved_by, day=str(rule.approved_on))
    level = level_in_words(rule.level) if rule.level else text("en", "desk_settings.only_flags")
    return RuleState(f"{rule.id}, version {rule.version}", level, words, is_signed=compiled.approved)
