"""What a manager changes at the desk, on top of the settings of the stage: texts by the name of their setting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.models.opening_hours import OpeningHours, opening_hours
from chalicelib.settings import DAYS, OpenHours, Settings, validated

RECIPIENTS = ("staff_emails", "clinical_emails", "backup_emails")
SETTINGS_FIELDS = (*RECIPIENTS, "opening_hours", "holidays", "ask_self_harm")
ON_CALL, ROTA = "on_call_staffed", "cover_rota"
CHANGEABLE = (*SETTINGS_FIELDS, ON_CALL, ROTA)
MAX_ADDRESSES = 15
"""All three lists go into one mail of last resort, and SES takes 50 recipients. Source: SES quotas."""
MAX_ROTA = 2000


def read_changes(changes: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Values of what can be used, and by name what is wrong with the rest: `unreadable`, `empty`, `too_many`,
    `too_long`."""
    known = {name: changes[name].strip() for name in CHANGEABLE if name in changes}
    settings, unreadable = validated({name: known[name] for name in SETTINGS_FIELDS if name in known})
    values = {name: getattr(settings, name) for name in SETTINGS_FIELDS if name in known}
    values |= {ON_CALL: known[ON_CALL] == "true"} if ON_CALL in known else {}
    values |= {ROTA: known[ROTA]} if ROTA in known else {}
    problems = dict.fromkeys(unreadable, "unreadable") | _limits(
        {name: value for name, value in values.items() if name not in unreadable}
    )
    return {name: value for name, value in values.items() if name not in problems}, problems


def _limits(values: Mapping[str, Any]) -> dict[str, str]:
    problems = {name: "too_many" for name in RECIPIENTS if len(values.get(name, ())) > MAX_ADDRESSES}
    # Somebody must be told.
    problems |= {"staff_emails": "empty"} if values.get("staff_emails", True) == () else {}
    return problems | ({ROTA: "too_long"} if len(values.get(ROTA, "")) > MAX_ROTA else {})


def what_does_not_go_together(stage: Settings, values: Mapping[str, Any]) -> dict[str, str]:
    """By name what these values of a stage's must not say: `needs_somebody`, a question about thoughts of self-harm
    that no clinician and nobody on call stands behind."""
    wanted = {**stage_values(stage), **values}
    is_on_call = bool(stage.on_call_topic_arn and wanted[ON_CALL])
    asks_alone = wanted["ask_self_harm"] and not wanted["clinical_emails"] and not is_on_call
    return {"ask_self_harm": "needs_somebody"} if asks_alone else {}


def with_changes(stage: Settings, changes: Mapping[str, str]) -> Settings:
    """The settings of the stage with what the desk changed; what cannot be used stays as the stage has it. Without
    anybody on call there is no topic to alert."""
    values, _ = read_changes(changes)
    values.pop(ROTA, "")
    if not values.pop(ON_CALL, True):
        values["on_call_topic_arn"] = ""
    return stage.model_copy(update=values)


def as_text(value: object) -> str:
    """A value of a setting as it is written: the same text for the same value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return ", ".join(_hours_as_text(value))
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def stage_values(stage: Settings) -> dict[str, Any]:
    """What the desk can change, as the stage has it."""
    return {**{name: getattr(stage, name) for name in SETTINGS_FIELDS}, ON_CALL: True, ROTA: ""}


def changes_from(stage: Settings, values: Mapping[str, Any]) -> dict[str, str]:
    """The changes that make these values of a stage's: what is as the stage has it follows the stage."""
    own = stage_values(stage)
    return {name: as_text(value) for name, value in values.items() if value != own[name]}


def texts_in_force(stage: Settings, changes: Mapping[str, str]) -> dict[str, str]:
    """Each setting that the desk can change, as it is written now."""
    values, _ = read_changes(changes)
    return {name: as_text(value) for name, value in {**stage_values(stage), **values}.items()}


def _hours_as_text(weekly: Mapping[int, OpenHours]) -> list[str]:
    runs: list[list[int]] = []
    for day in sorted(weekly):
        if runs and runs[-1][-1] == day - 1 and weekly[day] == weekly[day - 1]:
            runs[-1].append(day)
        else:
            runs.append([day])
    return [f"{_days_as_text(run)} {'-'.join(f'{each:%H:%M}' for each in weekly[run[0]])}" for run in runs]


def _days_as_text(run: list[int]) -> str:
    return "-".join(DAYS[day].capitalize() for day in dict.fromkeys((run[0], run[-1])))


class SettingsInForce:
    """The settings of a stage with the changes of the desk, put together once for each change."""

    def __init__(self, stage: Settings) -> None:
        self._stage = stage
        self._last: tuple[Mapping[str, str], Settings, OpeningHours] = ({}, stage, opening_hours(stage))

    def under(self, changes: Mapping[str, str]) -> tuple[Settings, OpeningHours]:
        """What is in force under these changes."""
        last = self._last
        if last[0] != changes:
            settings = with_changes(self._stage, changes)
            last = self._last = (changes, settings, opening_hours(settings))
        return last[1], last[2]
