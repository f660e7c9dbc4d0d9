"""What the desk's pages weigh and ask of DynamoDB: counts and bytes, which no machine makes larger or smaller."""

from __future__ import annotations

import gzip
from functools import cache

import pytest

import app as app_module
from benchmarks.busy_desk import BusyDesk
from benchmarks.desk import ASSETS, LIMIT_BYTES
from tests.website import Answer

SPANS = {"few": (300, 0), "many closed": (300, 4_700), "many waiting": (5_000, 0)}
MORE_PARTS = 4
"""Where the first rows lie in few partitions, these are read further; at most so many calls for 50 rows."""
COUNTS = 12
"""Where all that is shown is overdue, the tab counts on, once in each partition."""


@cache
def stored(waiting: int, closed: int) -> BusyDesk:
    return BusyDesk(waiting, closed)


def busy(monkeypatch: pytest.MonkeyPatch, waiting: int, closed: int) -> BusyDesk:
    desk = stored(waiting, closed)
    monkeypatch.setattr(app_module, "instance", lambda: desk.context)
    desk.site.get("/desk")
    desk.aws.reset()
    return desk


def rows(answer: Answer) -> int:
    return answer.text.count('<li class="row')


def test_fifty_rows_cost_the_same_whatever_the_history(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, read = {}, {}
    for name, (waiting, closed) in SPANS.items():
        desk = busy(monkeypatch, waiting, closed)

        assert 50 == rows(desk.site.get("/desk"))
        asked[name], read[name] = dict(desk.aws.calls), desk.aws.read_bytes

    assert asked["few"] == asked["many closed"]
    assert MORE_PARTS + COUNTS >= asked["many waiting"]["Query"] - asked["few"]["Query"]
    assert read["few"] == pytest.approx(read["many closed"], rel=0.01)
    assert max(read.values()) < 100_000


def test_an_enquiry_and_a_search_cost_the_same_whatever_the_history(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    for waiting, closed in (SPANS["few"], SPANS["many closed"]):
        desk = busy(monkeypatch, waiting, closed)
        enquiry_id = desk.worked_enquiry(60)
        desk.aws.reset()
        for answer in (desk.site.get(f"/desk/enquiries/{enquiry_id}"), desk.site.search("Ann")):
            assert 200 == answer.status
        asked.append(dict(desk.aws.calls))

    assert asked[0] == asked[1]
    assert sum(asked[0].values()) <= 20


def test_every_page_is_light_with_all_that_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = busy(monkeypatch, *SPANS["few"])
    enquiry_id = desk.worked_enquiry(60)
    pages = [
        desk.site.get("/desk"),
        desk.site.get(f"/desk/enquiries/{enquiry_id}"),
        desk.site.get("/desk/new"),
        desk.site.search("Ann"),
    ]
    assets = "".join(desk.site.get(path).text for path in ASSETS)
    weights = [len((page.text + assets).encode()) for page in pages]
    packed = [len(gzip.compress((page.text + assets).encode())) for page in pages]

    assert max(weights) < LIMIT_BYTES
    assert max(packed) < LIMIT_BYTES / 4
