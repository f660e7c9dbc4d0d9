"""Measures accepting one enquiry: our Chalice application beside a bare handler, in pairs, as ratios.

Run as a module with `cold app` or `cold bare` it is the fresh process that is measured: it prints the seconds of CPU
from before the first import to after the first answer.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.post import ENVIRONMENT, rest_event
from benchmarks.stub_aws import StubAws

COLD_LIMIT = 1.15
WARM_LIMIT = 1.5
CALL_LIMIT = 2
Handler = Callable[[dict[str, Any], object], dict[str, Any]]


class LambdaContext:
    """What Chalice asks of Lambda's context."""

    aws_request_id = "bench"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:bench"


def _app_handler() -> Handler:
    import app

    handler: Handler = app.app
    return handler


def _bare_handler() -> Handler:
    from benchmarks.bare_handler import handler

    return handler


HANDLERS: dict[str, Callable[[], Handler]] = {"app": _app_handler, "bare": _bare_handler}


def first_answer(which: str) -> float:
    """Import and answer one request; seconds of CPU."""
    started = time.process_time()
    answered = HANDLERS[which]()(rest_event(0), LambdaContext())
    spent = time.process_time() - started
    if answered["statusCode"] != 200:
        raise SystemExit(f"{which} answered {answered['statusCode']}")
    return spent


def cold_ratios(url: str, pairs: int) -> tuple[list[float], list[float]]:
    """Seconds of CPU of fresh processes, application and bare handler in turn."""
    environment = {**os.environ, **ENVIRONMENT, "AWS_ENDPOINT_URL": url}
    seconds: dict[str, list[float]] = {"app": [], "bare": []}
    for _ in range(pairs):
        for which, spent in seconds.items():
            command = [sys.executable, "-m", "benchmarks.accept", which]
            run = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
            spent.append(float(run.stdout.splitlines()[-1]))
    return seconds["app"], seconds["bare"]


class NoAws:
    """Clients whose calls cost nothing, for the warm figure without the AWS call."""

    def __getattr__(self, _operation: str) -> Callable[..., dict[str, Any]]:
        return lambda **_: {"Successful": [], "Failed": []}


def warm_seconds(pairs: int) -> tuple[list[float], list[float]]:
    """Seconds of CPU of warm requests without AWS, application and bare handler in turn, in one process."""
    import app
    from benchmarks import bare_handler

    handlers = {"app": _app_handler(), "bare": _bare_handler()}
    for context in (app.instance(), bare_handler.instance()):
        context.stage_settings.current()
        for service in ("dynamodb", "sqs"):
            context.clients.__dict__[service] = NoAws()
    seconds: dict[str, list[float]] = {"app": [], "bare": []}
    for number in range(pairs):
        for which, handler in handlers.items():
            event = rest_event(number)
            started = time.process_time()
            handler(event, LambdaContext())
            seconds[which].append(time.process_time() - started)
    return seconds["app"], seconds["bare"]


def counted_calls(stub: StubAws, url: str) -> dict[str, int]:
    """The AWS calls of one accept in a fresh process, without the settings row."""
    stub.calls.clear()
    environment = {**os.environ, **ENVIRONMENT, "AWS_ENDPOINT_URL": url}
    subprocess.run([sys.executable, "-m", "benchmarks.accept", "app"], env=environment, check=True, capture_output=True)
    return {operation: count for operation, count in stub.calls.items() if operation != "GetItem"}


def measure() -> bool:
    """Print the table; True when every figure is within its limit."""
    with StubAws() as stub:
        calls = counted_calls(stub, stub.url)
        cold_app, cold_bare = cold_ratios(stub.url, pairs=12)
        os.environ.update(ENVIRONMENT, AWS_ENDPOINT_URL=stub.url)
        warm_app, warm_bare = warm_seconds(pairs=400)
    rows = [
        _row("cold: import and first answer", cold_app, cold_bare, COLD_LIMIT),
        _row("warm: one answer without AWS", warm_app, warm_bare, WARM_LIMIT),
    ]
    within = sum(calls.values()) <= CALL_LIMIT
    listed = ", ".join(f"{count} x {operation}" for operation, count in sorted(calls.items()))
    print(f"AWS calls of one accept: {listed} (limit {CALL_LIMIT}) {'ok' if within else 'OVER'}")
    return all([*rows, within])


def _row(what: str, ours: list[float], bare: list[float], limit: float) -> bool:
    ratio = statistics.median(ours) / statistics.median(bare)
    pairwise = sorted(a / b for a, b in zip(ours, bare, strict=True))
    spread = f"{pairwise[len(pairwise) // 10]:.2f}-{pairwise[-1 - len(pairwise) // 10]:.2f}"
    milliseconds = f"{statistics.median(ours) * 1e3:.2f} ms against {statistics.median(bare) * 1e3:.2f} ms"
    print(
        f"{what:32} {ratio:.2f} x (pairs {spread}; {milliseconds}; limit {limit}) {'ok' if ratio <= limit else 'OVER'}"
    )
    return ratio <= limit


if __name__ == "__main__":
    print(first_answer(sys.argv[1]))
