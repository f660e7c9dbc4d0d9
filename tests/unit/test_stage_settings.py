"""The stage's settings row: read once, refreshed when old, done without when it cannot be read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

from botocore.exceptions import EndpointConnectionError

from chalicelib.storage.stage_settings import KEY_BYTES, StageSettingsCache
from chalicelib.storage.table import Table, marshal
from tests.conftest import ENVIRONMENT, SettableClock
from tests.fake_api import FakeApi, clients_with

OWN_KEY = bytes([7]) * KEY_BYTES
DOWN = EndpointConnectionError(endpoint_url="https://dynamodb.us-east-1.amazonaws.com")


def a_row(byte: int) -> dict[str, Any]:
    return {"Item": marshal({"pk": "SETTINGS", "sk": "SETTINGS", "stage_key": bytes([byte] * KEY_BYTES).hex()})}


def a_cache(clock: SettableClock, *answers: Any) -> tuple[StageSettingsCache, FakeApi]:
    dynamodb = FakeApi(*answers)
    table = Table(clients_with(ENVIRONMENT, dynamodb=dynamodb), "enquiries")
    return StageSettingsCache(table, clock, lambda size: bytes([7]) * size), dynamodb


def refresh_beside(cache: StageSettingsCache) -> bool:
    thread = cache.start_refresh()
    if thread is not None:
        thread.join()
    return thread is not None


def test_the_row_is_read_once(clock: SettableClock) -> None:
    cache, dynamodb = a_cache(clock, a_row(1))

    assert [bytes([1] * KEY_BYTES)] * 3 == [cache.current().key for _ in range(3)]
    assert cache.current().known
    assert 1 == len(dynamodb.calls)


def test_nothing_is_read_before_it_is_needed(clock: SettableClock) -> None:
    _, dynamodb = a_cache(clock, a_row(1))

    assert [] == dynamodb.calls


def test_a_row_older_than_a_minute_is_read_again(clock: SettableClock) -> None:
    cache, dynamodb = a_cache(clock, a_row(1), a_row(2))
    cache.current()
    clock.advance(seconds=59)

    assert not refresh_beside(cache)
    clock.advance(seconds=1)

    assert refresh_beside(cache)
    assert bytes([2] * KEY_BYTES) == cache.current().key
    assert 2 == len(dynamodb.calls)


def test_a_row_that_cannot_be_read_leaves_a_key_of_our_own(clock: SettableClock) -> None:
    for answer in (DOWN, {}):
        cache, _ = a_cache(clock, answer)

        assert OWN_KEY == cache.current().key
        assert not cache.current().known


def test_what_was_known_outlives_an_outage(clock: SettableClock) -> None:
    cache, _ = a_cache(clock, a_row(1), DOWN)
    cache.current()
    clock.advance(minutes=5)

    assert refresh_beside(cache)
    assert bytes([1] * KEY_BYTES) == cache.current().key
    assert cache.current().known


def test_requests_that_come_while_the_row_is_first_read_wait_for_it(clock: SettableClock) -> None:
    reading, others_have_come = Event(), Event()

    def answer() -> dict[str, Any]:
        reading.set()
        others_have_come.wait(5)
        return a_row(1)

    cache, dynamodb = a_cache(clock, answer)
    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(cache.current)
        reading.wait(5)
        others = [threads.submit(cache.current) for _ in range(2)]
        others_have_come.set()
        keys = {each.result().key for each in (first, *others)}

    assert {bytes([1] * KEY_BYTES)} == keys
    assert 1 == len(dynamodb.calls)


def test_a_first_reading_that_hangs_is_waited_for_once(clock: SettableClock) -> None:
    started: list[str] = []

    class Hanging:
        def join(self, timeout: float | None = None) -> None:
            started.append(f"{timeout}")

    table = Table(clients_with(ENVIRONMENT, dynamodb=FakeApi()), "enquiries")
    cache = StageSettingsCache(table, clock, lambda size: bytes([7]) * size, lambda _work, _name: Hanging())

    assert not cache.fresh().known
    assert ["1.5"] == started


def test_what_the_desk_changed_is_read_with_the_key(clock: SettableClock) -> None:
    changed = {**a_row(1)["Item"], **marshal({"changes": {"ask_self_harm": "true"}, "version": 3})}
    cache, _ = a_cache(clock, {"Item": changed}, DOWN)
    clock.advance(minutes=1)

    assert (3, {"ask_self_harm": "true"}) == (cache.fresh().version, cache.seen.changes)
    clock.advance(minutes=1)

    assert {"ask_self_harm": "true"} == cache.fresh().changes
