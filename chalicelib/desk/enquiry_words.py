"""What a person asked and answered, and why it has its level, in plain words. Much of it was typed by a stranger: the
page escapes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from chalicelib.desk.plain_words import answer_in_words, level_in_words, sentence, words_or
from chalicelib.models.assessment import Assessment, FiredRule
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.retention import erased_at_the_latest
from chalicelib.pages.desk_enquiry import Contact, Fact, Reason, Sentence
from chalicelib.wording.texts import entries, text

LANGUAGES = {"en": "English", "es": "Español"}
_QUOTED = re.compile(r'"([^"]+)"')
_SCRIPT_RULES = frozenset({"EM-10", "CR-01", "CR-02", "CR-03", "CR-04", "UR-05", "UR-06", "PR-06", "FL-13", "FL-14"})


def say(key: str, **values: str) -> str:
    """A text of this page."""
    return text("en", f"desk_enquiry.{key}", **values)


def contact_of(enquiry: Enquiry) -> Contact:
    """How to reach the person: what can be dialled and mailed, and what was typed where that is another thing."""
    given = enquiry.submission.contact
    return Contact(
        name=given.name,
        phone=given.phone_e164,
        phone_typed=given.phone if given.phone != given.phone_e164 else "",
        email=given.email_address,
        email_typed=given.email if given.email != given.email_address else "",
        may_leave_message=_may_leave_message(enquiry),
    )


def wishes_of(enquiry: Enquiry) -> tuple[Fact, ...]:
    """Language, interpreter, voice message, best time in their words, consent."""
    contact, answers = enquiry.submission.contact, enquiry.submission.answers
    voicemail = "yes" if _may_leave_message(enquiry) else "no" if "no_message" in enquiry.flags else "unsaid"
    facts = [Fact(say("language"), (LANGUAGES[enquiry.language],))]
    if contact.preferred_contact:
        facts.append(Fact(say("preferred"), (answer_in_words("preferred_contact", contact.preferred_contact),)))
    if contact.best_time:
        facts.append(Fact(say("best_time"), (contact.best_time,)))
    facts.append(Fact(say("voicemail"), (say(f"voicemail_{voicemail}"),)))
    if answers.interpreter is not None:
        facts.append(Fact(say("interpreter"), (say("interpreter_yes" if answers.interpreter else "interpreter_no"),)))
    return (*facts, Fact(say("consent"), (_consent(enquiry),)))


def answers_of(enquiry: Enquiry) -> tuple[Fact, ...]:
    """Every answer under its question, in the words of our form; those of wishes and the message stand elsewhere."""
    left_out = {"message", "other_answers", "leave_message", "interpreter"}
    given = enquiry.submission.answers.model_dump(exclude=left_out)
    return tuple(
        Fact(_question(name), tuple(_answers(name, value))) for name, value in given.items() if value not in (None, ())
    )


def other_answers_of(enquiry: Enquiry) -> tuple[Fact, ...]:
    """What our form does not ask, under the names that the site gave."""
    return tuple(Fact(f"“{name}”", values) for name, values in enquiry.submission.answers.other_answers.items())


def source_of(enquiry: Enquiry) -> tuple[Fact, ...]:
    """Form and page that it came from."""
    came = enquiry.submission.attribution
    campaign = tuple(f"{name}: {value}" for name, value in came.utm.items())
    facts = (
        Fact(say("form"), (enquiry.submission.form,)),
        Fact(say("page"), (came.page_url,) if came.page_url else ()),
        Fact(say("referrer"), (came.referrer,) if came.referrer else ()),
        Fact(say("utm"), campaign),
    )
    return tuple(fact for fact in facts if fact.values)


def reasons_of(enquiry: Enquiry) -> tuple[Reason, ...]:
    """Every rule that applied, with the answers and sentences that made it apply."""
    return tuple(_reason(rule) for rule in enquiry.assessment.fired)


def advice_of(enquiry: Enquiry) -> tuple[str, ...]:
    """The advice that the person was shown, in English whatever they read; times that it named are left out."""
    return advice_in_words(enquiry.assessment)


def advice_in_words(assessment: Assessment) -> tuple[str, ...]:
    """Advice in English; times that it names are left out."""
    known = (words_or("advice", item.text_key, sentence(item.code)) for item in assessment.advice)
    return tuple(re.sub(r"\{\w+\}", "…", wording) for wording in known)


def needs_script(enquiry: Enquiry) -> bool:
    """Whether the call is about thoughts of suicide, or may become so."""
    answers = enquiry.submission.answers
    fired = {rule.id for rule in enquiry.assessment.fired}
    return (
        enquiry.level == "crisis"
        or answers.self_harm in ("thoughts_safe", "may_act", "unsaid")
        or "overdose" in (*answers.urgent_signs, *answers.urgent_signs_withdrawn)
        or bool(fired & _SCRIPT_RULES)
    )


def script() -> tuple[tuple[str, str], ...]:
    """Steps of the call-back script, each with its source."""
    steps = [entry for key, entry in entries("en", "desk_enquiry").items() if key.startswith("script.")]
    return tuple((step["text"], step["source"]) for step in steps)


def summary_of(enquiry: Enquiry, received: str) -> str:
    """The enquiry as text, for the clinic's record system."""
    contact = contact_of(enquiry)
    blocks = [
        [f"{say('title', reference=enquiry.reference)}", f"{say('received')}: {received}"],
        [f"{say('level')}: {level_in_words(enquiry.level)}"],
        [f"{label}: {value}" for label, value in _contact_lines(contact) if value],
        list(_lines(wishes_of(enquiry))),
        [f"{say('message')}:", enquiry.submission.answers.message or say("no_message")],
        list(_lines((*answers_of(enquiry), *other_answers_of(enquiry)))),
        [f"{say('why')}:", *(f"- {reason.text} ({reason.id})" for reason in reasons_of(enquiry))],
    ]
    return "\n\n".join("\n".join(lines) for lines in blocks if lines)


