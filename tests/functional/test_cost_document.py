"""What docs/operations.md says of costs is what the code of now uses."""

from __future__ import annotations

import app as app_module
from benchmarks.cost import BEGIN, DOCUMENT, END, idle_amounts, standing, tables
from benchmarks.metered_runs import periods


def test_the_tables_of_the_document_are_those_that_make_cost_writes() -> None:
    written = DOCUMENT.read_text("utf-8").partition(BEGIN)[2].partition(END)[0]

    assert tables(app_module) == written.rstrip("\n"), "run make cost"


def test_every_schedule_of_the_application_is_reckoned_with() -> None:
    every_minute = [name for name, minutes in periods(app_module).items() if minutes == 1]

    assert {"sweep_outbox", "check_response_clocks"} <= set(every_minute)
    assert idle_amounts(app_module)["runs"] > 2 * 60 * 730


def test_what_stands_there_is_counted_in_the_templates() -> None:

    assert {"keys": 1, "alarm metrics": 14, "own metrics": 11, "dashboards": 1, "budgets": 1} == standing()
