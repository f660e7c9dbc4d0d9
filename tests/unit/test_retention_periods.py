"""How long each kind of enquiry is kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.errors import ConfigurationError
from chalicelib.models.enquiry import CLOSING, LegalHold
from chalicelib.models.retention import is_past, kept_since, somebody_must_look_first
from chalicelib.models.tombstone import consent_record
from chalicelib.models.vocabulary import LEVELS
from chalicelib.settings import DEFAULT_RETENTION, Settings, read_settings
from tests.builders import RECEIVED_AT, a_submission, an_enquiry
from tests.conftest import ENVIRONMENT

LONG_AGO = timedelta(days=10_000)


def test_the_setting_names_only_what_differs() -> None:
    settings = read_settings({**ENVIRONMENT, "RETENTION": "info 30d, Booked 2555d, spam keep"})

    assert {
        **DEFAULT_RETENTION,
        "info": timedelta(days=30),
        "booked": timedelta(days=2555),
        "spam": None,
    } == settings.retention


@pytest.mark.parametrize("typed", ["info 0d", "info", "closed 10d", "info 90", "info 1y", "info -3d", "info keep 3d"])
def test_a_period_that_cannot_be_read_stops_the_deployment(typed: str) -> None:
    with pytest.raises(ConfigurationError, match="RETENTION: must look like"):
        read_settings({**ENVIRONMENT, "RETENTION": typed})


def test_every_level_has_a_period() -> None:

    assert {*LEVELS, "booked", "spam"} == set(DEFAULT_RETENTION)


@pytest.mark.parametrize("status", ["new", "acknowledged", "no_answer"])
def test_what_waits_for_contact_has_no_end(status: str) -> None:

    assert kept_since(an_enquiry(status=status)) is None


@pytest.mark.parametrize("status", [*CLOSING, "contacted", "quarantined"])
def test_a_hold_and_a_test_have_no_end_either(status: str) -> None:
    hold = LegalHold(by="manager@example.com", at=RECEIVED_AT, reason="A court")

    assert kept_since(an_enquiry(status=status, hold=hold)) is None
    assert kept_since(an_enquiry(status=status, is_test=True)) is None
    assert kept_since(an_enquiry(status=status)) is not None


@pytest.mark.parametrize(
    ("values", "kind", "since"),
    [
        ({"status": "closed", "closed_at": RECEIVED_AT + LONG_AGO}, "routine", RECEIVED_AT + LONG_AGO),
        ({"status": "spam", "closed_at": RECEIVED_AT + LONG_AGO}, "spam", RECEIVED_AT + LONG_AGO),
        ({"status": "booked", "level": "crisis"}, "booked", RECEIVED_AT),
        ({"status": "contacted", "reached_at": RECEIVED_AT + LONG_AGO}, "routine", RECEIVED_AT + LONG_AGO),
        ({"status": "quarantined", "level": "info"}, "info", RECEIVED_AT),
        ({"status": "new", "withdrawn_at": RECEIVED_AT + LONG_AGO}, "withdrawn", RECEIVED_AT + LONG_AGO),
    ],
)
def test_a_period_begins_when_the_work_was_over(values: dict[str, Any], kind: str, since: datetime) -> None:

    assert (kind, since) == kept_since(an_enquiry(**values))


@pytest.mark.parametrize("level", LEVELS)
def test_only_danger_that_nobody_has_reached_must_be_looked_at_first(level: Any) -> None:
    is_danger = level in ("emergency", "crisis")

    assert is_danger == somebody_must_look_first(an_enquiry(level=level))
    assert not somebody_must_look_first(an_enquiry(level=level, status="contacted"))


def test_a_kept_kind_is_never_past() -> None:

    assert not is_past(an_enquiry(level="crisis", status="closed"), Settings(), RECEIVED_AT + LONG_AGO)


@pytest.mark.parametrize("version", ["Ann 2026-11", "2026-11 ann@mail.example", "x" * 40])
def test_a_version_that_is_none_of_ours_does_not_outlive_the_enquiry(version: str) -> None:
    consent = a_submission().consent.model_copy(update={"given": "yes", "form_version": version})
    enquiry = an_enquiry(submission=a_submission(consent=consent))

    assert "" == consent_record(enquiry).form_version
