"""The form with what a person typed in it: every value returns as it came, in its own box or hidden beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.models.answers import read_yes_no
from chalicelib.pages.form_questions import Question, Section, advice_at_once

Typed = Mapping[str, Sequence[str]]
Say = Callable[[str], str]
"""A text of `wording/*/form.json` by its key."""


@dataclass(frozen=True)
class Option:
    """One choice; `id` is unique on the page; `advice` names what to tell at once whoever makes it."""

    id: str
    value: str
    label: str
    checked: bool
    advice: str = ""


@dataclass(frozen=True)
class FilledQuestion:
    """One question as the page shows it. `anchor` is the id that an error links to."""

    question: Question
    label: str
    hint: str
    options: tuple[Option, ...]
    value: str
    error: str

    @property
    def anchor(self) -> str:
        """The id of the box, or of the first choice."""
        return self.options[0].id if self.options else self.question.field

    @property
    def described_by(self) -> str:
        """The ids of hint and error for `aria-describedby`, empty when there is neither."""
        field = self.question.field
        return " ".join([f"{field}-hint"] * bool(self.hint) + [f"{field}-error"] * bool(self.error))


def fill(question: Question, typed: Typed, error: str, say: Say) -> FilledQuestion:
    """One question with its answer."""
    return FilledQuestion(
        question=question,
        label=say(question.field),
        hint=say(f"{question.field}.hint") if question.hint else "",
        options=_options(question, typed, say),
        value=_text(question, typed),
        error=error,
    )


def left_over(sections: Sequence[Section], typed: Typed) -> list[tuple[str, str]]:
    """Names and values that no box of the form shows, to be carried along in hidden fields."""
    questions = {question.field: question for section in sections for question in section.questions}
    merged = {"first_name", "last_name"} if not any(typed.get("name", ())) else set()
    left: list[tuple[str, str]] = []
    for name, values in typed.items():
        question = questions.get(name)
        unseen = values if question is None else _not_shown(question, values)
        left.extend((name, value) for value in unseen if value and name not in merged)
    return left


def _not_shown(question: Question, values: Sequence[str]) -> Sequence[str]:
    if question.kind in ("agree", "box") or question.field == "language":
        return ()
    if question.kind == "line":
        return list(values)[1:]
    shown = _chosen(question, values)
    return [value for value in values if _code(question, value) not in shown]


def _options(question: Question, typed: Typed, say: Say) -> tuple[Option, ...]:
    chosen = _chosen(question, typed.get(question.field, ()))
    labels = question.labels or question.field
    options = [
        Option(
            f"{question.field}-{code}",
            code,
            _label(question, f"{labels}.{code}", code, say),
            code in chosen,
            advice_at_once(question.field, code),
        )
        for code in question.codes
    ]
    if question.skip:
        options.append(Option(f"{question.field}-skip", "", say(question.skip), False))
    return tuple(options)


def _label(question: Question, key: str, code: str, say: Say) -> str:
    return code if question.kind == "scale" else say(key)


def _chosen(question: Question, values: Sequence[str]) -> list[str]:
    """The codes that are ticked. Of radio buttons only the first can be."""
    known = [code for code in (_code(question, value) for value in values) if code in question.codes]
    return known if question.kind == "ticks" else known[:1]


def _code(question: Question, value: str) -> str:
    """`on` and `true` from another site's form tick our `yes`."""
    if "yes" not in question.codes or "unsure" in question.codes:
        return value
    try:
        return "yes" if read_yes_no(value) else "no"
    except ValueError:
        return value


def _text(question: Question, typed: Typed) -> str:
    values = typed.get(question.field, ())
    if question.field == "name" and not any(values):
        parts = [part for name in ("first_name", "last_name") for part in typed.get(name, ())]
        return " ".join(part for part in parts if part)
    if question.kind == "box":
        return "\n\n".join(values)
    return values[0] if values else ""
