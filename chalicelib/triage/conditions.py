"""Conditions of rules: a table whose entries must all hold, checked against the vocabulary and compiled when rules are
loaded.

| entry                                   | holds when                                                      |
|-----------------------------------------|-----------------------------------------------------------------|
| `symptoms = ["swelling", "sweating"]`   | one of these codes was chosen                                   |
| `interpreter = true`                    | it was answered so                                              |
| `phq2 = { at_least = 3 }`               | the number is known and at least that                           |
| `answered = ["message"]`                | one of these fields was answered                                |
| `unanswered = ["urgent_signs"]`         | none of these fields was answered                               |
| `text = ["fever"]`                      | the text screening found one of these concepts                  |
| `any = [ {…}, {…} ]`, `none = [ {…} ]`  | one of these conditions holds, none of them holds               |
| `condition = "clinical_answer"`         | the condition of that name (`[conditions.…]` of the file) holds |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.models.answers import Answers
from chalicelib.triage.facts import CHOICE_FIELDS, NUMBERS, YES_NO_FIELDS, Facts
from chalicelib.triage.free_text import CONCEPTS
from chalicelib.triage.passages import Passage

Check = Callable[[Facts], tuple[str, ...] | None]
"""What made the condition hold, or None when it does not hold."""

Table = Mapping[str, Any]


class Quote(str):
    """Evidence from a text: the sentence as typed. `words` are those in it that matched."""

    words: str

    def __new__(cls, passage: Passage) -> Quote:
        quote = super().__new__(cls, f'text: "{passage.sentence}"')
        quote.words = passage.words
        return quote


def compile_condition(table: Table, named: Mapping[str, Check]) -> Check:
    """Turn a table into a function. Raises ValueError that says what is wrong with the table."""
    if not isinstance(table, Mapping) or not table:
        raise ValueError("a condition is a table with at least one entry")
    checks = tuple(_entry(name, value, named) for name, value in table.items())
    return checks[0] if len(checks) == 1 else _all_of(checks)


def write_out(table: Table, written: Table) -> dict[str, Any]:
    """The table with each named condition in its place; `written` holds those, written out. The table was compiled."""
    return {name: _write_out_entry(name, value, written) for name, value in table.items()}


def _write_out_entry(name: str, value: Any, written: Table) -> Any:
    if name == "condition":
        return written[value]
    return [write_out(table, written) for table in value] if name in ("any", "none") else value


def _entry(name: str, value: Any, named: Mapping[str, Check]) -> Check:
    if name in CHOICE_FIELDS:
        return _chosen(name, _codes(value, CHOICE_FIELDS[name], name))
    if name in YES_NO_FIELDS:
        return _yes_no(name, value)
    if name in NUMBERS:
        return _at_least(name, value)
    if name in ("any", "none"):
        return _group(name, value, named)
    if name in ("answered", "unanswered"):
        fields = _codes(value, frozenset(Answers.model_fields), name)
        return _answered(fields) if name == "answered" else _unanswered(fields)
    if name == "text":
        return _found(_codes(value, CONCEPTS, name))
    if name == "condition":
        return _named(value, named)
    raise ValueError(f"{name!r} is no field, score or keyword")


def _codes(value: Any, known: frozenset[str], name: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"{name} takes a list of at least one code")
    if unknown := [code for code in value if not isinstance(code, str) or code not in known]:
        raise ValueError(f"{name} knows no {unknown[0]!r}")
    return tuple(value)


def _all_of(checks: tuple[Check, ...]) -> Check:
    def check(facts: Facts) -> tuple[str, ...] | None:
        evidence: tuple[str, ...] = ()
        for part in checks:
            found = part(facts)
            if found is None:
                return None
            evidence += found
        return evidence

    return check


def _group(name: str, value: Any, named: Mapping[str, Check]) -> Check:
    if not isinstance(value, list) or not value:
        raise ValueError(f"{name} takes a list of conditions")
    checks = tuple(compile_condition(table, named) for table in value)
    return _any_of(checks) if name == "any" else _none_of(checks)


def _any_of(checks: tuple[Check, ...]) -> Check:
    def check(facts: Facts) -> tuple[str, ...] | None:
        held = [found for part in checks if (found := part(facts)) is not None]
        return tuple(dict.fromkeys(item for found in held for item in found)) if held else None

    return check


def _none_of(checks: tuple[Check, ...]) -> Check:
    def check(facts: Facts) -> tuple[str, ...] | None:
        return None if any(part(facts) is not None for part in checks) else ()

    return check


def _chosen(field: str, codes: tuple[str, ...]) -> Check:
    wanted = frozenset(codes)

    def check(facts: Facts) -> tuple[str, ...] | None:
        chosen = facts.choices[field]
        if not chosen or wanted.isdisjoint(chosen):
            return None
        return tuple(facts.evidence(field, code) for code in chosen if code in wanted)

    return check


def _yes_no(field: str, wanted: Any) -> Check:
    if not isinstance(wanted, bool):
        raise ValueError(f"{field} takes true or false")
    evidence = (f"{field}: {'yes' if wanted else 'no'}",)
    return lambda facts: evidence if getattr(facts.answers, field) is wanted else None


def _at_least(name: str, value: Any) -> Check:
    if not isinstance(value, Mapping) or list(value) != ["at_least"]:
        raise ValueError(f"{name} takes {{ at_least = number }}")
    lowest = value["at_least"]
    if isinstance(lowest, bool) or not isinstance(lowest, int | float) or not 0 < lowest <= NUMBERS[name]:
        raise ValueError(f"{name} at_least takes a number above 0, up to {NUMBERS[name]}")

    def check(facts: Facts) -> tuple[str, ...] | None:
        number = facts.numbers.get(name, 0)
        return (f"{name}: {number:.3g}",) if number >= lowest else None

    return check


def _answered(fields: tuple[str, ...]) -> Check:
    def check(facts: Facts) -> tuple[str, ...] | None:
        given = tuple(f"{field}: answered" for field in fields if _is_answered(facts, field))
        return given or None

    return check


def _unanswered(fields: tuple[str, ...]) -> Check:
    evidence = (f"{fields[0]}: not answered",)
    return lambda facts: None if any(_is_answered(facts, field) for field in fields) else evidence


def _is_answered(facts: Facts, field: str) -> bool:
    value = facts.choices[field] if field in facts.choices else getattr(facts.answers, field)
    return value not in (None, "", (), {})


def _found(concepts: tuple[str, ...]) -> Check:
    def check(facts: Facts) -> tuple[str, ...] | None:
        matched = facts.findings.matched
        if not matched:
            return None
        passages = (passage for concept in concepts for passage in matched.get(concept, ()))
        return tuple(Quote(passage) for passage in passages) or None

    return check


def _named(name: Any, named: Mapping[str, Check]) -> Check:
    if not isinstance(name, str) or name not in named:
        raise ValueError(f"there is no condition named {name!r} above")
    return named[name]
