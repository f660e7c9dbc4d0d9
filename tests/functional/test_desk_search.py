"""Search by reference, address, number and name; the look-ups that it reads, and earlier enquiries of one person."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

import app as app_module
from chalicelib.context import AppContext, context_from
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.history_chain import HistoryEvent
from chalicelib.schedules.reconciliation import reconcile_enquiries
from chalicelib.storage.enquiries import change_enquiry, load_enquiry, save_enquiry
from chalicelib.storage.lookups import MAX_FOUND, add_missing_lookups, earlier_of, lookup_items
from chalicelib.storage.searches import load_search
from chalicelib.storage.sessions import session_hash
from chalicelib.storage.table import SETTINGS_KEY, marshal
from tests.builders import RECEIVED_AT, a_contact, a_submission, an_acceptance, an_enquiry
from tests.conftest import STAGE_KEY, SettableClock, numbered_ids
from tests.desk_site import DeskSite
from tests.functional.conftest import Stored
from tests.website import Answer, Website

ANN = {"name": "Ann-Marie Müller", "email": "Ann@Mail.example", "phone": "(202) 555-0123", "message": "Please call"}


def put(context: AppContext, number: int, *, days: int = 0, **contact: Any) -> Enquiry:
    """Store one enquiry with its look-ups, that came so many days after the first."""
    enquiry = an_enquiry(
        id=f"enquiry-{number:03d}",
        reference=f"K7F-{number:04d}",
        received_at=RECEIVED_AT + timedelta(days=days, seconds=number),
        submission=a_submission(contact=a_contact(**contact)),
    )
    save_enquiry(context.table, replace(an_acceptance(enquiry), lookups=lookup_items(STAGE_KEY, enquiry)))
    return enquiry


def references(answer: Answer) -> list[str]:
    return re.findall(r'class="reference"[^>]*>(\S+)</a>', answer.text)


@pytest.mark.parametrize(
    "typed",
    [
        "ann@mail.example",
        "  ANN@MAIL.EXAMPLE ",
        "Ann Marie <ann@mail.example>",
        "mailto:ann@mail.example",
        "202-555-0123",
        "+1 202 555 0123",
        "(202) 5550123",
        "001 202 555 0123",
        "an",
        "marie",
        "muller",
        "MÜLLER",
        "mül ann",
        "ann-mar",
        "tel:+1-202-555-0123",
        "Tel. 202-555-0123",
        "202-555-0123 ext 12",
        "(202) 555-0123 x7",
    ],
)
def test_an_enquiry_is_found_as_it_came_through_the_form(site: Website, staff_site: DeskSite, typed: str) -> None:
    site.post_json("/enquiries", ANN)
    shown = staff_site.search(typed)

    assert 200 == shown.status
    assert 1 == len(references(shown))
    assert "Ann-Marie Müller" in shown.text


@pytest.mark.parametrize(
    "written", ["{}", " {} ", "lower", "joined", "spaced", "#{}", "{}.", "({})", "Ref: {}", "dashed", "hyphened"]
)
def test_a_reference_is_found_however_it_is_written(
    site: Website, staff_site: DeskSite, stored: Stored, written: str
) -> None:
    site.post_json("/enquiries", ANN)
    reference = stored.enquiry.reference
    typed = {"lower": reference.lower(), "joined": reference.replace("-", ""), "spaced": reference.replace("-", " ")}
    typed |= {"dashed": reference.replace("-", " — "), "hyphened": reference.replace("-", "\u2011")}
    shown = staff_site.search(typed.get(written, written.format(reference)))

    assert [reference] == references(shown)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Type at least two letters"),
        ("a", "Type at least two letters"),
        ("12", "Type at least two letters"),
        ("zz", "Nothing was found"),
        ("marie zz", "Nothing was found"),
        ("arie", "Nothing was found"),
        ("K7F-2222", "Type at least two letters"),
        ("ann@", "not a whole e-mail address"),
        ("other@mail.example", "Nothing was found"),
        ("555-0123", "not a whole telephone number"),
        ("202-555-0199", "Nothing was found"),
        ("<script>alert(1)</script>", "Nothing was found"),
        ("x" * 5000, "Nothing was found"),
    ],
)
def test_nothing_found_says_what_to_do(site: Website, staff_site: DeskSite, typed: str, words: str) -> None:
    site.post_json("/enquiries", ANN)
    shown = staff_site.search(typed)

    assert 200 == shown.status
    assert [] == references(shown)
    assert words in shown.text
    assert "<script>alert" not in shown.text


def test_results_are_the_newest_and_say_when_there_are_more(staff_site: DeskSite, context: AppContext) -> None:
    for number in range(MAX_FOUND + 5):
        put(context, number, name="Ann Example")
    shown = staff_site.search("exam")

    assert [f"K7F-{number:04d}" for number in reversed(range(5, MAX_FOUND + 5))] == references(shown)
    assert "There may be more" in shown.text


LONG = "Ana Bel Cruz Diez Egea Fuentes Galvez Hortensia-Iglesias Jimenez"
"""More words than are looked up."""


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("María del Carmen Fernández López", "María del Carmen Fernández López"),
        ("María del Carmen Fernández López", "maria fernandez"),
        ("María del Carmen Fernández López", "Fernández"),
        ("María del Carmen Fernández López", "del"),
        ("Robert van der Meer-Johansson Smith", "Robert van der Meer-Johansson Smith"),
        ("Le Thi Hoa", "le"),
        (LONG, LONG),
        (LONG, "hortensia galvez"),
        (LONG, "jimenez"),
    ],
)
def test_a_name_of_many_words_is_found_by_any_and_by_all_of_them(
    staff_site: DeskSite, context: AppContext, name: str, typed: str
) -> None:
    put(context, 1, name=name)

    assert ["K7F-0001"] == references(staff_site.search(typed))


def test_a_name_longer_than_what_is_looked_up_is_compared_in_full(staff_site: DeskSite, context: AppContext) -> None:
    put(context, 1, name="Johanna Example")
    put(context, 2, name="Johannes Example")

    assert ["K7F-0002"] == references(staff_site.search("johanne"))
    assert ["K7F-0002", "K7F-0001"] == references(staff_site.search("ex joh"))


def test_a_search_leaves_nothing_typed_in_the_logs(
    staff_site: DeskSite, context: AppContext, caplog: pytest.LogCaptureFixture
) -> None:
    put(context, 1, name="Zqx Example")
    caplog.set_level(logging.DEBUG, "enquiry_desk")
    staff_site.search("Zqx")
    said = "".join(f"{vars(record)}" for record in caplog.records if record.name.startswith("enquiry_desk"))

    assert "desk searched" in said
    assert "zqx" not in said.lower()


def test_look_ups_hold_no_clear_text(site: Website, stored: Stored) -> None:
    site.post_json("/enquiries", ANN)
    rows = [*stored.items("CONTACT#"), *stored.items("NAME#")]

    assert 2 + 2 + 3 + 3 == len(rows)
    assert all({"pk", "sk"} == row.keys() for row in rows)
    assert all(re.fullmatch(r"(CONTACT|NAME)#[0-9a-f]{64}", row["pk"]) for row in rows)
    assert all(re.fullmatch(r"[\dT:.\-]+Z#[0-9a-f\-]{36}", row["sk"]) for row in rows)


def test_a_test_enquiry_has_no_look_ups() -> None:

    assert () == lookup_items(STAGE_KEY, an_enquiry(is_test=True))


def test_an_enquiry_needs_at_most_26_look_ups() -> None:
    contact = a_contact(name="Abcd Bcde Cdef Defg Efgh Fghi Ghij Hijk Ijkl")

    assert 26 == len(lookup_items(STAGE_KEY, an_enquiry(submission=a_submission(contact=contact))))


def test_earlier_enquiries_of_a_person_are_those_of_the_same_address_or_number(context: AppContext) -> None:
    put(context, 1, days=0, phone_e164="")
    put(context, 2, days=1, email_address="other@mail.example")
    put(context, 3, days=2, email_address="other@mail.example", phone_e164="+12025550199")
    here = put(context, 4, days=3)
    put(context, 5, days=4)

    assert ["enquiry-002", "enquiry-001"] == [each.id for each in earlier_of(context.table, STAGE_KEY, here)]
    assert [] == earlier_of(context.table, STAGE_KEY, put(context, 6, email_address="", phone_e164=""))


@pytest.fixture
def keyless(context: AppContext, environment: dict[str, str], clock: SettableClock) -> AppContext:
    """An instance that starts while the stage's settings cannot be read."""
    context.table.client.delete_item(TableName=context.table.name, Key=marshal(SETTINGS_KEY))
    return context_from(environment, clock=clock, ids=numbered_ids())


