"""Reports how the corpus of spam is screened, and writes it into `docs/security.md`: `python -m evaluation.spam`."""

from __future__ import annotations

import sys

from evaluation.document import documented
from evaluation.spam.measure import DOCUMENT, halves_table, measure, parts

if __name__ == "__main__":
    halves = measure()
    sys.stdout.write(halves_table(halves) + "\n")
    DOCUMENT.write_text(documented(DOCUMENT.read_text("utf-8"), parts(halves)), "utf-8")
