"""Times in a histogram: which bucket a time falls into, and what the counts of the buckets say of all of them."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping

_MINUTES, _HOURS, _DAYS = (
    (5, 10, 15, 20, 30, 45),
    (1, 1.5, 2, 3, 4, 6, 8, 12, 16, 20),
    (1, 1.5, 2, 3, 4, 5, 7, 10, 14, 21, 30),
)
UPPER_EDGES: tuple[int, ...] = (
    *_MINUTES,
    *(int(hours * 60) for hours in _HOURS),
    *(int(days * 1_440) for days in _DAYS),
)
"""In minutes, each included in its bucket. Rows are counted by them: an edge may be added, never taken away."""
LONGER = "longer"
BUCKETS: tuple[str, ...] = (*(f"m{edge}" for edge in UPPER_EDGES), LONGER)


def bucket_of(minutes: float) -> str:
    """The bucket of a time. A clock that ran backwards counts as no time at all."""
    return BUCKETS[bisect_left(UPPER_EDGES, minutes)]


def percentile(counts: Mapping[str, int], share: float) -> float | None:
    """The time in minutes that `share` of all did not exceed, as if times lay evenly within their bucket: never off by
    more than a bucket. Infinity when it is longer than the last edge, None when nothing was counted."""
    wanted = share * sum(counts.get(bucket, 0) for bucket in BUCKETS)
    if not wanted:
        return None
    below, lower = 0, 0
    for bucket, upper in zip(BUCKETS, UPPER_EDGES, strict=False):
        here = counts.get(bucket, 0)
        if here and below + here >= wanted:
            return lower + (upper - lower) * (wanted - below) / here
        below, lower = below + here, upper
    return math.inf
