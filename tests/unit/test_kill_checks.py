"""The checks after a run of kills see what they are there for."""

from __future__ import annotations

from typing import Any

import pytest

from simulation.kill_checks import Post, Remains, violations

ANSWER = {"id": "id-1", "reference": "K7F-3Q9M"}


def a_post(**overrides: Any) -> Post:
    """Answered once."""
    fields = {"name": "Ann", "email": "ann@mail.example", "message": "Please call me."}
    return Post(**{"key": "visitor-1", "fields": fields, "answers": [ANSWER], **overrides})


def an_enquiry_row(**overrides: Any) -> dict[str, Any]:
    """As it was sent."""
    contact = {"name": "Ann", "email": "ann@mail.example"}
    submission = {"contact": contact, "answers": {"message": "Please call me."}}
    return {"sk": "ENQUIRY", **ANSWER, "submission": submission, **overrides}


def a_row(kind: str, **overrides: Any) -> dict[str, Any]:
    """Delivered."""
    return {"owner": "id-1", "sk": f"NOTIFICATION#{kind}", "kind": kind, "status": "delivered", **overrides}


def a_mail(kind: str) -> dict[str, Any]:
    return {"kind": kind, "reference": "K7F-3Q9M"}


def remains(**overrides: Any) -> Remains:
    """All is well."""
    values: dict[str, Any] = {
        "rows": [an_enquiry_row(), a_row("staff_alert"), a_row("acknowledgement")],
        "mails": [a_mail("staff_alert"), a_mail("acknowledgement")],
        "waiting": {"notifications": 0},
        "dead": 0,
    }
    return Remains(**{**values, **overrides})


ROWS, MAILS = list(remains().rows), list(remains().mails)


def test_nothing_is_wrong_where_all_is_well() -> None:
    assert violations([a_post()], remains(), kills=1) == []


def test_test_enquiry_is_nobodys() -> None:
    canary = an_enquiry_row(id="id-2", is_test=True)

    assert violations([a_post()], remains(rows=[*ROWS, canary]), kills=1) == []


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (remains(rows=ROWS[1:]), "0 enquiries"),
        (remains(rows=[*ROWS, an_enquiry_row(id="id-2")]), "2 enquiries"),
        (remains(rows=[an_enquiry_row(reference="XXX-XXXX"), *ROWS[1:]]), "another than was stored"),
        (remains(mails=MAILS[1:]), "nobody at the clinic was told"),
        (remains(mails=MAILS[:1]), "0 acknowledgements"),
        (remains(mails=[*MAILS, MAILS[1], MAILS[1]]), "3 acknowledgements"),
        (remains(mails=[*MAILS, *[MAILS[0]] * 4]), "4 mails repeated"),
        (remains(rows=[*ROWS, a_row("on_call_alert", status="pending")]), "is pending"),
        (remains(rows=[*ROWS, a_row("on_call_alert", status="failed")]), "is failed"),
        (remains(rows=[*ROWS, a_row("reminder", status="sent")]), "no event has told"),
        (remains(waiting={"notifications": 2}), "2 messages wait"),
    ],
)
def test_each_loss_is_seen(found: Remains, expected: str) -> None:
    assert expected in " ".join(violations([a_post()], found, kills=1))


def test_post_that_was_never_answered_is_seen() -> None:
    assert "answered with 0 references" in " ".join(violations([a_post(answers=[])], remains(), kills=1))


def test_answer_with_a_second_reference_is_seen() -> None:
    answers = [ANSWER, {"id": "id-1", "reference": "XXX-XXXX"}]

    assert "answered with 2 references" in " ".join(violations([a_post(answers=answers)], remains(), kills=1))


def test_enquiry_stored_otherwise_is_seen() -> None:
    post = a_post(fields={"name": "Ann", "email": "other@mail.example", "message": "Please call me."})

    assert "stored otherwise" in " ".join(violations([post], remains(), kills=1))
