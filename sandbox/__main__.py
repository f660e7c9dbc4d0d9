"""`python -m sandbox run` and `python -m sandbox aws`: the enquiry desk on one machine, without an AWS account."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from typing import Any

from sandbox.ports import CannotStart, chosen_ports


class _Stopped(BaseException):
    """Ctrl-C or SIGTERM."""


def main() -> int:
    """Run one command until it is stopped. Returns the exit status."""
    given = _arguments()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        _run(given)
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    except _Stopped:
        print("stopped", flush=True)
    return 0


def _run(given: argparse.Namespace) -> None:
    ports = chosen_ports(os.environ)
    if given.command == "aws":
        from sandbox.local_aws import serve_aws

        serve_aws(ports, given.base_path, with_pump=not given.no_pump)
    else:
        from sandbox.run import run

        run(ports, given.base_path, use_aws=given.use_aws)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("command", choices=("run", "aws"))
    parser.add_argument("--base-path", default="", metavar="/api", help="serve the API below this path")
    parser.add_argument("--use-aws", action="store_true", help="run: use what make aws has started")
    parser.add_argument("--no-pump", action="store_true", help="aws: leave queues and schedules to run --use-aws")
    given = parser.parse_args()
    if given.base_path and (not given.base_path.startswith("/") or given.base_path.endswith("/")):
        parser.error("--base-path must look like /api")
    return given


def _stop(_number: int, _frame: Any) -> None:
    # Once is enough: what follows is the clean-up.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise _Stopped


if __name__ == "__main__":
    sys.exit(main())
