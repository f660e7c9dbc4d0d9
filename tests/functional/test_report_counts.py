"""What reports count: each enquiry once, as it is now, whatever happened to it meanwhile."""

from __future__ import annotations

import json
import logging
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from chalice.test import Client

import app as app_module
from chalicelib.context import AppContext
from chalicelib.desk import acts
from chalicelib.desk.changes import ActRefused
from chalicelib.desk.reply_mail import reply_by_mail
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.tally import MOST_NAMES, changes, tally_of
from chalicelib.models.vocabulary import LEVELS
from chalicelib.observability import JsonLine
from chalicelib.schedules.report_counts import count_for_reports
from chalicelib.storage.enquiries import load_enquiry, save_enquiry
from chalicelib.storage.lookups import add_missing_lookups
from chalicelib.storage.table import Table, enquiry_key, marshal
from chalicelib.storage.tallies import load_counted, load_month, uncounted
from tests.builders import RECEIVED_AT, a_submission, an_acceptance, an_enquiry
from tests.conftest import SettableClock
from tests.functional.conftest import Stored
from tests.website import Website

MONTH = "2026-03"
BY = "ann@example.com"


def post(site: Website, **fields: object) -> str:
    answer = site.post_json("/f/homepage", {"name": "Ann", "phone": "202-555-0123", "message": "prices", **fields})
    return str(answer.json()["id"])


def store(context: AppContext, number: int = 1, **overrides: Any) -> str:
    values = {"id": f"enquiry-{number}", "reference": f"K7F-{number:04d}", **overrides}
    enquiry = an_enquiry(**values)
    save_enquiry(context.table, an_acceptance(enquiry))
    return enquiry.id


def version_of(context: AppContext, enquiry_id: str) -> int:
    return load_enquiry(context.table, enquiry_id).version


def act(context: AppContext, enquiry_id: str, what: Callable[..., Enquiry], *values: Any) -> None:
    what(context, enquiry_id, *values, by=BY, version=version_of(context, enquiry_id))


def attempt(outcome: acts.Outcome) -> acts.ContactAttempt:
    return acts.ContactAttempt(channel="phone", outcome=outcome)


def row(context: AppContext, kind: str, name: str) -> dict[str, int]:
    counts = load_month(context.table, MONTH).rows.get((kind, name), {})
    return {counter: by for counter, by in counts.items() if by}


def test_what_comes_in_is_counted_once_and_where_it_belongs(site: Website, context: AppContext) -> None:
    post(site, utm_source="newsletter")

    assert [1, 0] == [count_for_reports(context) for _ in range(2)]

    waits = {"received": 1, "waiting": 1}

    assert [waits, waits] == [row(context, "LEVEL", "routine"), row(context, "WEEKDAY", "0")]
    assert [{"received": 1}] * 2 == [row(context, "SOURCE", "newsletter"), row(context, "FORM", "homepage")]


def test_a_first_try_moves_it_and_later_ones_do_not(site: Website, context: AppContext, clock: SettableClock) -> None:
    enquiry_id = post(site)
    count_for_reports(context)
    clock.advance(minutes=50)
    act(context, enquiry_id, acts.log_attempt, attempt("no_answer"))
    count_for_reports(context)
    clock.advance(days=9)
    act(context, enquiry_id, acts.log_attempt, attempt("reached"))
    count_for_reports(context)
    act(context, enquiry_id, acts.close, "booked", "")
    count_for_reports(context)

    assert {"received": 1, "in_target": 1, "m60": 1} == row(context, "LEVEL", "routine")
    assert {"received": 1, "reached": 1, "booked": 1} == row(context, "FORM", "homepage")


def test_a_mail_from_the_desk_is_a_try(site: Website, context: AppContext, clock: SettableClock) -> None:
    enquiry_id = post(site, email="ann@mail.example")
    clock.advance(minutes=8)
    reply_by_mail(context, enquiry_id, "", by=BY, version=1)
    count_for_reports(context)

    assert {"received": 1, "in_target": 1, "m10": 1} == row(context, "LEVEL", "routine")


def test_a_target_that_passes_is_missed_without_anybody_touching_it(
    site: Website, context: AppContext, clock: SettableClock
) -> None:
    enquiry_id = post(site)
    count_for_reports(context)
    target = load_enquiry(context.table, enquiry_id).contact_by
    clock.now = target - timedelta(minutes=1)

    assert 0 == count_for_reports(context)

    clock.now = target + timedelta(minutes=1)

    assert [1, 0] == [count_for_reports(context) for _ in range(2)]
    assert {"received": 1, "missed": 1} == row(context, "LEVEL", "routine")

    act(context, enquiry_id, acts.log_attempt, attempt("reached"))
    count_for_reports(context)

    assert {"received": 1, "late": 1, "m4320": 1} == row(context, "WEEKDAY", "0")
    assert {"received": 1, "reached": 1} == row(context, "SOURCE", "direct")


