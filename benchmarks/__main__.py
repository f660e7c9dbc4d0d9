"""`make bench`: ratios, side by side in one run, and the screening of text. Exit 1 when a figure is over its limit."""

from __future__ import annotations

import sys

from benchmarks import accept, screening

if __name__ == "__main__":
    within = accept.measure()
    quick = screening.measure()
    sys.exit(0 if within and quick else 1)
