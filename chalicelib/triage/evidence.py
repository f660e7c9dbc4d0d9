"""What staff are shown of the words that made a rule fire: enough to see why, and no more than a stored item holds."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.triage.conditions import Quote

SHOWN = 8
"""Passages for a rule. The message itself is stored in full, whatever is left out here; DynamoDB takes 400 KB."""


def shown(evidence: Sequence[str]) -> tuple[str, ...]:
    """The evidence without passages whose words stand in a passage before them, and only the first eight passages,
    with a line that says how many were left out."""
    kept: dict[str, None] = {}
    passages = 0
    left_out = 0
    for item in evidence:
        if not isinstance(item, Quote):
            kept[item] = None
        elif any(item.words in other for other in kept if isinstance(other, Quote)):
            continue
        elif passages < SHOWN:
            kept[item] = None
            passages += 1
        else:
            left_out += 1
    return (*kept, f"and {left_out} more passages of the text") if left_out else tuple(kept)
