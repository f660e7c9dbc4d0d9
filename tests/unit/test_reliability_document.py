"""docs/reliability.md says what the simulation does."""

from __future__ import annotations

from pathlib import Path

from simulation import bugs

DOCUMENT = (Path(__file__).parents[2] / "docs" / "reliability.md").read_text("utf-8")


def test_the_bugs_of_the_document_are_those_of_the_simulation() -> None:
    table = DOCUMENT.partition("<!-- bugs -->")[2].partition("<!-- end of bugs -->")[0]

    assert bugs.table() == table.strip()


def test_there_are_enough_bugs_and_each_is_found_by_a_case() -> None:

    assert len(bugs.BUGS) >= 15
    assert [] == [bug.name for bug in bugs.BUGS if not bug.killer]
    assert len({bug.name for bug in bugs.BUGS}) == len(bugs.BUGS)
