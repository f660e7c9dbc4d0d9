"""What a person answered about their situation: everything that triage reads, and how raw fields become it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from chalicelib.models.text import clean_line, clean_text
from chalicelib.models.vocabulary import (
    CHOICES,
    About,
    AgeGroup,
    CrpsDiagnosis,
    CrpsType,
    HealthCondition,
    OutOfProportion,
    PainArea,
    PainDuration,
    PainSide,
    PainTrigger,
    SelfHarm,
    Symptom,
    Treatment,
    UrgentSign,
)

Fields = Mapping[str, Sequence[str]]
"""Names to every value that came under that name, in order."""

_YES = frozenset({"yes", "y", "true", "on", "1", "si", "sí"})
_NO = frozenset({"no", "n", "false", "off", "0"})


def read_yes_no(value: object) -> bool:
    """Read a tick or a yes/no in English or Spanish. Raises ValueError for anything else."""
    word = str(value).strip().lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError("neither yes nor no")


YesNo = Annotated[bool, BeforeValidator(read_yes_no)]
Peg = Annotated[int, Field(ge=0, le=10)]
Phq4 = Annotated[int, Field(ge=0, le=3)]


class Answers(BaseModel):
    """Every field is optional and empty when it was not answered. `other_answers` holds unknown fields and values
    that an optional field does not know, under the name that the site gave them: staff see them and triage reads
    them as text."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    about: About | None = None
    age_group: AgeGroup | None = None
    pain_areas: tuple[PainArea, ...] = ()
    pain_side: PainSide | None = None
    pain_duration: PainDuration | None = None
    pain_trigger: tuple[PainTrigger, ...] = ()
    crps_diagnosis: CrpsDiagnosis | None = None
    crps_type: CrpsType | None = None
    out_of_proportion: OutOfProportion | None = None
    symptoms: tuple[Symptom, ...] = ()
    peg_pain: Peg | None = None
    peg_enjoyment: Peg | None = None
    peg_activity: Peg | None = None
    phq4_nervous: Phq4 | None = None
    phq4_worry: Phq4 | None = None
    phq4_interest: Phq4 | None = None
    phq4_down: Phq4 | None = None
    urgent_signs: tuple[UrgentSign, ...] = ()
    urgent_signs_withdrawn: tuple[UrgentSign, ...] = ()
    self_harm: SelfHarm | None = None
    treatments_tried: tuple[Treatment, ...] = ()
    health_conditions: tuple[HealthCondition, ...] = ()
    leave_message: YesNo | None = None
    interpreter: YesNo | None = None
    message: str = ""
    other_answers: dict[str, tuple[str, ...]] = Field(default_factory=dict)


CAREFUL_FIRST: dict[str, tuple[str, ...]] = {
    "self_harm": ("may_act", "thoughts_safe", "unsaid", "no"),
    "crps_diagnosis": ("diagnosed", "suspected", "unsure", "no"),
    "out_of_proportion": ("yes", "unsure", "no"),
    "age_group": ("under_18", "65_plus", "18_64", "unsaid"),
    "about": ("existing_patient", "call", "someone_else", "other_question", "prices", "professional"),
    "leave_message": ("no", "false", "off", "0"),
    "interpreter": ("yes", "true", "on", "1", "si", "sí"),
}
"""When a single choice comes with contradictory values, the earlier one here counts: errors go upwards."""
LIST_FIELDS = frozenset(
    {
        "pain_areas",
        "pain_trigger",
        "symptoms",
        "urgent_signs",
        "urgent_signs_withdrawn",
        "treatments_tried",
        "health_conditions",
    }
)
CODE_FIELDS = frozenset(Answers.model_fields) - {"message", "other_answers"}
UNNAMED = "unnamed"
"""Where the answers stand of a field that has no name."""
_SEPARATORS = re.compile(r"[,;\n]")
_NOT_IN_A_CODE = re.compile(r"[\s\-]+")


def read_answers(fields: Fields, *, known_elsewhere: frozenset[str] = frozenset()) -> Answers:
    """Read answers from canonical fields. Never fails: what an optional field does not accept is kept in
    `other_answers` as it was typed. Names in `known_elsewhere` (contact, attribution) are left alone."""
    values: dict[str, Any] = {}
    others: dict[str, tuple[str, ...]] = {}
    for name, raw in fields.items():
        if name in LIST_FIELDS:
            values[name] = _ticks(name, raw, others)
        elif name in CODE_FIELDS:
            values[name] = _single(name, raw, others)
        elif name == "message":
            values[name] = clean_text("\n\n".join(raw))
        elif name not in known_elsewhere:
            _set_aside(others, name, raw)
    return _accept({name: value for name, value in values.items() if value not in (None, "", ())}, others)


def _accept(values: dict[str, Any], others: dict[str, tuple[str, ...]]) -> Answers:
    """Validate; what is refused moves to `others`; the rest then holds."""
    try:
        return Answers(**values, other_answers=others)
    except ValidationError as error:
        refused = {
            str(detail["loc"][0])
            for detail in error.errors(include_url=False, include_context=False, include_input=False)
        }
    for name in refused:
        _set_aside(others, name, [values.pop(name)])
    return Answers(**values, other_answers=others)


def _single(name: str, raw: Sequence[str], others: dict[str, tuple[str, ...]]) -> str | None:
    """Of several values the one that calls for most care counts, else the first; the others are kept aside."""
    given = [_as_code(value, CHOICES.get(name, frozenset())) for value in map(clean_text, raw) if value]
    if not given:
        return None
    chosen = min(given, key=_caution(name))
    given.remove(chosen)
    _set_aside(others, name, given)
    return chosen


def _ticks(name: str, raw: Sequence[str], others: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Ticks as they came, also joined by commas or lines; a value with anything else in it is kept aside whole."""
    known: dict[str, None] = {}
    for value in raw:
        parts = [_as_code(part, CHOICES[name]) for part in _SEPARATORS.split(value) if part.strip()]
        known.update((part, None) for part in parts if part in CHOICES[name])
        if any(part not in CHOICES[name] for part in parts):
            _set_aside(others, name, [value])
    return tuple(known)


def _caution(name: str) -> Callable[[str], int]:
    """How a value ranks among several, lowest first."""
    order = CAREFUL_FIRST.get(name, ())
    if name.startswith(("peg_", "phq4_")):
        return lambda value: -int(value) if value.isdecimal() and len(value) < 3 else 1
    return lambda value: order.index(value.lower()) if value.lower() in order else len(order)


def _as_code(value: str, choices: frozenset[str]) -> str:
    """`Leg Foot` and `leg-foot` mean `leg_foot`; what is no code stays as typed."""
    code = _NOT_IN_A_CODE.sub("_", clean_line(value).lower())
    return code if code in choices else value


def _set_aside(others: dict[str, tuple[str, ...]], name: str, values: Sequence[str]) -> None:
    kept = tuple(text for text in map(clean_text, values) if text)
    # DynamoDB takes no empty name: it would refuse the whole enquiry.
    known_as = clean_line(name) or UNNAMED
    if kept:
        others[known_as] = others.get(known_as, ()) + kept