def test_undo_takes_the_counters_back(site: Website, context: AppContext) -> None:
    enquiry_id = post(site)
    count_for_reports(context)
    before = load_month(context.table, MONTH).rows
    act(context, enquiry_id, acts.close, "booked", "")
    count_for_reports(context)

    assert 1 == row(context, "FORM", "homepage")["booked"]

    act(context, enquiry_id, acts.undo)
    count_for_reports(context)

    assert without_zeros(before) == without_zeros(load_month(context.table, MONTH).rows)
    assert load_enquiry(context.table, enquiry_id).closed_at is None


def test_another_level_moves_it_to_that_level(site: Website, context: AppContext) -> None:
    enquiry_id = post(site)
    count_for_reports(context)
    act(context, enquiry_id, acts.raise_level, "urgent", "sounds worse")
    count_for_reports(context)

    assert {} == row(context, "LEVEL", "routine")
    assert {"received": 1, "waiting": 1} == row(context, "LEVEL", "urgent")
    assert ["urgent"] == list(load_month(context.table, MONTH).of_kind("LEVEL"))


@pytest.mark.parametrize("status", ["spam", "duplicate"])
def test_spam_and_duplicates_leave_every_report(site: Website, context: AppContext, status: str) -> None:
    other, enquiry_id = post(site), post(site, message="other prices")
    count_for_reports(context)
    reference = load_enquiry(context.table, other).reference
    version = version_of(context, enquiry_id)
    acts.close(context, enquiry_id, status, "", by=BY, version=version, duplicate_of=reference)  # type: ignore[arg-type]
    count_for_reports(context)

    assert [1] * 4 == [counts["received"] for counts in load_month(context.table, MONTH).rows.values()]

    act(context, enquiry_id, acts.undo)
    count_for_reports(context)

    assert [2] * 4 == [counts["received"] for counts in load_month(context.table, MONTH).rows.values()]


def test_quarantine_counts_from_its_release_and_a_test_never(
    context: AppContext, clock: SettableClock, stored: Stored
) -> None:
    held = store(context, 1, status="quarantined")
    store(context, 2, is_test=True)
    count_for_reports(context)

    assert [] == stored.items("REPORT#")

    clock.advance(hours=1)
    act(context, held, acts.release_from_quarantine)
    count_for_reports(context)

    assert {"received": 1, "waiting": 1} == row(context, "LEVEL", "routine")


def test_what_has_no_look_ups_yet_is_counted_when_they_are_written(context: AppContext) -> None:
    enquiry_id = store(context, lookups_missing=True)

    assert 0 == count_for_reports(context)

    add_missing_lookups(context.table, b"key", enquiry_id)

    assert (1, False) == (count_for_reports(context), load_enquiry(context.table, enquiry_id).lookups_missing)
    assert not add_missing_lookups(context.table, b"key", enquiry_id)


def test_two_runs_at_once_count_once(site: Website, context: AppContext) -> None:
    post(site)
    racing = RacedTable(context.clients, context.table.name)
    racing.meanwhile = [lambda: count_for_reports(context)]

    assert 0 == count_for_reports(replace(context, table=racing))
    assert {"received": 1, "waiting": 1} == row(context, "LEVEL", "routine")


def test_an_act_between_reading_and_writing_is_counted_by_the_next_run(site: Website, context: AppContext) -> None:
    enquiry_id = post(site)
    racing = RacedTable(context.clients, context.table.name)
    racing.meanwhile = [lambda: act(context, enquiry_id, acts.log_attempt, attempt("reached"))]

    assert [0, 1] == [count_for_reports(replace(context, table=racing)) for _ in range(2)]
    assert {"received": 1, "in_target": 1, "m5": 1} == row(context, "LEVEL", "routine")


class RacedTable(Table):
    """Something else happens just before the next transaction."""

    meanwhile: list[Callable[[], object]]

    def write_all(self, actions: Sequence[Any], *lost_to: str) -> bool:
        while self.meanwhile:
            self.meanwhile.pop()()
        return super().write_all(actions, *lost_to)


