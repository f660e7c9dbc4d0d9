"""How long each kind of enquiry is kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, get_args

import pytest

from chalicelib.errors import ConfigurationError
from chalicelib.models.enquiry import CLOSING, LegalHold, Status
from chalicelib.models.retention import is_past, kept_since, somebody_must_look_first
from chalicelib.models.tombstone import consent_record
from chalicelib.models.vocabulary import LEVELS
from chalicelib.settings import DEFAULT_RETENTION, Settings, read_settings, settings_or_defaults
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
def test_a_period_that_cannot_be_read_stops_the_deployment_and_a_running_stage_keeps_all(typed: str) -> None:
    with pytest.raises(ConfigurationError, match="RETENTION: must look like"):
        read_settings({**ENVIRONMENT, "RETENTION": typed})

    running, problems = settings_or_defaults({**ENVIRONMENT, "RETENTION": f"routine 2555d, {typed}"})

    assert ({None}, ("RETENTION",)) == (set(running.retention.values()), problems)


def test_every_level_has_a_period() -> None:

    assert {*LEVELS, "booked", "spam"} == set(DEFAULT_RETENTION)


@pytest.mark.parametrize("status", [status for status in get_args(Status) if status not in CLOSING])
def test_what_is_open_has_no_end_whatever_it_has_been_through(status: str) -> None:

    assert kept_since(an_enquiry(status=status, reached_at=RECEIVED_AT, first_try_at=RECEIVED_AT)) is None


@pytest.mark.parametrize("status", CLOSING)
def test_a_hold_and_a_test_have_no_end_either(status: str) -> None:
    hold = LegalHold(by="manager@example.com", at=RECEIVED_AT, reason="A court")

    assert kept_since(an_enquiry(status=status, closed_at=RECEIVED_AT, hold=hold)) is None
    assert kept_since(an_enquiry(status=status, closed_at=RECEIVED_AT, is_test=True)) is None
    assert kept_since(an_enquiry(status=status, closed_at=RECEIVED_AT)) is not None


@pytest.mark.parametrize(
    ("values", "kind", "since"),
    [
        ({"status": "closed", "closed_at": RECEIVED_AT + LONG_AGO}, "routine", RECEIVED_AT + LONG_AGO),
        ({"status": "spam", "closed_at": RECEIVED_AT + LONG_AGO}, "spam", RECEIVED_AT + LONG_AGO),
        ({"status": "booked", "level": "crisis", "closed_at": RECEIVED_AT}, "booked", RECEIVED_AT),
        (
            {"status": "closed", "reached_at": RECEIVED_AT, "closed_at": RECEIVED_AT + LONG_AGO},
            "routine",
            RECEIVED_AT + LONG_AGO,
        ),
        ({"status": "closed", "withdrawn_at": RECEIVED_AT}, "withdrawn", RECEIVED_AT),
        ({"status": "new", "withdrawn_at": RECEIVED_AT}, "withdrawn", RECEIVED_AT + timedelta(hours=70)),
        ({"status": "contacted", "withdrawn_at": RECEIVED_AT}, "withdrawn", RECEIVED_AT + timedelta(hours=70)),
    ],
)
def test_a_period_begins_when_it_was_closed(values: dict[str, Any], kind: str, since: datetime) -> None:

    assert (kind, since) == kept_since(an_enquiry(**values))


@pytest.mark.parametrize("level", LEVELS)
def test_only_danger_that_nobody_has_reached_must_be_looked_at_first(level: Any) -> None:
    is_danger = level in ("emergency", "crisis")

    assert is_danger == somebody_must_look_first(an_enquiry(level=level))
    assert not somebody_must_look_first(an_enquiry(level=level, status="contacted"))
    assert is_danger == somebody_must_look_first(an_enquiry(level=level, status="contacted", withdrawn_at=RECEIVED_AT))
    assert not somebody_must_look_first(an_enquiry(level=level, status="closed", withdrawn_at=RECEIVED_AT))


def test_a_kept_kind_is_never_past() -> None:

    enquiry = an_enquiry(level="crisis", status="closed", closed_at=RECEIVED_AT)

    assert not is_past(enquiry, Settings(), RECEIVED_AT + LONG_AGO)


@pytest.mark.parametrize("version", ["Ann 2026-11", "2026-11 ann@mail.example", "x" * 40])
def test_a_version_that_is_none_of_ours_does_not_outlive_the_enquiry(version: str) -> None:
    consent = a_submission().consent.model_copy(update={"given": "yes", "form_version": version})
    enquiry = an_enquiry(submission=a_submission(consent=consent))

    assert "" == consent_record(enquiry).form_version
