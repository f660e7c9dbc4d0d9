"""Every call of an AWS client is a numbered boundary, and a plan says which boundaries fail, and how.

A fault that makes no sense for the call it falls on does nothing and is not among those that `struck`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from botocore.exceptions import ConnectionClosedError, ConnectTimeoutError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from simulation.fault_plans import OPERATIONS, Boundary, Fault, Plan, Strike, faults_for, plan_line
from simulation.model_errors import client_error
from simulation.virtual_clock import VirtualClock

CONNECT_SECONDS = {"dynamodb": 3.0, "sqs": 0.5, "ses": 2.0, "sns": 2.0}
READ_SECONDS = {"dynamodb": 6.0, "sqs": 1.0, "ses": 8.0, "sns": 5.0}
"""How long a client tries, with the timeouts and attempts of `chalicelib/aws.py`."""
_THROTTLED = {
    "dynamodb": "ThrottlingException",
    "sqs": "RequestThrottled",
    "ses": "TooManyRequestsException",
    "sns": "Throttled",
}
_NO_ANSWER: Mapping[Fault, Callable[[str], Exception]] = {
    "error_before": lambda url: ConnectTimeoutError(endpoint_url=url),
    "timeout_before": lambda url: ReadTimeoutError(endpoint_url=url),
    "timeout_after": lambda url: ReadTimeoutError(endpoint_url=url),
    "closed_after": lambda url: ConnectionClosedError(endpoint_url=url),
    "garbled": lambda _: ResponseParserError("Unable to parse response, invalid JSON"),
}
_EFFECT_FIRST = ("timeout_after", "closed_after", "garbled", "crash_after", "slow_until_killed")
LAMBDA_SECONDS = 20.0
STOP = timedelta(minutes=10)
"""How long an account may send nothing after `account_stop`."""


class Killed(BaseException):
    """The Lambda died here: nothing of its code runs any further, not even `except Exception`."""


class Boundaries:
    """Counts the calls, and lets the planned faults fall.

    `trace` are the calls so far, `times` when each began, and `struck` the faults that had an effect. `call_seconds`
    pass with every call. `always` fails every call of an operation that the plan leaves alone. Once the clock is past
    `deadline`, any call kills. `meanwhile` runs something else just before a boundary, such as another worker: its own
    calls take the numbers that follow.
    """

    def __init__(self, clock: VirtualClock, plan: Plan, *, call_seconds: float = 0.01) -> None:
        self.clock = clock
        self.plan = plan
        self.call_seconds = call_seconds
        self.always: dict[str, Fault] = {}
        self.deadline: datetime | None = None
        self.meanwhile: dict[int, Callable[[], object]] = {}
        self.trace: list[Boundary] = []
        self.times: list[datetime] = []
        self.struck: list[Strike] = []
        self._stopped_until: datetime | None = None

    def call(self, model: Any, service: str, operation: str, **parameters: Any) -> Any:
        """Make one call of a modelled client. Raises what the fault raises, or the service's own errors."""
        may_lag = operation in ("query", "get_item") and not parameters.get("ConsistentRead")
        boundary = Boundary(len(self.trace), service, operation, may_lag)
        self.trace.append(boundary)
        self.times.append(self.clock())
        if boundary.number in self.meanwhile:
            self.meanwhile[boundary.number]()
        self._pass(self.call_seconds)
        if operation == "send_email" and self._stopped_until is not None and self.clock() < self._stopped_until:
            raise _paused()
        effect = partial(getattr(model, operation), **parameters)
        fault = self.plan.get(boundary.number)
        if fault is None or fault not in faults_for(service, operation, may_lag=may_lag):
            if operation in self.always:
                return self._strike(boundary, self.always[operation], effect, parameters)
            return effect()
        self.struck.append(Strike(boundary, fault))
        if (operation, fault) in model.variants:
            return model.variants[operation, fault](**parameters)
        return self._strike(boundary, fault, effect, parameters)

    def _pass(self, seconds: float) -> None:
        self.clock.move(seconds)
        if self.deadline is not None and self.clock() > self.deadline:
            raise Killed("past the deadline")

    def _strike(
        self, boundary: Boundary, fault: Fault, effect: Callable[[], Any], parameters: Mapping[str, Any]
    ) -> Any:
        if fault in _EFFECT_FIRST:
            effect()
        if fault == "slow_until_killed":
            self.clock.move(LAMBDA_SECONDS)
        if fault in ("crash_before", "crash_after", "slow_until_killed"):
            raise Killed(plan_line({boundary.number: fault}))
        if fault == "account_stop":
            self._stopped_until = self.clock() + STOP
        raise self._error(boundary, fault, parameters)

    def _error(self, boundary: Boundary, fault: Fault, parameters: Mapping[str, Any]) -> Exception:
        if fault == "error_before":
            self._pass(CONNECT_SECONDS[boundary.service])
        if fault in ("timeout_before", "timeout_after"):
            self._pass(READ_SECONDS[boundary.service])
        if fault in _NO_ANSWER:
            return _NO_ANSWER[fault](f"https://{boundary.service}.invalid")
        return _service_error(boundary, fault, parameters)


def _service_error(boundary: Boundary, fault: Fault, parameters: Mapping[str, Any]) -> Exception:
    """What the service itself says."""
    service, operation = boundary.service, boundary.operation
    name = operation.title().replace("_", "")
    if fault == "account_stop":
        return _paused()
    if fault == "reject":
        return client_error(name, "MessageRejected", "Email message was rejected.")
    if operation == "transact_write_items":
        code = "TransactionConflict" if fault == "conflict" else "ThrottlingError"
        reasons = [{"Code": code}, *({"Code": "None"} for _ in parameters["TransactItems"][1:])]
        return client_error(name, "TransactionCanceledException", members={"CancellationReasons": reasons})
    if fault == "conflict":
        return client_error(name, "TransactionConflictException", "Transaction is ongoing for the item")
    status = 429 if service in ("ses", "sns") else 400
    return client_error(name, _THROTTLED[service], "Rate exceeded", status=status)


def _paused() -> Exception:
    return client_error("SendEmail", "SendingPausedException", "Email sending is disabled.")


class FaultyClient:
    """A modelled client whose every call passes a boundary."""

    def __init__(self, boundaries: Boundaries, service: str, model: Any) -> None:
        for operation in OPERATIONS[service]:
            setattr(self, operation, partial(boundaries.call, model, service, operation))

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{name} is not modelled")