def test_one_that_cannot_be_read_stops_none_of_the_others(
    context: AppContext, clock: SettableClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "enquiry_desk")
    store(context, 1)
    store(context, 2)
    context.table.client.update_item(
        TableName=context.table.name,
        Key=marshal(enquiry_key("enquiry-1")),
        UpdateExpression="SET submission = :odd",
        ExpressionAttributeValues=marshal({":odd": "marked words"}),
    )
    with pytest.raises(ExceptionGroup):
        count_for_reports(context)

    assert {"received": 1, "waiting": 1} == row(context, "LEVEL", "routine")
    assert [] == uncounted(context.table, clock(), 10)
    assert ["enquiry-1"] == uncounted(context.table, clock.advance(hours=1), 10)

    written = [JsonLine().format(record) for record in caplog.records]
    (told,) = [json.loads(line) for line in written if "enquiry not counted" in line]

    assert "enquiry-1" == told["enquiry_id"]
    assert "marked" not in "".join(written)


def test_a_run_is_bounded_and_says_up_to_when_all_is_counted(context: AppContext, clock: SettableClock) -> None:
    for number in range(3):
        store(context, number)

    assert (2, None) == (count_for_reports(context, limit=2), load_counted(context.table))
    assert (1, clock()) == (count_for_reports(context, limit=2), load_counted(context.table))

    later = clock.advance(minutes=15)
    count_for_reports(context)
    clock.advance(minutes=-5)
    count_for_reports(context)

    assert later == load_counted(context.table)


def test_what_visitors_call_themselves_does_not_fill_the_reports(context: AppContext) -> None:
    for number in range(MOST_NAMES + 3):
        store(context, number, submission=a_submission(form=f"form-{number}"))
    count_for_reports(context)
    forms = load_month(context.table, MONTH).of_kind("FORM")

    assert MOST_NAMES + 1 == len(forms)
    assert 3 == forms["other"]["received"]

    act(context, "enquiry-0", acts.log_attempt, attempt("reached"))
    count_for_reports(context)

    assert 1 == load_month(context.table, MONTH).of_kind("FORM")["form-0"]["reached"]


def test_another_time_zone_moves_nothing_that_is_counted(context: AppContext) -> None:
    """In New York it is still February."""
    enquiry_id = store(context, received_at=RECEIVED_AT.replace(day=1, hour=3))
    count_for_reports(context)
    act(context, enquiry_id, acts.log_attempt, attempt("reached"))
    elsewhere = context.deployed.model_copy(update={"clinic_time_zone": ZoneInfo("UTC")})
    count_for_reports(replace(context, deployed=elsewhere))

    assert {} == load_month(context.table, MONTH).rows
    assert {"received": 1, "reached": 1} == load_month(context.table, "2026-02").of_kind("FORM")["homepage"]


def without_zeros(rows: Any) -> dict[Any, dict[str, int]]:
    kept = {place: {name: by for name, by in counts.items() if by} for place, counts in rows.items()}
    return {place: counts for place, counts in kept.items() if counts}


def counted_from_scratch(context: AppContext, stored: Stored) -> dict[Any, dict[str, int]]:
    """What the counters should be: every enquiry as it is now."""
    rows: dict[Any, Counter[str]] = {}
    for enquiry in stored.enquiries:
        for (_, kind, name), by in changes(None, tally_of(enquiry, context.clock(), context.hours.zone)).items():
            rows.setdefault((kind, name), Counter()).update(by)
    return without_zeros(rows)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_the_counters_are_what_a_count_from_scratch_finds(
    context: AppContext, clock: SettableClock, stored: Stored, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311
    for number in range(5):
        level = chance.choice(LEVELS)
        store(context, number, level=level, contact_by=RECEIVED_AT + timedelta(hours=chance.randint(1, 48)))
    for _ in range(40):
        clock.advance(minutes=chance.choice((1, 5, 45, 500)))
        happen(context, chance, f"enquiry-{chance.randrange(5)}")
        if chance.random() < 0.4:
            count_for_reports(context)
    count_for_reports(context)

    assert counted_from_scratch(context, stored) == without_zeros(load_month(context.table, MONTH).rows)


def happen(context: AppContext, chance: random.Random, enquiry_id: str) -> None:
    """Somebody does something, if it can be done."""
    choices: list[tuple[Any, ...]] = [
        (acts.take,),
        (acts.undo,),
        (acts.undo,),
        (acts.log_attempt, attempt("no_answer")),
        (acts.log_attempt, attempt("reached")),
        (acts.close, chance.choice(("booked", "not_suitable", "closed", "spam")), "because"),
        (acts.raise_level, chance.choice(LEVELS), ""),
        (acts.lower_level, chance.choice(LEVELS), "because"),
    ]
    try:
        act(context, enquiry_id, *chance.choice(choices))
    except ActRefused:
        return


def test_the_schedule_runs_it(site: Website, context: AppContext) -> None:
    post(site)
    with Client(app_module.app) as client:
        client.lambda_.invoke("count_for_reports", client.events.generate_cw_event("aws.events", "", {}, []))

    assert {"received": 1, "waiting": 1} == row(context, "LEVEL", "routine")
