"""`python -m chalicelib.notifications` with the sandbox's clock, which somebody may have moved by days."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import timedelta
from urllib.parse import urlsplit

from chalicelib.notifications.__main__ import main
from sandbox.clock import SandboxClock
from sandbox.front import ask_aws


def sandbox_clock(endpoint: str) -> SandboxClock:
    """The clock of the sandbox whose AWS is at this URL; the machine's where none answers, as the command then says."""
    told = ask_aws(urlsplit(endpoint).port or 0, "GET", "/sandbox/clock")
    moved = json.loads(told.body)["moved_seconds"] if told.status == 200 else 0
    return SandboxClock(timedelta(seconds=moved))


if __name__ == "__main__":
    logging.getLogger().addHandler(logging.NullHandler())
    clock = sandbox_clock(os.environ["AWS_ENDPOINT_URL"])
    sys.exit(main(sys.argv[1:], os.environ, sys.stdout, sys.stderr, clock))
