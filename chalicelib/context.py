"""What one Lambda instance holds: settings, clock, ids, table and clients. Passed to whatever needs it; nothing else
is global."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from chalicelib.aws import Clients
from chalicelib.background import Spawn, spawn_thread
from chalicelib.models.changed_settings import SettingsInForce
from chalicelib.models.opening_hours import OpeningHours
from chalicelib.observability import configure_logging, log
from chalicelib.settings import Settings, settings_or_defaults
from chalicelib.storage.stage_settings import StageSettingsCache
from chalicelib.storage.table import Table

Clock = Callable[[], datetime]
_REFERENCE_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
"""No vowels, so that no word arises, and nothing that reads like another character on the telephone."""


@dataclass(frozen=True)
class Ids:
    """Where ids and chance come from; tests pass their own."""

    new_id: Callable[[], str]
    choose: Callable[[str], str]
    random_bytes: Callable[[int], bytes]

    def new_reference(self) -> str:
        """A reference that people can read out: `K7F-3Q9M`."""
        drawn = "".join(self.choose(_REFERENCE_ALPHABET) for _ in range(7))
        return f"{drawn[:3]}-{drawn[3:]}"


RANDOM_IDS = Ids(new_id=lambda: str(uuid.uuid4()), choose=secrets.choice, random_bytes=secrets.token_bytes)


def system_clock() -> datetime:
    """Now, aware UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class AppContext:
    """One instance's surroundings. `deployed` are the settings of the stage without what the desk changed;
    `settings_problems` names those that are missing or were replaced by defaults."""

    deployed: Settings
    settings_problems: tuple[str, ...]
    clock: Clock
    ids: Ids
    clients: Clients
    table: Table
    stage_settings: StageSettingsCache
    spawn: Spawn

    @property
    def settings(self) -> Settings:
        """The settings in force: those of the stage with what the desk changed, as this instance last read it."""
        return self._in_force.under(self.stage_settings.seen.changes)[0]

    @property
    def hours(self) -> OpeningHours:
        """The opening hours in force."""
        return self._in_force.under(self.stage_settings.seen.changes)[1]

    @cached_property
    def _in_force(self) -> SettingsInForce:
        return SettingsInForce(self.deployed)


def context_from(
    environment: Mapping[str, str],
    *,
    clock: Clock = system_clock,
    ids: Ids = RANDOM_IDS,
    clients: Clients | None = None,
    spawn: Spawn = spawn_thread,
    pause: Callable[[float], None] = time.sleep,
) -> AppContext:
    """Build the surroundings from environment variables. Touches no AWS service."""
    configure_logging()
    settings, problems = settings_or_defaults(environment)
    if problems:
        log.warning("settings incomplete", extra={"settings": list(problems)})
    clients = clients or Clients(environment)
    table = Table(clients, settings.table, pause)
    return AppContext(
        deployed=settings,
        settings_problems=problems,
        clock=clock,
        ids=ids,
        clients=clients,
        table=table,
        stage_settings=StageSettingsCache(table, clock, ids.random_bytes, spawn),
        spawn=spawn,
    )
