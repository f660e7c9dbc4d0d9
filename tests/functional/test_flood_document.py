"""What docs/security.md says of the cost of a flood is what the code and limits of now make it."""

from __future__ import annotations

import pytest

import app as app_module
from benchmarks.flood import BEGIN, DOCUMENT, END, MOST_USD, table
from infrastructure.gateway import POSTS_AT_ONCE, POSTS_PER_SECOND


@pytest.fixture(scope="module")
def written() -> str:
    return DOCUMENT.read_text("utf-8").partition(BEGIN)[2].partition(END)[0].rstrip("\n")


def test_the_table_of_the_document_is_that_of_the_code(written: str) -> None:

    assert table(app_module) == written, "run python -m benchmarks.flood"


def test_a_flood_of_one_kind_costs_less_than_a_dollar(written: str) -> None:
    rows = [line.split("|") for line in written.splitlines() if line.startswith("| ")][1:]
    prices = [float(row[3]) for row in rows]

    assert 6 == len(prices)
    assert max(prices[:-1]) < MOST_USD
    assert max(prices) < 2.5 * MOST_USD


def test_visitors_in_ordinary_use_are_far_from_the_limits() -> None:

    assert POSTS_AT_ONCE >= 20
    assert POSTS_PER_SECOND * 3600 >= 600
