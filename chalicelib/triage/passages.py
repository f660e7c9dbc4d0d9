"""Words of a text that stood for something, as staff read them."""

from __future__ import annotations

from dataclasses import dataclass

RULED_OUT = "ruled_out"
"""No concept of a rule: signs of an emergency that stand there as denied, asked about, long-standing or long over."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Words that stood for a concept, as typed, and the sentence around them (at most 200 characters). `plain`: they
    say it in so many words, not as one light sign among several."""

    words: str
    sentence: str
    plain: bool = False
