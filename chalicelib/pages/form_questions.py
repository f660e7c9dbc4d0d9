"""The questions of the hosted form, in the order in which they are asked. Source: clinical-evidence (c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from chalicelib.models import vocabulary
from chalicelib.settings import Settings

Kind = Literal["line", "box", "ticks", "radios", "scale", "agree"]
_YES_NO = ("yes", "no")
_PHQ4 = ("0", "1", "2", "3")


@dataclass(frozen=True)
class Question:
    """One field. Its texts are `form.<field>` and `form.<labels>.<code>`; `hint` says that `form.<field>.hint` exists;
    `skip` adds a choice without a value, because a radio button cannot be taken back. `missing` names the text of
    `replies.json` for a question that has no answer; an answer to `instead` does as well."""

    field: str
    kind: Kind
    codes: tuple[str, ...] = ()
    hint: bool = False
    skip: str = ""
    needed: bool = False
    input_type: str = "text"
    autocomplete: str = "off"
    inputmode: str = "text"
    labels: str = ""
    missing: str = ""
    instead: str = ""


@dataclass(frozen=True)
class Section:
    """Questions under one heading. `intro` names a text; `send_after` puts a button behind the section; with scripts
    the questions of a section that is `together` are one step, else each is one."""

    key: str
    questions: tuple[Question, ...]
    intro: str = ""
    send_after: bool = False
    together: bool = True


def _ticks(field: str, codes: object) -> Question:
    return Question(field, "ticks", get_args(codes), hint=True)


def _radios(field: str, codes: object, *, hint: bool = False, skip: str = "") -> Question:
    return Question(field, "radios", get_args(codes), hint=hint, skip=skip)


def _scale(field: str) -> Question:
    return Question(field, "scale", tuple(str(number) for number in range(11)), hint=True, skip="skip")


def _phq4(field: str) -> Question:
    return Question(field, "radios", _PHQ4, skip="skip", labels="phq4")


_URGENT = Section("urgent", (_ticks("urgent_signs", vocabulary.UrgentSign),))
# What nobody can do without comes at once, so that whoever is worn out may stop here.
_CONTACT = Section(
    "contact",
    (
        Question("name", "line", needed=True, autocomplete="name", missing="name_missing"),
        Question(
            "phone",
            "line",
            hint=True,
            input_type="tel",
            autocomplete="tel",
            inputmode="tel",
            missing="contact_missing",
            instead="email",
        ),
        # type=text: browsers rewrite what is typed into type=email, and everything must come back as it was typed.
        Question("email", "line", autocomplete="email", inputmode="email"),
        Question("consent", "agree", ("yes",), needed=True, missing="consent_missing"),
    ),
    intro="contact_route",
    send_after=True,
)
_REACH = Section(
    "reach",
    (
        _radios("preferred_contact", vocabulary.PreferredContact),
        Question("best_time", "line", hint=True),
        Question("leave_message", "radios", _YES_NO, hint=True),
        _radios("language", vocabulary.Language),
        Question("interpreter", "radios", _YES_NO),
    ),
    intro="section.reach.intro",
    together=False,
)
_SELF_HARM = _radios("self_harm", vocabulary.SelfHarm, hint=True)
_NEED = (_radios("about", vocabulary.About), _radios("age_group", vocabulary.AgeGroup, hint=True))
_PAIN = Section(
    "pain",
    (
        _ticks("pain_areas", vocabulary.PainArea),
        _radios("pain_side", vocabulary.PainSide, skip="no_answer"),
        _radios("pain_duration", vocabulary.PainDuration, skip="no_answer"),
        _ticks("pain_trigger", vocabulary.PainTrigger),
        _radios("crps_diagnosis", vocabulary.CrpsDiagnosis, hint=True),
        _radios("out_of_proportion", vocabulary.OutOfProportion),
        _ticks("symptoms", vocabulary.Symptom),
    ),
    together=False,
)
_IMPACT = Section(
    "impact", (_scale("peg_pain"), _scale("peg_enjoyment"), _scale("peg_activity")), intro="section.impact.intro"
)
_MOOD = Section(
    "mood",
    (_phq4("phq4_nervous"), _phq4("phq4_worry"), _phq4("phq4_interest"), _phq4("phq4_down")),
    intro="section.mood.intro",
)
_HEALTH = Section("health", (_ticks("health_conditions", vocabulary.HealthCondition),))
_MORE = Section("more", (Question("message", "box", hint=True),))


_ADVICE = {
    **dict.fromkeys(get_args(vocabulary.UrgentSign), "call_911"),
    **dict.fromkeys(("swollen_limb", "hot_joint", "new_injury", "opioid_withdrawal"), "see_doctor_today"),
    "none": "",
}


def advice_at_once(field: str, code: str) -> str:
    """The text of `advice.json` that a choice calls for before anything is sent; empty for most."""
    if field == "self_harm":
        return "call_988" if code in ("thoughts_safe", "may_act") else ""
    return _ADVICE[code] if field == "urgent_signs" else ""


def sections(settings: Settings) -> tuple[Section, ...]:
    """The form of one clinic: the self-harm question is asked only where somebody stands ready for its answer."""
    first = (_SELF_HARM,) if settings.ask_self_harm else ()
    need = Section("need", first + _NEED, together=False)
    return (_URGENT, _CONTACT, _REACH, need, _PAIN, _IMPACT, _MOOD, _HEALTH, _MORE)
