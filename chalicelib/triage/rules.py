"""The triage rules as data: what the rule file may say, read and checked once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from chalicelib.errors import EnquiryError
from chalicelib.models.vocabulary import CHOICES, Level
from chalicelib.triage.advice import ADVICE
from chalicelib.triage.conditions import Check, compile_condition

RULE_FILE = Path(__file__).parent / "rules.toml"
FLAGS = frozenset(
    {
        "minor",
        "mood",
        "anxiety",
        "self_harm_unsaid",
        "self_harm_mention",
        "flag_withdrawn",
        "red_flags_not_asked",
        "interpreter",
        "no_message",
        "on_behalf",
        "text_not_understood",
        "safeguarding",
    }
    | {f"safety:{code}" for code in CHOICES["health_conditions"] - {"none", "unsaid"}}
)
"""The flags of the contract that a rule may set."""


class RuleDataError(EnquiryError):
    """The rule file cannot be used; the message names the rule and what is wrong with it."""


class Rule(BaseModel):
    """One rule. `level` is None for a rule that only sets flags. `reason` may hold `{words}` (what the text screening
    matched) and the names of numbers. `only_without_level`: looked at last, and only if no rule with a level fired.
    `fires` and `silent` are answers that a test runs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[A-Z]{2}-\d{2}$")]
    version: Annotated[int, Field(ge=1)]
    when: dict[str, Any]
    level: Level | None = None
    flags: tuple[str, ...] = ()
    reason: Annotated[str, Field(min_length=1)]
    advice: tuple[str, ...] = ()
    only_without_level: bool = False
    source: Annotated[str, Field(min_length=1)]
    approved_by: str
    approved_on: date | Literal[""]
    fires: Annotated[tuple[dict[str, Any], ...], Field(min_length=1)]
    silent: Annotated[tuple[dict[str, Any], ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_consistent(self) -> Rule:
        if unknown := sorted({*self.flags} - FLAGS) + sorted({*self.advice} - ADVICE.keys()):
            raise ValueError(f"unknown flag or advice {unknown[0]!r}")
        if self.level is None and not self.flags:
            raise ValueError("a rule sets a level, a flag, or both")
        if bool(self.approved_by) != bool(self.approved_on):
            raise ValueError("approved_by and approved_on belong together")
        return self

    @property
    def approved(self) -> bool:
        """Whether a named person signed this rule off."""
        return bool(self.approved_by)


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule and its condition as a function."""

    rule: Rule
    check: Check


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules in the order in which they are looked at; `version` is stored with every enquiry."""

    version: str
    compiled: tuple[CompiledRule, ...]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules as data, for tests and for people."""
        return tuple(compiled.rule for compiled in self.compiled)


@lru_cache(maxsize=1)
def load_rules() -> RuleSet:
    """The rules that are deployed. Raises RuleDataError."""
    return parse_rules(RULE_FILE.read_text("utf-8"))


def parse_rules(toml: str) -> RuleSet:
    """Read and check a rule file. Raises RuleDataError that names the first rule with a fault."""
    data = _read(toml)
    named: dict[str, Check] = {}
    for name, table in data.get("conditions", {}).items():
        named[name] = _compile(f"condition {name}", table, named)
    compiled = [_compile_rule(table, named) for table in data["rules"]]
    ids = [item.rule.id for item in compiled]
    if twice := next((rule_id for rule_id in ids if ids.count(rule_id) > 1), None):
        raise RuleDataError(f"{twice}: there are two rules of this id")
    return RuleSet(data["version"], tuple(sorted(compiled, key=lambda item: item.rule.only_without_level)))


def _read(toml: str) -> dict[str, Any]:
    try:
        data = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        raise RuleDataError(f"the rule file is not TOML: {error}") from error
    if not data.get("version") or not isinstance(data["version"], str):
        raise RuleDataError("the rule file has no version")
    if not data.get("rules") or data.keys() - {"version", "conditions", "rules"}:
        raise RuleDataError("the rule file takes version, conditions and rules")
    return data


def _compile_rule(table: Mapping[str, Any], named: Mapping[str, Check]) -> CompiledRule:
    name = str(table.get("id", "a rule without id"))
    try:
        rule = Rule.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise RuleDataError(f"{name}: {place + ': ' if place else ''}{first['msg']}") from error
    return CompiledRule(rule, _compile(name, rule.when, named))


def _compile(name: str, table: Mapping[str, Any], named: Mapping[str, Check]) -> Check:
    try:
        return compile_condition(table, named)
    except ValueError as error:
        raise RuleDataError(f"{name}: {error}") from error
