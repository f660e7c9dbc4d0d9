"""What one enquiry adds to the reports, and what counted times say."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.models.submission import Attribution
from chalicelib.models.tally import Tally, changes, source_of, tally_of
from chalicelib.models.time_buckets import BUCKETS, UPPER_EDGES, bucket_of, percentile
from tests.builders import RECEIVED_AT, a_submission, an_enquiry

NEW_YORK = ZoneInfo("America/New_York")
TARGET = timedelta(hours=2)
ONE, THREE = timedelta(hours=1), timedelta(hours=3)


def tally(now: timedelta = timedelta(0), **overrides: Any) -> Tally | None:
    enquiry = an_enquiry(**{"contact_by": RECEIVED_AT + TARGET, **overrides})
    return tally_of(enquiry, RECEIVED_AT + now, NEW_YORK)


def a_tally(**overrides: Any) -> Tally:
    counted = tally()

    assert counted is not None
    return counted.model_copy(update=overrides)


def tried(after: timedelta) -> dict[str, Any]:
    return {"attempts": 1, "first_try_at": RECEIVED_AT + after, "first_target_at": RECEIVED_AT + TARGET}


def closed(status: str, after: timedelta) -> dict[str, Any]:
    return {"status": status, "closed_at": RECEIVED_AT + after}


@pytest.mark.parametrize(
    ("overrides", "contact", "bucket"),
    [
        ({}, "waiting", ""),
        ({"status": "acknowledged"}, "waiting", ""),
        ({**tried(ONE), "status": "no_answer"}, "in_target", "m60"),
        ({**tried(TARGET), "status": "no_answer"}, "in_target", "m120"),
        ({**tried(THREE), "status": "contacted"}, "late", "m180"),
        ({**tried(ONE), **closed("closed", THREE)}, "in_target", "m60"),
        ({**tried(ONE), "contact_by": RECEIVED_AT, "status": "no_answer"}, "in_target", "m60"),
        (closed("booked", ONE), "in_target", "m60"),
        (closed("booked", THREE), "late", "m180"),
        (closed("not_suitable", ONE), "untried", ""),
        (closed("not_suitable", THREE), "missed", ""),
        ({"status": "contacted"}, "untried", ""),
        ({"status": "no_answer", "attempts": 1}, "untried", ""),
        ({"status": "closed"}, "untried", ""),
    ],
)
def test_first_contact_is_the_first_try_against_the_target_of_that_time(
    overrides: dict[str, Any], contact: str, bucket: str
) -> None:
    counted = tally(**overrides)

    assert counted is not None
    assert (contact, bucket) == (counted.contact, counted.bucket)


def test_what_nobody_tried_is_missed_once_the_target_has_passed() -> None:
    at_target, after = tally(TARGET), tally(TARGET + timedelta(seconds=1))

    assert at_target is not None
    assert after is not None
    assert ("waiting", "missed") == (at_target.contact, after.contact)


@pytest.mark.parametrize(
    "overrides", [{"status": "quarantined"}, {"status": "spam"}, {"status": "duplicate"}, {"is_test": True}]
)
def test_what_is_no_enquiry_is_in_no_report(overrides: dict[str, Any]) -> None:
    assert tally(**overrides) is None


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({}, (False, False)),
        ({"status": "contacted"}, (True, False)),
        ({"status": "booked"}, (True, True)),
        ({"status": "closed", "reached_at": RECEIVED_AT}, (True, False)),
        ({"status": "no_answer"}, (False, False)),
    ],
)
def test_reached_and_booked(overrides: dict[str, Any], expected: tuple[bool, bool]) -> None:
    counted = tally(**overrides)

    assert counted is not None
    assert expected == (counted.reached, counted.booked)


def test_month_and_weekday_are_those_of_the_clinic() -> None:
    """Sunday, 1 March, 02:00 UTC is Saturday in New York."""
    counted = tally(received_at=RECEIVED_AT.replace(day=1, hour=2))

    assert counted is not None
    assert ("2026-02", 5) == (counted.month, counted.weekday)


@pytest.mark.parametrize(
    ("came", "source"),
    [
        ({}, "direct"),
        ({"utm": {"utm_source": " Newsletter-2026 "}}, "newsletter-2026"),
        ({"utm": {"utm_source": "google"}, "referrer": "https://www.example.org/a"}, "google"),
        ({"utm": {"utm_source": "ann@mail.example"}}, "direct"),
        ({"utm": {"utm_source": "call 202-555-0123"}}, "direct"),
        ({"utm": {"utm_source": "202-555-0123"}}, "direct"),
        ({"utm": {"utm_source": "id-98341234"}}, "direct"),
        ({"utm": {"utm_source": "<b>x</b>"}, "referrer": "https://www.Example.org/path"}, "example.org"),
        ({"utm": {"utm_source": "x" * 41}}, "direct"),
        ({"referrer": "https://clinic.example/a", "page_url": "https://www.clinic.example/contact"}, "direct"),
        ({"referrer": "https://192.0.2.1/"}, "direct"),
        ({"referrer": "https://[broken"}, "direct"),
        ({"referrer": "not an address"}, "direct"),
    ],
)
def test_a_source_is_a_plain_name_or_a_site_and_nothing_that_may_be_a_person(came: dict[str, Any], source: str) -> None:
    assert source == source_of(Attribution(**came))


def test_a_call_comes_from_the_telephone() -> None:
    counted = tally(entered_by="ann@example.com", submission=a_submission(form="telephone"))

    assert counted is not None
    assert ("telephone", "telephone") == (counted.source, counted.form)


def test_counters_move_by_the_difference_and_nothing_else() -> None:
    before = a_tally(contact="waiting")
    contacted = a_tally(contact="in_target", bucket="m60", reached=True)

    assert {} == changes(before, before)
    assert {
        ("2026-03", "LEVEL", "routine"): {"waiting": -1, "in_target": 1, "m60": 1},
        ("2026-03", "WEEKDAY", "0"): {"waiting": -1, "in_target": 1, "m60": 1},
        ("2026-03", "SOURCE", "direct"): {"reached": 1},
        ("2026-03", "FORM", "homepage"): {"reached": 1},
    } == changes(before, contacted)
    assert {
        ("2026-03", "LEVEL", "routine"): {"received": -1, "waiting": -1},
        ("2026-03", "LEVEL", "urgent"): {"received": 1, "waiting": 1},
    } == changes(before, a_tally(level="urgent"))


def test_leaving_takes_away_all_that_was_added() -> None:
    counted = a_tally(contact="late", bucket="m180", reached=True, booked=True)
    added, taken = changes(None, counted), changes(counted, None)

    assert 4 == len(added)
    assert taken == {place: {name: -by for name, by in row.items()} for place, row in added.items()}


@pytest.mark.parametrize(
    ("minutes", "bucket"), [(-1, "m5"), (0, "m5"), (5, "m5"), (5.01, "m10"), (43_200, "m43200"), (43_201, "longer")]
)
def test_a_time_falls_into_the_first_bucket_that_holds_it(minutes: float, bucket: str) -> None:
    assert bucket == bucket_of(minutes)


def test_buckets_grow_and_none_was_taken_away() -> None:
    assert sorted(set(UPPER_EDGES)) == list(UPPER_EDGES)
    assert {5, 10, 15, 20, 30, 45, 60, 90, 120, 240, 480, 1_440, 2_880, 10_080, 43_200} <= set(UPPER_EDGES)


def test_a_percentile_of_nothing_is_none_and_of_the_very_long_has_no_end() -> None:
    assert percentile({}, 0.5) is None
    assert math.inf == percentile({"m5": 1, "longer": 3}, 0.5)


def test_times_lie_evenly_within_their_bucket() -> None:
    assert 75 == percentile({"m90": 4}, 0.5)
    assert 5 == percentile({"m5": 1, "m10": 1}, 0.5)


@given(st.lists(st.floats(0.01, 43_000), min_size=1, max_size=60), st.sampled_from([0.1, 0.5, 0.9, 1.0]))
def test_a_percentile_is_in_the_bucket_of_the_true_one(times: list[float], share: float) -> None:
    counts = {bucket: sum(bucket_of(each) == bucket for each in times) for bucket in BUCKETS}
    true = sorted(times)[math.ceil(round(share * len(times), 9)) - 1]
    found = percentile(counts, share)

    assert found is not None
    assert bucket_of(true) == bucket_of(round(found, 9))


@given(st.dictionaries(st.sampled_from(BUCKETS), st.integers(1, 50), min_size=1))
def test_nine_of_ten_never_take_less_time_than_half(counts: dict[str, int]) -> None:
    half, most = percentile(counts, 0.5), percentile(counts, 0.9)

    assert half is not None
    assert most is not None
    assert half <= most
