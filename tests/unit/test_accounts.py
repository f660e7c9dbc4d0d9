"""Every enquiry is in exactly one account, whatever its rows look like."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.models.accounts import ACCOUNTS, STALLED_AFTER, Account, account_of
from chalicelib.models.enquiry import Status
from chalicelib.models.notification import EnquiryKind, Notification, NotificationStatus
from tests.builders import RECEIVED_AT, a_notification

NOW = RECEIVED_AT + timedelta(hours=6)
STATUSES = get_args(Status)
ROW_STATUSES = get_args(NotificationStatus)
TOLD = {"sent", "delivered", "complained"}
LOST = {"failed", "bounced", "rejected"}

rows_of_one_enquiry = st.lists(
    st.builds(
        a_notification,
        kind=st.sampled_from(get_args(EnquiryKind)),
        round=st.integers(1, 3),
        status=st.sampled_from(ROW_STATUSES),
        due_at=st.sampled_from([NOW - timedelta(hours=2), NOW, NOW + timedelta(hours=3)]),
    ),
    max_size=8,
    unique_by=lambda row: row.name,
)


def rows(**statuses: NotificationStatus) -> list[Notification]:
    """Rows by kind, all due now."""
    return [a_notification(kind=kind, status=status, due_at=NOW) for kind, status in statuses.items()]


def definitions(status: Status, given_rows: list[Notification]) -> dict[Account, bool]:
    """Each account in words of its own, none in terms of another."""
    to_staff = [row for row in given_rows if row.kind not in ("acknowledgement", "desk_reply")]
    alert = [row for row in to_staff if (row.kind, row.round) == ("staff_alert", 1)]
    waits = status == "new"
    told = any(row.status in TOLD for row in to_staff)
    tried = any(
        row.status == "delayed" or (row.status == "pending" and NOW - row.due_at < STALLED_AFTER) for row in to_staff
    )
    lost = any(row.status in LOST for row in alert)
    return {
        "quarantined": status == "quarantined",
        "notified": status != "quarantined" and (not waits or told),
        "retrying": waits and not told and tried and bool(alert),
        "failed": waits and not told and not tried and lost,
        "unaccounted": waits and not told and (not alert or (not tried and not lost)),
    }


@given(st.sampled_from(STATUSES), rows_of_one_enquiry)
@example("new", [])
@example("quarantined", [])
def test_every_enquiry_is_in_exactly_one_account(status: Status, given_rows: list[Notification]) -> None:
    holding = [account for account, holds in definitions(status, given_rows).items() if holds]

    assert [account_of(status, given_rows, NOW)] == holding


@given(st.sampled_from(STATUSES), rows_of_one_enquiry, st.randoms())
def test_the_order_of_the_rows_does_not_matter(status: Status, given_rows: list[Notification], chance: object) -> None:
    shuffled = list(given_rows)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    assert account_of(status, given_rows, NOW) == account_of(status, shuffled, NOW)


def test_the_five_accounts_are_those_of_the_metrics() -> None:

    assert ("notified", "retrying", "failed", "quarantined", "unaccounted") == ACCOUNTS


@pytest.mark.parametrize("status", ROW_STATUSES)
def test_a_staff_alert_alone_decides_by_its_status(status: NotificationStatus) -> None:
    expected = {
        "pending": "retrying",
        "sent": "notified",
        "delayed": "retrying",
        "delivered": "notified",
        "rejected": "failed",
        "bounced": "failed",
        "complained": "notified",
        "failed": "failed",
        "suppressed": "unaccounted",
    }

    assert expected[status] == account_of("new", rows(staff_alert=status), NOW)


@pytest.mark.parametrize(
    "kind", [kind for kind in get_args(EnquiryKind) if kind not in ("staff_alert", "acknowledgement", "desk_reply")]
)
def test_any_other_message_to_staff_makes_up_for_a_failed_alert(kind: str) -> None:

    assert "notified" == account_of("new", rows(staff_alert="failed", **{kind: "sent"}), NOW)
    assert "retrying" == account_of("new", rows(staff_alert="failed", **{kind: "pending"}), NOW)
    assert "failed" == account_of("new", rows(staff_alert="failed", **{kind: "failed"}), NOW)
    assert "failed" == account_of("new", rows(staff_alert="bounced", **{kind: "suppressed"}), NOW)


def test_mail_to_the_person_tells_nobody_at_the_clinic() -> None:

    assert "unaccounted" == account_of("new", rows(acknowledgement="delivered"), NOW)
    assert "unaccounted" == account_of("new", rows(desk_reply="delivered"), NOW)
    assert "failed" == account_of("new", rows(staff_alert="failed", acknowledgement="delivered"), NOW)


def test_a_waiting_on_call_alert_does_not_stand_in_for_a_missing_staff_alert() -> None:

    assert "unaccounted" == account_of("new", rows(on_call_alert="pending"), NOW)
    assert "notified" == account_of("new", rows(on_call_alert="sent"), NOW)


def test_what_staff_have_acted_on_needs_no_message_any_more() -> None:

    assert "notified" == account_of("acknowledged", rows(staff_alert="failed"), NOW)


def test_a_row_that_has_been_due_for_an_hour_is_not_being_retried() -> None:
    due_at = NOW - STALLED_AFTER

    assert "unaccounted" == account_of("new", [a_notification(due_at=due_at)], NOW)
    assert "retrying" == account_of("new", [a_notification(due_at=due_at + timedelta(seconds=1))], NOW)
