"""`make fuzz`: 50,000 requests made from the OpenAPI document. `make check` sends a thousand.

python -m tests.fuzz [--cases N] [--seed N]"""

from __future__ import annotations

import argparse
import logging
import sys
import time

from tests.fuzz.openapi_cases import send_cases
from tests.fuzz.played_service import played_service

CASES = 50_000


def main() -> int:
    """Send them; the first answer that breaks a rule ends it."""
    parser = argparse.ArgumentParser(description="Requests made from the OpenAPI document.")
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    logging.disable(logging.CRITICAL)
    started = time.monotonic()
    with played_service(ALLOWED_ORIGINS="https://clinic.example", RATE_LIMIT_CONTACT="20") as service:
        run = send_cases(service, wanted.cases, wanted.seed)
    for operation, count in sorted(run.sent.items()):
        statuses = {status: number for (name, status), number in sorted(run.statuses.items()) if name == operation}
        sys.stdout.write(f"{operation:26} {count:6} {statuses}\n")
    sys.stdout.write(f"{run.total} requests in {time.monotonic() - started:.0f} s: each answer keeps the contract\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
