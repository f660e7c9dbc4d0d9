"""`make bench`: ratios, side by side in one run, the screening of text, and the pages of the desk. Exit 1 when a figure
is over its limit."""

from __future__ import annotations

import sys

from benchmarks import accept, desk, screening

if __name__ == "__main__":
    within = accept.measure()
    quick = screening.measure()
    light = desk.measure()
    sys.exit(0 if within and quick and light else 1)
