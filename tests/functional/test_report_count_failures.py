"""What cannot be counted stops none of the others, and reports do not claim that it was."""

from __future__ import annotations

import pytest

from chalicelib.context import AppContext
from chalicelib.desk import acts
from chalicelib.schedules.report_counts import count_for_reports
from chalicelib.storage.table import enquiry_key, marshal
from chalicelib.storage.tallies import load_counted, tally_key, uncounted
from tests.conftest import SettableClock
from tests.functional.test_report_counts import act, attempt, row, store


def spoil(context: AppContext, key: dict[str, str], field: str) -> None:
    context.table.client.update_item(
        TableName=context.table.name,
        Key=marshal(key),
        UpdateExpression=f"SET {field} = :odd",
        ExpressionAttributeValues=marshal({":odd": "of a later release"}),
    )


def test_one_tally_that_cannot_be_read_stops_none_of_the_others(context: AppContext, clock: SettableClock) -> None:
    store(context, 1)
    count_for_reports(context)
    act(context, "enquiry-1", acts.log_attempt, attempt("no_answer"))
    spoil(context, tally_key("enquiry-1"), "contact")
    store(context, 2)
    with pytest.raises(ExceptionGroup):
        count_for_reports(context)

    assert {"received": 2, "waiting": 2} == row(context, "LEVEL", "routine")
    assert [] == uncounted(context.table, clock(), 10)
    assert ["enquiry-1"] == uncounted(context.table, clock.advance(hours=1), 10)


def test_all_is_counted_only_up_to_the_last_run_without_failures(context: AppContext, clock: SettableClock) -> None:
    store(context, 1)
    count_for_reports(context)
    whole = load_counted(context.table)
    store(context, 2)
    spoil(context, enquiry_key("enquiry-2"), "submission")
    clock.advance(minutes=15)
    with pytest.raises(ExceptionGroup):
        count_for_reports(context)
    clock.advance(minutes=15)
    count_for_reports(context)

    assert whole == load_counted(context.table)

    context.table.client.delete_item(TableName=context.table.name, Key=marshal(enquiry_key("enquiry-2")))
    later = clock.advance(minutes=45)
    count_for_reports(context)

    assert later == load_counted(context.table)
