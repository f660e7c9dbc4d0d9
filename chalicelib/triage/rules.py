"""The triage rules as data: what the rule file may say, read and checked once."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from chalicelib.errors import EnquiryError
from chalicelib.models.vocabulary import CHOICES, Level
from chalicelib.triage.advice import ADVICE
from chalicelib.triage.conditions import Check, compile_condition, write_out
from chalicelib.triage.facts import NUMBERS

RULE_FILE = Path(__file__).parent / "rules.toml"
REASON_NAMES = frozenset({"words", *NUMBERS})
"""What a reason may name in braces."""
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


_VERSION = re.compile(r"[\w.+\-]{1,40}")
_OUTSIDE_APPROVAL = {"approved_by", "approved_on", "approved_digest", "fires", "silent"}


class RuleDataError(EnquiryError):
    """The rule file cannot be used; the message names the rule and what is wrong with it."""


class Rule(BaseModel):
    """One rule. `level` is None for a rule that only sets flags. `reason` may hold `{words}` (what the text screening
    matched) and the names of numbers. `only_without_level`: looked at last, and only if no rule with a level fired.
    `approved_digest` is the digest of what was approved. `fires` and `silent` are answers that a test runs."""

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
    approved_digest: str = ""
    fires: Annotated[tuple[dict[str, Any], ...], Field(min_length=1)]
    silent: Annotated[tuple[dict[str, Any], ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_consistent(self) -> Rule:
        if unknown := sorted({*self.flags} - FLAGS) + sorted({*self.advice} - ADVICE.keys()):
            raise ValueError(f"unknown flag or advice {unknown[0]!r}")
        if self.level is None and not self.flags:
            raise ValueError("a rule sets a level, a flag, or both")
        if unknown := sorted(_named_in(self.reason) - REASON_NAMES):
            raise ValueError(f"the reason may name words or a number in braces, not {unknown[0]!r}")
        if len({bool(self.approved_by.strip()), bool(self.approved_on), bool(self.approved_digest)}) > 1:
            raise ValueError("approved_by, approved_on and approved_digest belong together")
        return self


def _named_in(reason: str) -> set[str]:
    """What a reason names in braces, with conversion and format, of which it may have none. Raises ValueError."""
    return {"".join(filter(None, parts[1:])) for parts in Formatter().parse(reason) if parts[1] is not None}


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule and its condition as a function. `written_out` is the condition with the named ones in their place."""

    rule: Rule
    check: Check
    written_out: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """16 hexadecimal digits that stand for all that somebody approves: everything but examples and approval, with
        the named conditions that the rule uses."""
        content = self.rule.model_dump(mode="json", exclude=_OUTSIDE_APPROVAL) | {"when": self.written_out}
        return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def approved(self) -> bool:
        """Whether a named person signed this rule off as it stands: a changed rule loses its approval."""
        return bool(self.rule.approved_by) and self.rule.approved_digest == self.digest


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
    written: dict[str, Any] = {}
    for name, table in data.get("conditions", {}).items():
        named[name] = _compile(f"condition {name}", table, named)
        written[name] = write_out(table, written)
    compiled = [_compile_rule(table, named, written) for table in data["rules"]]
    ids = [item.rule.id for item in compiled]
    if twice := next((rule_id for rule_id in ids if ids.count(rule_id) > 1), None):
        raise RuleDataError(f"{twice}: there are two rules of this id")
    return RuleSet(data["version"], tuple(sorted(compiled, key=lambda item: item.rule.only_without_level)))


def _read(toml: str) -> dict[str, Any]:
    try:
        data = tomllib.loads(toml)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise RuleDataError(f"the rule file is not TOML: {error}") from error
    version, rules, conditions = (data.get(name) for name in ("version", "rules", "conditions"))
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise RuleDataError("the rule file has no version of letters, digits, dots and hyphens")
    if not rules or data.keys() - {"version", "conditions", "rules"}:
        raise RuleDataError("the rule file takes version, conditions and rules")
    if not isinstance(rules, list) or not all(isinstance(table, dict) for table in rules):
        raise RuleDataError("each rule is a table under [[rules]]")
    if conditions is not None and not isinstance(conditions, dict):
        raise RuleDataError("each condition is a table under [conditions.NAME]")
    return data


def _compile_rule(table: Mapping[str, Any], named: Mapping[str, Check], written: Mapping[str, Any]) -> CompiledRule:
    name = str(table.get("id", "a rule without id"))
    try:
        rule = Rule.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise RuleDataError(f"{name}: {place + ': ' if place else ''}{first['msg']}") from error
    return CompiledRule(rule, _compile(name, rule.when, named), write_out(rule.when, written))


def _compile(name: str, table: Mapping[str, Any], named: Mapping[str, Check]) -> Check:
    try:
        return compile_condition(table, named)
    except ValueError as error:
        raise RuleDataError(f"{name}: {error}") from error
    except RecursionError as error:
        raise RuleDataError(f"{name}: conditions stand too deep within one another") from error
