"""Words of a text that stood for something, as staff read them."""

from __future__ import annotations

from dataclasses import dataclass, field

RULED_OUT = "ruled_out"
"""No concept of a rule: signs of an emergency that stand there as denied, asked about, long-standing or long over."""
ASKED = "self_harm_asked"
"""No concept of a rule either: self-harm in a question about risks, or in somebody's work."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Words that stood for a concept, as typed, and the sentence around them (at most 200 characters). `plain`: they
    say it in so many words, not as one light sign among several. `explicit`: they say it so that nothing else is
    needed, in however long a story."""

    words: str
    sentence: str
    plain: bool = field(default=False, compare=False)
    explicit: bool = field(default=False, compare=False)
