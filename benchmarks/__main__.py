"""`make bench`: ratios, side by side in one run. Exit 1 when a figure is over its limit."""

from __future__ import annotations

import sys

from benchmarks.accept import measure

if __name__ == "__main__":
    sys.exit(0 if measure() else 1)
