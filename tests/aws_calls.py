"""Which AWS calls the application makes, and under which of its functions: botocore tells of each call, and the call
stack tells the function, through `app.py` or straight from a test; what a thread does counts for whoever started it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import botocore.handlers

API = "api_handler"
JOBS = frozenset(
    {
        "deliver_notification",
        "record_delivery_event",
        "sweep_outbox",
        "check_response_clocks",
        "reconcile_enquiries",
        "send_digest",
        "run_canary",
        "count_for_reports",
        "check_quarantine",
        "apply_retention",
    }
)
"""Each is also the name of the one function in `chalicelib` that does its work."""
_TESTS = str(Path(__file__).parent)
_CODE = str(Path(__file__).parents[1] / "chalicelib")


@dataclass(frozen=True)
class Call:
    """A call as it was made. `function` is the name of the Lambda function; `is_signed` says whether AWS asks who
    calls."""

    function: str
    service: str
    operation: str
    parameters: dict[str, Any]
    is_signed: bool


_listeners: list[Callable[[Call], None]] = []
_start = threading.Thread.start


@contextmanager
def recorded_calls() -> Iterator[list[Call]]:
    """The calls made meanwhile, in order, by clients of this process."""
    calls: list[Call] = []
    _listeners.append(calls.append)
    try:
        yield calls
    finally:
        _listeners.remove(calls.append)


def running_function(frame: FrameType | None) -> str:
    """The innermost Lambda function on the stack; empty when there is none, or when a test stands between it and the
    call, such as one that disturbs it."""
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith(_TESTS):
            return ""
        if code.co_filename.startswith(_CODE):
            if code.co_name == "answer" and code.co_filename.endswith("edge.py"):
                return API
            if code.co_name == "run_job":
                return str(frame.f_locals["name"])
            if code.co_name in JOBS:
                return code.co_name
        frame = frame.f_back
    return str(vars(threading.current_thread()).get("started_by", ""))


def _tell(params: dict[str, Any], model: Any, **_: Any) -> None:
    if not _listeners:
        return
    function = running_function(sys._getframe(1))
    if function:
        call = Call(function, model.service_model.service_name, model.name, dict(params), model.auth_type != "none")
        for listener in list(_listeners):
            listener(call)


def _start_for_its_function(thread: threading.Thread) -> None:
    vars(thread)["started_by"] = running_function(sys._getframe(1))
    _start(thread)


threading.Thread.start = _start_for_its_function  # type: ignore[method-assign]
# As moto does: every session made from now on tells.
botocore.handlers.BUILTIN_HANDLERS.append(("before-parameter-build", _tell))
