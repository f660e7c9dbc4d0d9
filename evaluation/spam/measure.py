"""How much of the corpus is quarantined, by half and kind, as it stands in `docs/security.md`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.screening.spam import SIGNALS_FILE, Evidence, screen
from evaluation.spam.corpus import HERE, REPORTED, TUNED, Post, read_corpus, verdict_on

DOCUMENT = HERE.parents[1] / "docs" / "security.md"
LEAST_SPAM, MOST_PEOPLE = 95, 1
"""Percent that ought to be quarantined."""
TRIAGE = HERE.parent / "heldout"


@dataclass(frozen=True)
class Half:
    """One half: how many posts there are, how many were quarantined, and how much of the spam was spared because it
    seems to speak of danger."""

    name: str
    spam: int
    spam_quarantined: int
    spam_spared: int
    people: int
    people_quarantined: int

    @property
    def reaches_targets(self) -> bool:
        """Whether enough spam and few enough people are quarantined, without rounding."""
        enough = 100 * self.spam_quarantined >= LEAST_SPAM * self.spam
        return enough and 100 * self.people_quarantined <= MOST_PEOPLE * self.people


def measure() -> tuple[Half, Half]:
    """The half that everything was made on, and the other one."""
    return measured(TUNED, read_corpus(TUNED)), measured(REPORTED, read_corpus(REPORTED))


def measured(name: str, posts: Sequence[Post]) -> Half:
    """The figures of some posts."""
    verdicts = [(post.is_spam, verdict_on(post)) for post in posts]
    return Half(
        name=name,
        spam=sum(is_spam for is_spam, _ in verdicts),
        spam_quarantined=sum(is_spam and verdict.quarantined for is_spam, verdict in verdicts),
        spam_spared=sum(is_spam and verdict.spared for is_spam, verdict in verdicts),
        people=sum(not is_spam for is_spam, _ in verdicts),
        people_quarantined=sum(not is_spam and verdict.quarantined for is_spam, verdict in verdicts),
    )


def written_for_triage() -> tuple[int, int]:
    """How many of the messages that others wrote for triage would be quarantined, and of how many: with neither token
    nor Origin, and whatever danger they speak of."""
    messages = [
        json.loads(line)["answers"].get("message", "")
        for file in sorted(TRIAGE.glob("*.jsonl"))
        for line in file.read_text("utf-8").splitlines()
    ]
    verdicts = [
        screen(Evidence(texts=(message,), token_missing=True, origin_missing=True), may_be_danger=False)
        for message in messages
    ]
    return sum(verdict.quarantined for verdict in verdicts), len(messages)


def parts(halves: Sequence[Half]) -> dict[str, str]:
    """What of the document comes from data, by the names of its places."""
    caught, messages = written_for_triage()
    others = f"{caught} of {messages} ({_percent(caught, messages)}) would be quarantined."
    return {"signals": signals_table(), "screening": halves_table(halves), "others": others}


def signals_table() -> str:
    """Every signal with its points and why it has so many."""
    data = json.loads(SIGNALS_FILE.read_text("utf-8"))
    rows = [f"Quarantined from {data['limit']['points']} points. {data['limit']['reason']}", ""]
    rows += ["| signal | points | why |", "|---|---|---|"]
    rows += [f"| `{name}` | {signal['points']} | {signal['reason']} |" for name, signal in data["signals"].items()]
    return "\n".join(rows)


def halves_table(halves: Sequence[Half]) -> str:
    """The figures, and whether they are what they ought to be."""
    rows = ["| half | spam quarantined | of it spared | people quarantined | targets |", "|---|---|---|---|---|"]
    return "\n".join([*rows, *(_row(half) for half in halves)])


def _row(half: Half) -> str:
    spam = f"{half.spam_quarantined} of {half.spam} ({_percent(half.spam_quarantined, half.spam)})"
    people = f"{half.people_quarantined} of {half.people} ({_percent(half.people_quarantined, half.people)})"
    verdict = "reached" if half.reaches_targets else "**not reached**"
    return f"| {half.name} | {spam} | {half.spam_spared} | {people} | {verdict} |"


def _percent(count: int, of: int) -> str:
    return f"{100 * count / of:.1f} %"