def _contact_lines(contact: Contact) -> tuple[tuple[str, str], ...]:
    return (
        (say("name"), contact.name),
        (say("phone"), contact.phone or contact.phone_typed),
        (say("email"), contact.email or contact.email_typed),
    )


def _lines(facts: tuple[Fact, ...]) -> Iterator[str]:
    return (f"{fact.label} {'; '.join(fact.values)}" if fact.label.endswith("?") else _line(fact) for fact in facts)


def _line(fact: Fact) -> str:
    return f"{fact.label}: {'; '.join(fact.values)}"


def _may_leave_message(enquiry: Enquiry) -> bool:
    return enquiry.submission.answers.leave_message is True and "no_message" not in enquiry.flags


def lifecycle_of(enquiry: Enquiry, when: Callable[[datetime], str]) -> tuple[str, ...]:
    """What whoever works on it must know of its end: a legal hold, a withdrawal."""
    hold, said = enquiry.hold, list[str]()
    if enquiry.withdrawn_at:
        said.append(say("consent_withdrawn", moment=when(enquiry.withdrawn_at)))
    latest = erased_at_the_latest(enquiry)
    if latest and not hold:
        said.append(say("consent_withdrawn_until", moment=when(latest)))
    if hold:
        said.append(say("hold_here", moment=when(hold.at), by=hold.by, reason=hold.reason))
    return tuple(said)


def _consent(enquiry: Enquiry) -> str:
    consent = enquiry.submission.consent
    if consent.given == "not_asked":
        return say("consent_not_asked")
    if consent.form_version:
        return " ".join(filter(None, (say("consent_yes", version=consent.form_version), _quoted(consent.wording))))
    return say("consent_other", wording=consent.wording) if consent.wording else say("consent_plain")


def _quoted(words: str) -> str:
    return f"“{words}”" if words else ""


def _question(name: str) -> str:
    if name == "urgent_signs_withdrawn":
        return say("taken_back")
    return words_or("form", name, sentence(name))


def _answers(name: str, value: object) -> Iterator[str]:
    if name.startswith("peg_"):
        yield say("out_of_ten", number=str(value))
        return
    field = "urgent_signs" if name == "urgent_signs_withdrawn" else name
    for each in value if isinstance(value, tuple) else (value,):
        yield answer_in_words(field, str(each))


def _reason(rule: FiredRule) -> Reason:
    words = _QUOTED.findall(rule.reason)
    level = level_in_words(rule.level) if rule.level else ""
    return Reason(
        id=rule.id, level=level, text=rule.reason, evidence=tuple(_evidence(each, words) for each in rule.evidence)
    )


def _evidence(evidence: str, words: list[str]) -> Sentence:
    """A sentence with the words that fired marked in it, or an answer under its question."""
    kind, _, what = evidence.partition(": ")
    if kind == "text":
        return Sentence(say("from_text"), _marked(what, words))
    if not what:
        return Sentence(say("from_text"), ((evidence, False),))
    named = words_or("desk_enquiry", f"measure.{kind}", _question(kind))
    return Sentence(named, ((answer_in_words(kind, what), False),))


def _marked(typed: str, words: list[str]) -> tuple[tuple[str, bool], ...]:
    """Text in parts, each with whether it fired. The quotes around it are ours."""
    typed = typed[1:-1] if typed.startswith('"') and typed.endswith('"') else typed
    if not words:
        return ((typed, False),)
    pattern = "|".join(re.escape(each) for each in sorted(words, key=len, reverse=True))
    parts = re.split(f"({pattern})", typed)
    return tuple((part, place % 2 == 1) for place, part in enumerate(parts) if part)
