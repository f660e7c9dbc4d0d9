"""The second net: every minute, each outbox row whose time has come is poked again."""

from __future__ import annotations

from chalicelib.context import AppContext
from chalicelib.notifications.relay import MAX_BATCH, poke
from chalicelib.observability import log
from chalicelib.storage.outbox import due_notifications

MAX_ROWS = 200
"""What one run pokes: 20 calls fit well into the Lambda timeout. Rows that are worked on leave the head of the list,
so the next run takes the next ones."""


def sweep_outbox(context: AppContext) -> int:
    """Poke every due row, oldest first, and return how many SQS accepted. When SQS takes nothing it stops: the rows
    are still due in a minute. Log line `outbox swept` with `due` and `poked` when there was something to
    do."""
    due = due_notifications(context.table, context.clock(), limit=MAX_ROWS)
    ids = [f"{owner}_{name}" for owner, name in due]
    poked = 0
    for start in range(0, len(ids), MAX_BATCH):
        accepted = poke(context, ids[start : start + MAX_BATCH], delay_seconds=0)
        poked += accepted
        if not accepted:
            break
    if ids:
        log.info("outbox swept", extra={"due": len(ids), "poked": poked})
    return poked