def give_back_the_key(context: AppContext) -> None:
    row = {**SETTINGS_KEY, "stage_key": STAGE_KEY.hex()}
    context.table.client.put_item(TableName=context.table.name, Item=marshal(row))


def test_without_the_key_an_enquiry_is_stored_and_found_an_hour_later(
    staff_site: DeskSite, keyless: AppContext, stored: Stored, monkeypatch: pytest.MonkeyPatch, clock: SettableClock
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(app_module, "instance", lambda: keyless)
        posted = Website(app_module).post_json("/enquiries", ANN)
    before = stored.items("CONTACT#")
    give_back_the_key(keyless)
    clock.advance(minutes=2)
    reconcile_enquiries(keyless)

    assert 200 == posted.status
    assert [] == before
    assert 1 == len(references(staff_site.search("marie")))
    assert not stored.enquiry.lookups_missing
    assert [] == keyless.table.due("lookups", clock(), 10)


def test_a_change_of_staff_meanwhile_neither_fails_nor_is_undone(context: AppContext) -> None:
    enquiry = an_enquiry(lookups_missing=True)
    save_enquiry(context.table, an_acceptance(enquiry))
    taken = enquiry.model_copy(update={"owner": "ann"})

    assert add_missing_lookups(context.table, STAGE_KEY, enquiry.id)
    change_enquiry(context.table, taken, HistoryEvent(kind="taken", by="ann", at=RECEIVED_AT))
    assert add_missing_lookups(context.table, STAGE_KEY, enquiry.id)
    assert not add_missing_lookups(context.table, STAGE_KEY, enquiry.id)
    assert not add_missing_lookups(context.table, STAGE_KEY, "erased")
    assert ("ann", 2) == (
        load_enquiry(context.table, enquiry.id).owner,
        load_enquiry(context.table, enquiry.id).version,
    )


def test_search_says_when_the_key_cannot_be_read(
    staff_site: DeskSite, keyless: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "instance", lambda: keyless)
    shown = staff_site.search("marie")

    assert 200 == shown.status
    assert "Search does not work just now" in shown.text


def test_the_empty_search_is_a_page_of_its_own(staff_site: DeskSite) -> None:
    shown = staff_site.get("/desk/search")

    assert 200 == shown.status
    assert 'name="q"' in shown.text
    assert "no-store" == shown.headers["cache-control"]


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Łukasz Đorđević", "lukasz"),
        ("Łukasz Đorđević", "djordj"),
        ("Łukasz Đorđević", "dordev"),
        ("Lukasz Example", "Łuk"),
        ("Søren Æbelø", "soren aebelo"),
        ("李小龍", "李"),
        ("李小龍", "李小龍"),
        ("李", "李"),
        ("김 민준", "김"),
        ("Işık", "isik"),
        ("Strauß", "strauss"),
    ],
)
def test_names_are_found_as_their_letters_are_typed_elsewhere(
    staff_site: DeskSite, context: AppContext, name: str, typed: str
) -> None:
    put(context, 1, name=name)
    found = references(staff_site.search(typed))

    assert (["K7F-0001"] if typed != "djordj" else []) == found


