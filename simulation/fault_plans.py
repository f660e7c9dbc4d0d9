"""Which faults there are, which of them make sense for which call, and plans of them.

| fault | effect | the caller sees | offered at |
|---|---|---|---|
| `error_before` | none | ConnectTimeoutError | every call |
| `timeout_before` | none | ReadTimeoutError | every call that writes |
| `timeout_after` | yes | ReadTimeoutError | every call that writes |
| `closed_after` | yes | ConnectionClosedError | every call that writes |
| `garbled` | yes | ResponseParserError, which is no BotoCoreError | every call |
| `throttle` | none | the service's own error for too many requests | every call |
| `crash_before` | none | `Killed`: the Lambda dies | every call |
| `crash_after` | yes | `Killed` | every call that writes |
| `slow_until_killed` | yes | 20 s later `Killed` | every call |
| `retried` | yes | the answer to botocore's own second attempt | single DynamoDB writes |
| `conflict` | none | TransactionConflict | DynamoDB writes |
| `stale_index` | – | what was true 5 seconds ago | queries, reads that are not consistent |
| `partial` | of a part | a batch of which the rest was not done | batches |
| `duplicate` | yes | the ordinary answer; the message comes twice | SQS |
| `reorder` | yes | the ordinary answer; messages in another order | SQS |
| `reject` | none | MessageRejected | SES |
| `account_stop` | none | SendingPausedException, for 10 minutes at every send | SES |

"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Literal, NamedTuple, get_args

Fault = Literal[
    "error_before",
    "timeout_before",
    "timeout_after",
    "closed_after",
    "garbled",
    "throttle",
    "crash_before",
    "crash_after",
    "slow_until_killed",
    "retried",
    "conflict",
    "stale_index",
    "partial",
    "duplicate",
    "reorder",
    "reject",
    "account_stop",
]
Plan = Mapping[int, Fault]
"""Faults by the number of the boundary that they fall on."""

OPERATIONS: Mapping[str, tuple[str, ...]] = {
    "dynamodb": (
        "transact_write_items",
        "put_item",
        "update_item",
        "delete_item",
        "get_item",
        "query",
        "batch_write_item",
        "batch_get_item",
    ),
    "sqs": (
        "send_message",
        "send_message_batch",
        "receive_message",
        "delete_message",
        "get_queue_url",
        "get_queue_attributes",
        "purge_queue",
    ),
    "ses": ("send_email",),
    "sns": ("publish",),
}
_READS = {"get_item", "query", "batch_get_item", "get_queue_url", "get_queue_attributes"}
_FOR_READS: tuple[Fault, ...] = ("error_before", "garbled", "throttle", "crash_before", "slow_until_killed")
_FOR_WRITES: tuple[Fault, ...] = (*_FOR_READS, "timeout_before", "timeout_after", "closed_after", "crash_after")
_SPECIAL: Mapping[str, tuple[Fault, ...]] = {
    "transact_write_items": ("conflict",),
    "put_item": ("conflict", "retried"),
    "update_item": ("conflict", "retried"),
    "delete_item": ("conflict", "retried"),
    "get_item": ("stale_index",),
    "query": ("stale_index",),
    "batch_write_item": ("partial",),
    "batch_get_item": ("partial",),
    "send_message": ("duplicate",),
    "send_message_batch": ("duplicate", "reorder", "partial"),
    "receive_message": ("duplicate", "reorder"),
    "delete_message": ("duplicate",),
    "send_email": ("reject", "account_stop"),
}


class Boundary(NamedTuple):
    """One call that was made. `may_lag`: it is a read whose answer may lie behind, because the caller said so."""

    number: int
    service: str
    operation: str
    may_lag: bool = False


class Strike(NamedTuple):
    """A fault that fell on a call and had its effect."""

    boundary: Boundary
    fault: Fault


@cache
def faults_for(service: str, operation: str, *, may_lag: bool = True) -> tuple[Fault, ...]:
    """The faults that make sense for a call. Raises KeyError for a call that is not modelled."""
    if operation not in OPERATIONS[service]:
        raise KeyError(operation)
    special = _SPECIAL.get(operation, ())
    if not may_lag:
        special = tuple(fault for fault in special if fault != "stale_index")
    return (_FOR_READS if operation in _READS else _FOR_WRITES) + special


def longer_plans(plan: Plan, trace: list[Boundary]) -> Iterator[Plan]:
    """Every plan with one fault more, later than those of `plan`, whose run left this trace. From the empty plan on,
    this reaches each sensible plan exactly once."""
    last = max(plan, default=-1)
    for boundary in trace[last + 1 :]:
        for fault in faults_for(boundary.service, boundary.operation, may_lag=boundary.may_lag):
            yield {**plan, boundary.number: fault}


def plan_line(plan: Plan) -> str:
    """A plan to print, `3:timeout_after 17:throttle`; `-` stands for no fault."""
    return " ".join(f"{number}:{fault}" for number, fault in sorted(plan.items())) or "-"


def read_plan(line: str) -> Plan:
    """The plan that `plan_line` printed. Raises ValueError."""
    plan: dict[int, Fault] = {}
    for word in line.split():
        number, _, fault = word.partition(":")
        if word == "-":
            continue
        if fault not in get_args(Fault):
            raise ValueError(f"no such fault: {fault or word}")
        plan[int(number)] = fault  # type: ignore[assignment]
    return plan
