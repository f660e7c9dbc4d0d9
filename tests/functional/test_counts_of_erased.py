"""What reports count of an enquiry that is erased: what it was, once, however soon after the last count."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.context import AppContext
from chalicelib.desk import acts
from chalicelib.models.tombstone import Erasure
from chalicelib.schedules.report_counts import count_for_reports
from chalicelib.storage.enquiries import load_enquiry
from chalicelib.storage.erasure import erase_enquiry
from chalicelib.storage.tallies import load_month
from tests.functional.conftest import Stored
from tests.functional.test_report_counts import BY, MONTH, RacedTable, act, attempt, post, row, without_zeros
from tests.website import Website


def erase(context: AppContext, enquiry_id: str) -> None:
    erasure = Erasure(by=BY, at=context.clock(), reason="asked", salt="salt", zone=context.hours.zone)
    erase_enquiry(context.table, b"key", load_enquiry(context.table, enquiry_id), erasure)


def test_what_is_erased_stays_counted_and_waits_no_longer(site: Website, context: AppContext, stored: Stored) -> None:
    enquiry_id = post(site)
    count_for_reports(context)
    erase(context, enquiry_id)
    count_for_reports(context)

    assert {"received": 1, "untried": 1} == row(context, "LEVEL", "routine") == row(context, "WEEKDAY", "0")
    assert [] == [item for item in stored.items("ENQUIRY#") if item["sk"] == "TALLY"]


@pytest.mark.parametrize("counted_before", [True, False])
def test_what_is_erased_before_it_is_counted_counts_as_it_was(
    site: Website, context: AppContext, *, counted_before: bool
) -> None:
    enquiry_id = post(site, utm_source="newsletter")
    if counted_before:
        count_for_reports(context)
    act(context, enquiry_id, acts.log_attempt, attempt("reached"))
    act(context, enquiry_id, acts.close, "booked", "")
    erase(context, enquiry_id)
    count_for_reports(context)

    assert [{"received": 1, "reached": 1, "booked": 1}] * 2 == [
        row(context, "FORM", "homepage"),
        row(context, "SOURCE", "newsletter"),
    ]
    assert {"received": 1, "in_target": 1, "m5": 1} == row(context, "LEVEL", "routine")


def test_spam_that_is_erased_before_it_is_counted_as_such_leaves_every_report(
    site: Website, context: AppContext
) -> None:
    enquiry_id = post(site)
    count_for_reports(context)
    act(context, enquiry_id, acts.close, "spam", "")
    erase(context, enquiry_id)

    assert {} == without_zeros(load_month(context.table, MONTH).rows)


def test_what_is_counted_while_it_is_erased_is_counted_once(site: Website, context: AppContext) -> None:
    enquiry_id = post(site)
    racing = RacedTable(context.clients, context.table.name, pause=lambda _: None)
    racing.meanwhile = [lambda: count_for_reports(context)]
    erase(replace(context, table=racing), enquiry_id)

    assert {"received": 1, "untried": 1} == row(context, "LEVEL", "routine")
