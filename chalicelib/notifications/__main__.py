"""Messages that did not go out, on the command line: `python -m chalicelib.notifications`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TextIO

from chalicelib.context import AppContext
from chalicelib.models.accounts import ACCOUNTS
from chalicelib.models.notification import Notification, split_notification_id
from chalicelib.notifications.accounting import take_accounts
from chalicelib.notifications.command_line import CannotRun, Command, Program
from chalicelib.notifications.dead_letters import Redriven, redrive
from chalicelib.notifications.mail_events import UnusableEvent, read_mail_event
from chalicelib.notifications.relay import MAX_BATCH, poke
from chalicelib.notifications.worker import notification_id_of
from chalicelib.storage.outbox import failed_notifications, load_notification, send_again

USAGE = """usage: python -m chalicelib.notifications failed [--json]
       python -m chalicelib.notifications resend NOTIFICATION_ID ... | --all
       python -m chalicelib.notifications redrive
       python -m chalicelib.notifications reconcile

failed     list the messages that could not be sent: when, attempts, why, id
resend     put failed messages back among those that wait, with all their attempts;
           exit 1 when one that was named has not failed
redrive    move the messages of both dead-letter queues back to the queues they came from
reconcile  count the enquiries of the last 48 hours by account; nothing is changed

The environment says where: STAGE, and AWS_PROFILE, AWS_REGION and the like."""

_COLUMNS = "{:<23}  {:>8}  {:<28}  {}"


def _command(argv: Sequence[str]) -> Command:
    match list(argv):
        case ["failed"]:
            return _list_failed
        case ["failed", "--json"]:
            return _list_failed_as_json
        case ["resend", "--all"]:
            return _resend_all
        case ["resend", *ids] if ids and not any(given.startswith("-") for given in ids):
            keys = [_row_key(given) for given in ids]
            return lambda context, stdout: _resend(context, keys, stdout)
        case ["redrive"]:
            return _redrive
        case ["reconcile"]:
            return _reconcile
    raise CannotRun("say `failed [--json]`, `resend ID ...`, `resend --all`, `redrive` or `reconcile`; --help explains")


def _row_key(given: str) -> tuple[str, str]:
    try:
        return split_notification_id(given)
    except ValueError:
        raise CannotRun(f"{given} is no notification id; `failed` lists them") from None


def _list_failed(context: AppContext, stdout: TextIO) -> int:
    rows = list(_failed_rows(context))
    if not rows:
        print("No message has failed.", file=stdout)
        return 0
    print(_COLUMNS.format("failed at", "attempts", "why", "notification id"), file=stdout)
    for row in rows:
        when = f"{row.due_at:%Y-%m-%d %H:%M:%S} UTC"
        print(_COLUMNS.format(when, row.attempts, row.last_error, row.notification_id), file=stdout)
    return 0


def _list_failed_as_json(context: AppContext, stdout: TextIO) -> int:
    facts = [
        {
            "notification_id": row.notification_id,
            "kind": row.kind,
            "code": row.last_error,
            "failed_at": row.due_at.isoformat(),
            "attempts": row.attempts,
        }
        for row in _failed_rows(context)
    ]
    print(json.dumps(facts), file=stdout)
    return 0


def _failed_rows(context: AppContext) -> Iterator[Notification]:
    """The index lags behind, so each row says for itself that it has failed; `due_at` is then when."""
    for owner, name in failed_notifications(context.table):
        row = load_notification(context.table, owner, name)
        if row is not None and row.status == "failed":
            yield row


def _resend_all(context: AppContext, stdout: TextIO) -> int:
    # All are read before the first leaves the index that lists them.
    _resend(context, [(row.owner, row.name) for row in list(_failed_rows(context))], stdout)
    return 0


def _resend(context: AppContext, keys: Sequence[tuple[str, str]], stdout: TextIO) -> int:
    waiting: list[str] = []
    for owner, name in keys:
        put_back = send_again(context.table, owner, name, context.clock())
        print(f"{'sent again' if put_back else 'has not failed, left alone'}: {owner}_{name}", file=stdout)
        waiting += [f"{owner}_{name}"] if put_back else []
    poked = sum(poke(context, waiting[start : start + MAX_BATCH], 0) for start in range(0, len(waiting), MAX_BATCH))
    print(f"{_messages(len(waiting))} put back; {_who_sends(poked, len(waiting))}", file=stdout)
    return 0 if len(waiting) == len(keys) else 1


def _who_sends(poked: int, waiting: int) -> str:
    if poked == waiting:
        return "the worker has been called." if waiting else "there was nothing to do."
    return "the worker could not be called for all of them, the sweeper does it within a minute."


def _redrive(context: AppContext, stdout: TextIO) -> int:
    settings = context.settings
    for queue, is_readable in (
        (settings.notification_queue, _is_poke),
        (settings.mail_events_queue, lambda body: _is_mail_event(context, body)),
    ):
        print(_redriven_in_words(redrive(context, queue, is_readable)), file=stdout)
    return 0


def _redriven_in_words(redriven: Redriven) -> str:
    left = [
        words
        for count, words in (
            (redriven.unreadable, f"{redriven.unreadable} unreadable"),
            (redriven.refused, f"{redriven.refused} not taken, try again"),
        )
        if count
    ]
    stays = f"; left in {redriven.queue}-dead: {', '.join(left)}" if left else ""
    return f"{redriven.queue}: {_messages(redriven.moved)} moved back{stays}."


def _is_poke(body: str) -> bool:
    try:
        notification_id_of(body)
    except ValueError:
        return False
    return True


def _is_mail_event(context: AppContext, body: str) -> bool:
    try:
        read_mail_event(body, context.settings, context.clients.region)
    except UnusableEvent:
        return False
    return True


def _reconcile(context: AppContext, stdout: TextIO) -> int:
    accounts = take_accounts(context)
    print("Enquiries of the last 48 hours, without the last 5 minutes:", file=stdout)
    for account in ACCOUNTS:
        print(f"{account:<12} {accounts.counts()[account]:>6}", file=stdout)
        if account in ("failed", "unaccounted"):
            for enquiry_id in accounts.enquiries(account):
                print(f"  {enquiry_id}", file=stdout)
    if accounts.left_out:
        print(f"{accounts.left_out} older ones were too many to look at.", file=stdout)
    return 0


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count} messages"


PROGRAM = Program("notifications", USAGE, _command)
main = PROGRAM.run

if __name__ == "__main__":
    PROGRAM.start()
