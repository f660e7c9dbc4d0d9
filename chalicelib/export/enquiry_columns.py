"""The columns of an export of enquiries: their names and their order stay; a new one comes at the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial

from chalicelib.models.enquiry import Enquiry

Cell = Callable[[Enquiry], str]
ANSWERS = (
    "about",
    "age_group",
    "pain_areas",
    "pain_side",
    "pain_duration",
    "pain_trigger",
    "crps_diagnosis",
    "crps_type",
    "out_of_proportion",
    "symptoms",
    "peg_pain",
    "peg_enjoyment",
    "peg_activity",
    "phq4_nervous",
    "phq4_worry",
    "phq4_interest",
    "phq4_down",
    "urgent_signs",
    "urgent_signs_withdrawn",
    "self_harm",
    "treatments_tried",
    "health_conditions",
    "leave_message",
    "interpreter",
    "message",
    "other_answers",
)
_CONTACT = ("name", "email", "email_address", "phone", "phone_e164", "preferred_contact", "best_time")


def cell(value: object) -> str:
    """A value as text: `yes` and `no`, times as UTC in ISO 8601, several values divided by `; `, names with values as
    JSON, nothing for None."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case tuple():
            return "; ".join(map(str, value))
        case dict():
            return json.dumps(value, ensure_ascii=False, sort_keys=True) if value else ""
    return str(value)


def _of(path: str, enquiry: Enquiry) -> str:
    value: object = enquiry
    for name in path.split("."):
        value = getattr(value, name)
    return cell(value)


def _at(path: str) -> Cell:
    return partial(_of, path)


COLUMNS: Mapping[str, Cell] = {
    "reference": _at("reference"),
    "id": _at("id"),
    "received_at": _at("received_at"),
    "level": _at("level"),
    "status": _at("status"),
    "owner": _at("owner"),
    "attempts": _at("attempts"),
    "next_try_at": _at("next_try_at"),
    "contact_by": _at("contact_by"),
    "reply_by": _at("reply_by"),
    "round": _at("round"),
    "duplicate_of": _at("duplicate_of"),
    "flags": _at("flags"),
    "assessed_level": _at("assessment.level"),
    "rules": lambda enquiry: cell(tuple(rule.id for rule in enquiry.assessment.fired)),
    "advice": lambda enquiry: cell(tuple(item.code for item in enquiry.assessment.advice)),
    "rules_version": _at("assessment.rules_version"),
    "text_version": _at("assessment.text_version"),
    "spam_score": _at("verdict.score"),
    "spam_reasons": _at("verdict.reasons"),
    "quarantined_on_arrival": _at("verdict.quarantined"),
    "form": _at("submission.form"),
    "language": _at("submission.language"),
    **{name: _at(f"submission.contact.{name}") for name in _CONTACT},
    **{name: _at(f"submission.answers.{name}") for name in ANSWERS},
    "consent_given": _at("submission.consent.given"),
    "consent_form_version": _at("submission.consent.form_version"),
    "consent_wording": _at("submission.consent.wording"),
    "page_url": _at("submission.attribution.page_url"),
    "referrer": _at("submission.attribution.referrer"),
    "utm": _at("submission.attribution.utm"),
    "entered_by": _at("entered_by"),
    "review_by": _at("review_by"),
    "first_try_at": _at("first_try_at"),
    "first_target_at": _at("first_target_at"),
    "reached_at": _at("reached_at"),
    "closed_at": _at("closed_at"),
    "consent_given_at": _at("submission.consent.given_at"),
    "consent_withdrawn_at": _at("withdrawn_at"),
    "held_since": lambda enquiry: cell(enquiry.hold.at if enquiry.hold else None),
}


def row_of(enquiry: Enquiry) -> list[str]:
    """One cell for each of the COLUMNS."""
    return [make(enquiry) for make in COLUMNS.values()]
