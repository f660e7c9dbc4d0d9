"""The histories of enquiries on the command line, and the marks of staff in the logs: `python -m chalicelib.desk`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, timedelta
from functools import partial
from typing import TextIO

from chalicelib.context import AppContext
from chalicelib.desk.account_marks import mark_of
from chalicelib.errors import NotFound
from chalicelib.models.history_chain import Break, Why
from chalicelib.notifications.command_line import CannotRun, Command, Program
from chalicelib.storage.audit_days import audited_users, verify_audit
from chalicelib.storage.enquiries import enquiry_id_of
from chalicelib.storage.erasure import erased_between
from chalicelib.storage.history import verify_history
from chalicelib.storage.listings import received_between

USAGE = """usage: python -m chalicelib.desk verify [REFERENCE ... | USER@EXAMPLE.COM ...]
       python -m chalicelib.desk mark USER@EXAMPLE.COM ...

verify     read the histories of all enquiries of the last 366 days, erased ones too, and what
           staff searched, exported, erased and set on each of them, or only those named, link by
           link, and name the first broken link of each; an e-mail address names what that member
           of staff searched, exported, erased and set; exit 1 when one is broken
mark       say what stands for a member of staff in the field `account` of the logs

The environment says where: STAGE, and AWS_PROFILE, AWS_REGION and the like."""

PERIOD = timedelta(days=366)
_WHY: Mapping[Why, str] = {
    "missing": "it is not there, or stands elsewhere",
    "out_of_place": "it does not follow the one before it",
    "text_changed": "its text is another than was written",
    "changed": "its kind, its person or its time is another than was written",
    "erased_unsaid": "its text is gone, and no event says that it was erased",
    "cut_off": "the history ends elsewhere than was written",
    "other_beginning": "it is not how the enquiry came in",
}

Named = tuple[str, Callable[[], Break | None]]
"""What it is called, and what verifies it."""


def _command(argv: Sequence[str]) -> Command:
    if len(argv) > 1 and argv[0] == "mark" and all("@" in given for given in argv[1:]):
        return lambda context, stdout: _show_marks(context, argv[1:], stdout)
    if not argv or argv[0] != "verify" or any(given.startswith("-") for given in argv):
        raise CannotRun("say `verify [REFERENCE ... | USER ...]` or `mark USER ...`; --help explains")
    return lambda context, stdout: _verify(_named(context, argv[1:]) if argv[1:] else _received(context), stdout)


def _show_marks(context: AppContext, users: Sequence[str], stdout: TextIO) -> int:
    for user in users:
        print(f"{user} {mark_of(context, user) or '(the key of the stage cannot be read)'}", file=stdout)
    return 0


def _verify(named: Iterable[Named], stdout: TextIO) -> int:
    read, broken = 0, 0
    for name, verify in named:
        read += 1
        found = verify()
        if found is not None:
            broken += 1
            print(_in_words(name, found), file=stdout)
    histories = "1 history" if read == 1 else f"{read} histories"
    print(f"{histories} verified, {broken or 'none'} broken.", file=stdout)
    return 1 if broken else 0


def _in_words(name: str, found: Break) -> str:
    return f"BROKEN {name}, link {found.number}: {_WHY[found.why]}"


def _received(context: AppContext) -> Iterator[Named]:
    now = context.clock()
    for each in received_between(context.table, now - PERIOD, now):
        yield each.reference, partial(verify_history, context.table, each.id)
    for erased in erased_between(context.table, now - PERIOD, now):
        yield erased.reference, partial(verify_history, context.table, erased.id)
    for day in _days(context):
        for user in audited_users(context.table, day):
            yield f"{user} {day}", partial(verify_audit, context.table, user, day)


def _named(context: AppContext, references: Sequence[str]) -> list[Named]:
    """All are looked up before the first is verified."""
    return [each for given in references for each in (_audits if "@" in given else _enquiry)(context, given)]


def _enquiry(context: AppContext, reference: str) -> list[Named]:
    return [(reference.upper(), partial(verify_history, context.table, _id_of(context, reference)))]


def _audits(context: AppContext, user: str) -> list[Named]:
    """One for each day; that of a day without any is empty, and holds."""
    return [(f"{user} {day}", partial(verify_audit, context.table, user.lower(), day)) for day in _days(context)]


def _days(context: AppContext) -> list[date]:
    """UTC days, latest first."""
    today = context.clock().astimezone(UTC).date()
    return [today - timedelta(days=ago) for ago in range(PERIOD.days)]


def _id_of(context: AppContext, reference: str) -> str:
    try:
        return enquiry_id_of(context.table, reference.upper())
    except NotFound:
        raise CannotRun(f"there is no enquiry {reference}") from None


PROGRAM = Program("desk", USAGE, _command)
main = PROGRAM.run

if __name__ == "__main__":
    PROGRAM.start()
