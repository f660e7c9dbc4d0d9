"""The promise is computed without the system's time zones: Lambda's image need not have any."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = """
import zoneinfo
from datetime import UTC, datetime
from chalicelib.models.opening_hours import opening_hours, reply_deadline
from chalicelib.settings import Settings
from chalicelib.wording.dates import moment_in_words

hours = opening_hours(Settings())
due = reply_deadline(datetime(2026, 3, 6, 22, 30, tzinfo=UTC), "urgent", hours)
print(zoneinfo.TZPATH, due.isoformat(), moment_in_words(due, "en", hours.zone))
"""


def test_promise_needs_no_zones_of_the_system() -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONTZPATH": "", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "() 2026-03-09T14:00:00+00:00 Monday, March 9, 10:00 AM" == run.stdout.strip()
