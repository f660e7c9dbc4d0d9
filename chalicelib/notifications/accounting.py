"""Accounts for the enquiries of two days: who has been told of each, by the rows of the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from pydantic import ValidationError

from chalicelib.context import AppContext
from chalicelib.errors import NotFound
from chalicelib.models.accounts import ACCOUNTS, Account, account_of
from chalicelib.storage.enquiries import load_enquiry
from chalicelib.storage.listings import ReceivedEnquiry, received_between
from chalicelib.storage.outbox import read_rows

LOOKS_BACK = timedelta(hours=48)
YOUNGEST = timedelta(minutes=5)
"""Younger enquiries are left alone: their first alerts are on their way, and the index may not list them yet."""
MAX_ENQUIRIES = 1_500
"""What one run reads within the Lambda timeout, at about 8 ms each; those in quarantine cost nothing."""


@dataclass(frozen=True)
class Accounts:
    """The account of each enquiry, by its id, oldest first. `left_out` is how many of the oldest were too many for one
    run; earlier runs have seen them. `unreadable` rows were of no help."""

    by_enquiry: Mapping[str, Account]
    left_out: int = 0
    unreadable: int = 0

    def counts(self) -> dict[str, int]:
        """How many enquiries each account holds, none left out."""
        accounts = list(self.by_enquiry.values())
        return {account: accounts.count(account) for account in ACCOUNTS}

    def enquiries(self, account: Account) -> list[str]:
        """The ids of the enquiries in one account."""
        return [enquiry_id for enquiry_id, its_account in self.by_enquiry.items() if its_account == account]


def take_accounts(context: AppContext, limit: int = MAX_ENQUIRIES) -> Accounts:
    """Find the account of every enquiry that came in within 48 hours and more than 5 minutes ago. Changes nothing. At
    most `limit` enquiries outside quarantine are looked at, the youngest."""
    now = context.clock()
    received = list(received_between(context.table, now - LOOKS_BACK, now - YOUNGEST))
    to_look_at = [listed.id for listed in received if listed.status != "quarantined"]
    left_out = frozenset(to_look_at[: max(0, len(to_look_at) - limit)])
    found = {listed.id: _account(context, listed) for listed in received if listed.id not in left_out}
    by_enquiry = {enquiry_id: account for enquiry_id, (account, _) in found.items() if account is not None}
    return Accounts(by_enquiry, len(left_out), sum(unreadable for _, unreadable in found.values()))


def _account(context: AppContext, listed: ReceivedEnquiry) -> tuple[Account | None, int]:
    """The account, and how many rows cannot be read. None for an enquiry that has been erased: the list lags behind the
    table. An enquiry that itself cannot be read stays unaccounted."""
    if listed.status == "quarantined":
        return "quarantined", 0
    rows, unreadable = read_rows(context.table, listed.id)
    account = account_of(listed.status, rows, context.clock())
    if account != "unaccounted":
        return account, unreadable
    try:
        status = load_enquiry(context.table, listed.id).status
    except NotFound:
        return None, unreadable
    except ValidationError:
        status = listed.status
    return account_of(status, rows, context.clock()), unreadable
