"""Pokes the worker by SQS: best effort and bounded, because the outbox row is the truth and the sweeper the second
net."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from weakref import WeakKeyDictionary

from chalicelib.aws import Clients
from chalicelib.background import Running
from chalicelib.context import AppContext
from chalicelib.observability import failure_fields, log

MAX_BATCH = 10
"""SQS takes so many messages at once."""
MAX_DELAY_SECONDS = 900
"""SQS holds a message back no longer than this."""
FINISH_SECONDS = 1.5
"""The SQS client's own timeouts (0.5 s and 1 s), so that a thread that is given up has in truth ended."""

_looked_up: WeakKeyDictionary[Clients, str] = WeakKeyDictionary()


@dataclass(frozen=True)
class PokeInFlight:
    """A poke on its way beside the request; nothing runs when it could not be started."""

    running: Running | None

    def finish(self, timeout_seconds: float = FINISH_SECONDS) -> None:
        """Wait for the poke, not longer than the bound. Afterwards it counts for nothing: the thread is a daemon,
        and the sweeper finds what it left undone."""
        if self.running is not None:
            self.running.join(timeout_seconds)


def start_poke(context: AppContext, notification_ids: Sequence[str]) -> PokeInFlight:
    """Send the poke beside the transaction. It waits a second in SQS, and a worker that is still too early finds no
    row and drops it. Never raises."""
    try:
        # Here, not in the thread: a boto3 session must not make two clients at once.
        _ = context.clients.sqs
        return PokeInFlight(context.spawn(partial(poke, context, tuple(notification_ids)), "poke"))
    except Exception as error:
        _report(notification_ids, **failure_fields(error))
        return PokeInFlight(None)


def poke(context: AppContext, notification_ids: Sequence[str], delay_seconds: int = 1) -> int:
    """Ask for the delivery of at most 10 rows, in one call, and return how many SQS accepted. Never raises: a failure
    is a warning `poke failed` with `notification_ids`, `error_type`, `raised_at`, `codes`."""
    if not notification_ids:
        return 0
    entries = [
        {"Id": str(place), "MessageBody": message_body(notification_id), "DelaySeconds": delay_seconds}
        for place, notification_id in enumerate(notification_ids)
    ]
    try:
        answer = context.clients.sqs.send_message_batch(QueueUrl=queue_url(context), Entries=entries)
    except Exception as error:  # the enquiry is stored: nothing that happens here may change the answer
        _report(notification_ids, **failure_fields(error))
        return 0
    refused = answer.get("Failed", [])
    if refused:
        ids = [notification_ids[int(entry["Id"])] for entry in refused]
        _report(ids, codes=sorted({str(entry.get("Code")) for entry in refused}))
    return len(entries) - len(refused)


def message_body(notification_id: str) -> str:
    """What a poke says: the id, nothing else."""
    return json.dumps({"notification_id": notification_id})


def queue_url(context: AppContext) -> str:
    """The notification queue's URL: built from region and account, else looked up once for an instance."""
    settings, clients = context.settings, context.clients
    if settings.aws_account_id:
        domain = "amazonaws.com.cn" if clients.region.startswith("cn-") else "amazonaws.com"
        return f"https://sqs.{clients.region}.{domain}/{settings.aws_account_id}/{settings.notification_queue}"
    if clients not in _looked_up:
        _looked_up[clients] = str(clients.sqs.get_queue_url(QueueName=settings.notification_queue)["QueueUrl"])
    return _looked_up[clients]


def _report(notification_ids: Sequence[str], **fields: object) -> None:
    ids = list(notification_ids)
    log.warning("poke failed", extra={"notification_ids": ids, **fields})
