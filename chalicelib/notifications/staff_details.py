"""What full staff mail adds: the whole enquiry as sections of labels and values, codes in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chalicelib.models.enquiry import Enquiry


@dataclass(frozen=True)
class Detail:
    """One line: a label and its values, each possibly of several lines, as typed."""

    label: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """Some lines; `key` names their heading in the wording of mails."""

    key: str
    details: tuple[Detail, ...]


def details(enquiry: Enquiry) -> tuple[Section, ...]:
    """Contact, why it has its level, and every answer; empty sections and empty answers are left out. Escape it:
    most of it is typed by a stranger."""
    submission = enquiry.submission
    answers = submission.answers.model_dump(exclude={"message", "other_answers"})
    sections = (
        Section("contact", _details({**submission.contact.model_dump(), "language": submission.language})),
        Section("reasons", _reasons(enquiry)),
        Section("answers", _details({name: _in_words(value) for name, value in answers.items()})),
        Section("message", _details({"message": submission.answers.message})),
        Section("other_answers", _details(submission.answers.other_answers, own_names=False)),
    )
    return tuple(section for section in sections if section.details)


def humanise(code: str) -> str:
    """`leg_foot` is `leg foot`, `crps_type` is `CRPS type`."""
    return " ".join("CRPS" if word == "crps" else word for word in code.replace("_", " ").split(" "))


def _reasons(enquiry: Enquiry) -> tuple[Detail, ...]:
    rules = tuple(Detail(rule.id, (rule.reason, *rule.evidence)) for rule in enquiry.assessment.fired)
    flags = tuple(humanise(flag.replace(":", ": ")) for flag in enquiry.flags)
    return rules + ((Detail("Flags", flags),) if flags else ())


def _details(values: dict[str, Any], *, own_names: bool = True) -> tuple[Detail, ...]:
    return tuple(
        Detail(_label(name) if own_names else f"“{name}”", value if isinstance(value, tuple) else (str(value),))
        for name, value in values.items()
        if value not in (None, "", ())
    )


def _label(name: str) -> str:
    words = humanise(name)
    return words[:1].upper() + words[1:]


def _in_words(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return tuple(humanise(code) for code in value)
    return humanise(value) if isinstance(value, str) else value