def test_an_enquiry_of_a_chinese_name_needs_no_more_look_ups() -> None:
    contact = a_contact(name="李小龍王 陳大文明 張三李四 王五趙六")

    assert 14 == len(lookup_items(STAGE_KEY, an_enquiry(submission=a_submission(contact=contact))))


def test_what_was_found_has_an_address_to_come_back_to_without_a_word_of_it(
    staff_site: DeskSite, context: AppContext, stored: Stored
) -> None:
    put(context, 1, name="Zqx Example")
    posted = staff_site.post("/desk/search", {"q": "Zqx"})
    path = posted.headers["location"].removeprefix("https://desk.clinic.example/api")
    shown = [staff_site.get(path) for _ in range(2)]
    (row,) = stored.items("SEARCH#")

    assert 303 == posted.status
    assert re.fullmatch(r"/desk/search\?s=[0-9a-f]{32}", path)
    assert [["K7F-0001"]] * 2 == [references(each) for each in shown]
    assert ["enquiry-001"] == row["found"]
    assert "zqx" not in str(row).lower()


def test_what_was_found_is_for_its_session_and_half_an_hour(
    staff_site: DeskSite, manager_site: DeskSite, context: AppContext, clock: SettableClock
) -> None:
    put(context, 1, name="Ann Example")
    answer = staff_site.post("/desk/search", {"q": "Ann"})
    search_id = answer.headers["location"].partition("?s=")[2]
    foreign = manager_site.get(f"/desk/search?s={search_id}")
    kept_for, hashed = timedelta(minutes=30), session_hash(staff_site.session_id)

    assert load_search(context.table, hashed, search_id, clock() + kept_for - timedelta(seconds=1))
    assert load_search(context.table, hashed, search_id, clock() + kept_for) is None
    for shown in (foreign, staff_site.get("/desk/search?s=../x"), staff_site.get(f"/desk/search?s={'0' * 32}")):
        assert 200 == shown.status
        assert [] == references(shown)
        assert "half an hour only" in shown.text


def test_what_was_found_is_shown_when_it_cannot_be_kept(
    staff_site: DeskSite, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(context, 1, name="Ann Example")
    staff_site.get("/desk")

    def fail(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.us-east-1.amazonaws.com")

    monkeypatch.setattr(context.table.client, "put_item", fail)
    shown = staff_site.post("/desk/search", {"q": "Ann"})

    assert (200, ["K7F-0001"]) == (shown.status, references(shown))
