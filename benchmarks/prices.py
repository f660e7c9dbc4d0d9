"""Prices and times that `make cost` reckons with: general knowledge and assumptions, so look before you rely on them.

Prices: list prices in US dollars, us-east-1, as of November 2026, without taxes. `free` is what AWS gives every account
each month for good; the allowances of an account's first year are left out. https://aws.amazon.com/pricing/"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

GB = 1024**3
MILLION = 1_000_000


@dataclass(frozen=True)
class Price:
    """`usd` for each `unit` of what is counted, of which `free` units a month cost nothing."""

    what: str
    unit: str
    usd: float
    free: float = 0

    def of(self, amount: float, *, free: bool = False) -> float:
        """Dollars for an amount of a month; with `free` what is left of the account's allowance is taken off."""
        return max(0.0, amount - (self.free if free else 0)) * self.usd


PRICES = {
    "write units": Price("DynamoDB, writes", "units", 0.625 / MILLION),
    "read units": Price("DynamoDB, reads", "units", 0.125 / MILLION),
    "stored GB": Price("DynamoDB, storage", "GB-months", 0.25, free=25),
    "recoverable GB": Price("DynamoDB, point-in-time recovery", "GB-months", 0.20),
    "runs": Price("Lambda, requests", "runs", 0.20 / MILLION, free=MILLION),
    "GB-seconds": Price("Lambda, time (arm64)", "GB-seconds", 0.0000133334, free=400_000),
    "requests": Price("API Gateway (REST)", "requests", 3.50 / MILLION),
    "SQS": Price("SQS", "requests", 0.40 / MILLION, free=MILLION),
    "SNS": Price("SNS", "requests", 0.50 / MILLION, free=MILLION),
    "mails": Price("SES", "recipients", 0.10 / 1000),
    "log GB": Price("CloudWatch, logs taken in", "GB", 0.50, free=5),
    "kept log GB": Price("CloudWatch, logs kept", "GB-months", 0.03, free=5),
    "alarm metrics": Price("CloudWatch, alarms", "metrics in alarms", 0.10, free=10),
    "own metrics": Price("CloudWatch, metrics of our own", "metrics", 0.30, free=10),
    "dashboards": Price("CloudWatch, dashboards", "dashboards", 3.00, free=3),
    "keys": Price("KMS, key", "keys", 1.00),
    "key requests": Price("KMS, requests", "requests", 0.03 / 10_000, free=20_000),
    "budgets": Price("Budgets", "budgets", 0.0),
    "schedules": Price("EventBridge, schedules", "firings", 0.0),
}

OWN_MS = 20
"""What a run computes by itself: an accept takes 2 ms of a whole core (`make bench`), a page of the desk more, and
1,024 MB have 0.58 of a core."""
ANSWER_MS = {
    "get_item": 5,
    "batch_get_item": 8,
    "query": 8,
    "put_item": 8,
    "update_item": 8,
    "delete_item": 8,
    "transact_write_items": 20,
    "send_message_batch": 15,
    "get_queue_url": 10,
    "send_email": 80,
    "publish": 30,
}
"""How long AWS takes to answer within a region: assumed, the larger end of what is usual."""
COLD_MS = 1_000
"""What a new instance adds."""
WARM_FOR = timedelta(minutes=5)
"""How long an instance is kept after its last run: AWS promises nothing."""
MEMORY_GB = 1.0
"""`lambda_memory_size` of `.chalice/config.json`."""
IDLE_POLLS_A_MINUTE = 15
"""Of one queue: Lambda asks an empty one with five pollers, each waiting 20 seconds."""
LINE_EXTRA_BYTES = 26
"""What CloudWatch adds to each line."""


@dataclass(frozen=True)
class LambdaLines:
    """Bytes of the lines that are not ours."""

    own: int
    access: int


_ID = "00000000-0000-0000-0000-000000000000"
_OWN = (
    f"START RequestId: {_ID} Version: $LATEST\n",
    f"END RequestId: {_ID}\n",
    f"REPORT RequestId: {_ID}\tDuration: 100.00 ms\tBilled Duration: 100 ms\tMemory Size: 1024 MB\t"
    "Max Memory Used: 120 MB\t\n",
)
_ACCESS = (
    f'{{"request_id": "{_ID}", "route": "POST /enquiries", "status": "200", "latency_ms": "100", "function_ms": "90", '
    '"answered_by_gateway": "-"}'
)
LAMBDA_LINES = LambdaLines(own=sum(map(len, _OWN)), access=len(_ACCESS))
HOURS_A_MONTH = 730
