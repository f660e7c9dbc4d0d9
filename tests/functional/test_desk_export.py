"""Export and audit at the desk: what a manager takes away is whole, and who searched and exported is written down."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.context import AppContext
from chalicelib.desk import export_views
from chalicelib.desk.__main__ import main
from chalicelib.errors import StatusConflict
from chalicelib.export.enquiry_columns import COLUMNS
from chalicelib.models.answers import Answers
from chalicelib.models.enquiry import Enquiry
from chalicelib.storage.audit_days import audited_users
from chalicelib.storage.enquiries import enquiry_item
from chalicelib.storage.history import audit_of, history_of
from chalicelib.storage.table import enquiry_key, event_key, marshal, reference_key
from tests.builders import RECEIVED_AT, a_contact, a_submission, an_enquiry
from tests.conftest import SettableClock
from tests.desk_site import MANAGER, STAFF, DeskSite
from tests.website import Answer, Website

DAYS = {"from": "2026-03-01", "to": "2026-03-31"}
PAGE = "/desk/export?from=2026-03-01&to=2026-03-31"
_FORM = re.compile(r'<form method="post" action="[^"]*/desk/export">(.*?)</form>', re.DOTALL)
_FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


def put(context: AppContext, number: int, message: str = "Please call", **contact: Any) -> Enquiry:
    """One enquiry an hour."""
    enquiry = an_enquiry(
        id=f"enquiry-{number:05d}",
        reference=f"K7F-{number:04d}",
        received_at=RECEIVED_AT + timedelta(hours=number),
        submission=a_submission(contact=a_contact(**contact), answers=Answers(message=message)),
    )
    known_by = {**reference_key(enquiry.reference), "enquiry_id": enquiry.id}
    for item in (enquiry_item(enquiry), known_by):
        context.table.client.put_item(TableName=context.table.name, Item=marshal(item))
    return enquiry


def parts(page: Answer) -> list[dict[str, str]]:
    """What each button of a page sends."""
    return [dict(_FIELD.findall(form)) for form in _FORM.findall(page.text)]


def read(file: Answer) -> list[dict[str, str]]:
    """The rows of a file, by column."""
    return list(csv.DictReader(io.StringIO(file.text.removeprefix("\ufeff"), newline=""), strict=True))


def facts_of(context: AppContext, user: str) -> list[dict[str, str]]:
    return [link.facts for link in history_of(context.table, audit_of(user, context.clock().date()))]


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_views, "MOST_ROWS", 4)


@pytest.fixture(autouse=True)
def _end_of_march(clock: SettableClock, site: Website) -> Iterator[None]:  # noqa: ARG001
    clock.advance(days=20)
    return iter(())


@pytest.mark.usefixtures("small_parts")
def test_the_parts_hold_every_enquiry_once_and_say_how_many(context: AppContext, manager_site: DeskSite) -> None:
    stored = [put(context, number) for number in range(10)]
    page = manager_site.get(PAGE)
    files = [manager_site.post("/desk/export", part) for part in parts(page)]
    rows = [row for file in files for row in read(file)]

    assert "10 enquiries" in page.text
    assert ["4", "4", "2"] == [file.headers["x-row-count"] for file in files]
    assert [each.reference for each in stored] == [row["reference"] for row in rows]
    assert list(COLUMNS) == list(rows[0])


def test_a_file_is_named_and_typed_and_kept_by_nobody(context: AppContext, manager_site: DeskSite) -> None:
    put(context, 0)
    (part,) = parts(manager_site.get(PAGE))
    file = manager_site.post("/desk/export", part)

    assert "text/csv; charset=utf-8; header=present" == file.headers["content-type"]
    assert "no-store" == file.headers["cache-control"]
    wanted = 'attachment; filename="enquiries_2026-03-02T150000Z_2026-03-02T150000Z_1-rows.csv"'
    assert wanted == file.headers["content-disposition"]


def test_what_somebody_typed_stays_text(context: AppContext, manager_site: DeskSite) -> None:
    put(context, 0, message='=cmd|" /C calc"!A0', name="@SUM(1)", phone="+1 202 555 0123")
    (part,) = parts(manager_site.get(PAGE))
    (row,) = read(manager_site.post("/desk/export", part))

    assert ("'@SUM(1)", "'+1 202 555 0123") == (row["name"], row["phone"])
    assert '\'=cmd|" /C calc"!A0' == row["message"]


def test_a_day_is_one_of_the_clinic(context: AppContext, manager_site: DeskSite) -> None:
    put(context, 13)  # 4:00 on March 3 in UTC, 23:00 on March 2 in New York
    found = [
        len(parts(manager_site.get(f"/desk/export?from={day}&to={day}")))
        for day in ("2026-03-01", "2026-03-02", "2026-03-03")
    ]

    assert [0, 1, 0] == found


@pytest.mark.parametrize("act", ["add", "erase"])
def test_a_part_that_has_changed_is_not_given(context: AppContext, manager_site: DeskSite, act: str) -> None:
    put(context, 0)
    put(context, 5)
    (part,) = parts(manager_site.get(PAGE))
    if act == "add":
        put(context, 3)
    else:
        context.table.client.delete_item(TableName=context.table.name, Key=marshal(enquiry_key("enquiry-00000")))
    refused = manager_site.post("/desk/export", part)
    (again,) = parts(refused)

    assert 409 == refused.status
    assert [] == facts_of(context, MANAGER.user)
    assert 200 == manager_site.post("/desk/export", again).status


def test_a_part_that_is_too_large_for_an_answer_is_divided(
    context: AppContext, manager_site: DeskSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        put(context, number, message="ü" * 2_000)
    monkeypatch.setattr(export_views, "MOST_BYTES", 30_000)
    (part,) = parts(manager_site.get(PAGE))
    refused = manager_site.post("/desk/export", part)
    files = [manager_site.post("/desk/export", smaller) for smaller in parts(refused)]

    assert 413 == refused.status
    assert [(200, "2"), (200, "2")] == [(file.status, file.headers["x-row-count"]) for file in files]


@pytest.mark.parametrize(
    "days",
    [
        "from=&to=",
        "from=x&to=y",
        "from=2026-03-02&to=2026-03-01",
        "from=2025-01-01&to=2026-03-01",
        "from=0001-01-01&to=9999-12-31",
        "to=2026-03-01",
    ],
)
def test_days_that_are_none_are_refused_in_plain_words(manager_site: DeskSite, days: str) -> None:
    page = manager_site.get(f"/desk/export?{days}")

    assert 422 == page.status
    assert "at most 366 days" in page.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"since": "x"},
        {"until": ""},
        {"until": "2026-03-02T15:00:00"},
        {"until": "9999-12-31T23:59:59Z"},
        {"rows": "0"},
        {"rows": "-1"},
        {"rows": "99999"},
        {"rows": "١"},
        {"until": "2020-01-01T00:00:00Z"},
    ],
)
def test_a_part_that_no_page_offered_is_refused(
    context: AppContext, manager_site: DeskSite, wrong: dict[str, str]
) -> None:
    put(context, 0)
    (part,) = parts(manager_site.get(PAGE))
    refused = manager_site.post("/desk/export", {**part, **wrong})

    assert 422 == refused.status
    assert [part] == parts(refused)


def test_an_export_that_cannot_be_written_down_is_not_made(
    context: AppContext, manager_site: DeskSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: object, **_facts: str) -> None:
        raise StatusConflict("others were faster")

    put(context, 0)
    (part,) = parts(manager_site.get(PAGE))
    monkeypatch.setattr(export_views, "record_use", refuse)
    refused = manager_site.post("/desk/export", part)

    assert 503 == refused.status
    assert "could not be written down" in refused.text


def test_an_export_and_a_search_stand_in_the_audit(
    context: AppContext, manager_site: DeskSite, staff_site: DeskSite
) -> None:
    put(context, 0)
    (part,) = parts(manager_site.get(PAGE))
    manager_site.post("/desk/export", part)
    for typed in ("ann@mail.example", "202 555 0123", "Ann", "K7F-0000", "x", "no@address", ""):
        staff_site.post("/desk/search", {"q": typed})
    page = manager_site.get("/desk/audit").text
    day = context.clock().date()

    assert [MANAGER.user, STAFF.user] == audited_users(context.table, day)
    assert [{"since": part["since"], "until": part["until"], "rows": "1"}] == facts_of(context, MANAGER.user)
    assert ["email", "phone", "name", "reference"] == [facts["what"] for facts in facts_of(context, STAFF.user)]
    assert "Exported enquiries, received from 2026-03-02 10:00 to 2026-03-02 10:00: 1" in page
    assert "Searched by e-mail address: 0 found" in page
    assert 2 == page.count("This record is whole")


def test_no_word_of_a_search_stands_in_the_audit(context: AppContext, staff_site: DeskSite) -> None:
    staff_site.post("/desk/search", {"q": "Ann"})
    staff_site.post("/desk/search", {"q": "ANN "})
    (first, second) = facts_of(context, STAFF.user)

    assert first["words_hash"] == second["words_hash"]
    assert re.fullmatch(r"[0-9a-f]{64}", first["words_hash"])
    assert "ann" not in str(first).lower()


def test_an_audit_that_was_tampered_with_says_so(
    context: AppContext, staff_site: DeskSite, manager_site: DeskSite
) -> None:
    for typed in ("Ann", "Bob", "Cid"):
        staff_site.post("/desk/search", {"q": typed})
    owner = audit_of(STAFF.user, context.clock().date())
    context.table.client.delete_item(TableName=context.table.name, Key=marshal(event_key(owner, 2)))
    page = manager_site.get("/desk/audit").text

    assert "entry 2 of 2026-03-22 (UTC) does not hold" in page


def test_the_audit_of_another_day_or_person_is_empty(staff_site: DeskSite, manager_site: DeskSite) -> None:
    staff_site.post("/desk/search", {"q": "Ann"})

    assert "Nobody searched" in manager_site.get("/desk/audit?day=2026-03-21").text
    assert "Nobody searched" in manager_site.get("/desk/audit?user=other@example.com").text
    assert "Searched by name" in manager_site.get("/desk/audit?day=2026-03-22&user=Staff@example.com").text
    assert 422 == manager_site.get("/desk/audit?day=yesterday").status


def test_a_busy_day_shows_its_latest(context: AppContext, manager_site: DeskSite) -> None:
    for number in range(203):
        export_views.record_use(context, "searched", STAFF.user, what="name", found=str(number))
    page = manager_site.get("/desk/audit")

    assert "The latest 200 of 203." in page.text
    assert page.text.index("name: 202 found") < page.text.index("name: 3 found")
    assert "name: 2 found" not in page.text
    assert 100_000 > len(page.text)


def test_the_command_that_verifies_reads_every_audit(
    context: AppContext, staff_site: DeskSite, environment: dict[str, str], clock: SettableClock
) -> None:
    staff_site.post("/desk/search", {"q": "Ann"})
    owner = audit_of(STAFF.user, context.clock().date())
    whole, broken = io.StringIO(), io.StringIO()
    codes = [main(["verify"], environment, whole, whole, clock)]
    context.table.client.delete_item(TableName=context.table.name, Key=marshal(event_key(owner, 1)))
    codes.append(main(["verify"], environment, broken, broken, clock))

    assert [0, 1] == codes
    assert "1 history verified, none broken." in whole.getvalue()
    assert f"BROKEN {STAFF.user} 2026-03-22, link 1" in broken.getvalue()
