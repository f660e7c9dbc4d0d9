"""The application killed under load and started again: a few of what `python -m simulation.kills` does."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulation.kills import run_kills

pytestmark = pytest.mark.sandbox
KILLS = 5


def test_nothing_is_lost_by_kills_at_random_moments(tmp_path: Path) -> None:
    seen: list[int] = []
    with (tmp_path / "log").open("w") as log:
        found = run_kills(KILLS, seed=2026, log=log, seen=lambda: seen.append(1))

    assert found.violations == (), (tmp_path / "log").read_text()[-4000:]
    assert (found.lost, found.unnotified) == (0, 0)
    assert found.enquiries == found.posts > KILLS
    assert len(seen) == KILLS
