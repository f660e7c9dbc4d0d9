"""What leaves no trace is a hole in the audit: settings that were changed, and histories that are gone altogether."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.context import AppContext
from chalicelib.desk.__main__ import main
from chalicelib.desk.acts import note, take
from chalicelib.errors import StatusConflict
from chalicelib.models.history_chain import ChainHead, HistoryEvent
from chalicelib.models.tombstone import Erasure
from chalicelib.storage.enquiries import load_enquiry
from chalicelib.storage.erasure import erase_enquiry
from chalicelib.storage.history import add_link, audit_of
from chalicelib.storage.table import chain_key, event_key, marshal
from tests.conftest import STAGE_KEY, SettableClock
from tests.desk_site import MANAGER, STAFF, DeskSite
from tests.functional.conftest import Stored
from tests.functional.test_desk_settings import save
from tests.html_page import read_page
from tests.website import Answer, Website

Verify = Callable[..., tuple[int, str]]


@pytest.fixture
def verify(context: AppContext, environment: dict[str, str], clock: SettableClock) -> Verify:  # noqa: ARG001
    """Run `python -m chalicelib.desk verify`; its exit code and what it says."""

    def run(*names: str) -> tuple[int, str]:
        said = io.StringIO()
        return main(["verify", *names], environment, said, said, clock), said.getvalue()

    return run


def delete(context: AppContext, *keys: dict[str, str]) -> None:
    for key in keys:
        context.table.client.delete_item(TableName=context.table.name, Key=marshal(key))


def text_of(answer: Answer) -> str:
    return " ".join(read_page(answer.text).one("main").text.split())


def test_changed_settings_stand_in_the_audit_of_whoever_did_nothing_else_that_day(
    manager_site: DeskSite, verify: Verify
) -> None:
    save(manager_site, staff_emails="cover@clinic.example", ask_self_harm="on", holidays="2026-12-25")
    shown = text_of(manager_site.get("/desk/audit"))

    assert MANAGER.user in shown
    assert "Changed settings" in shown
    assert "Front desk: before: frontdesk@clinic.example. Now: cover@clinic.example" in shown
    assert "Ask about thoughts of self-harm: before: no. Now: yes" in shown
    assert "Days closed: before: nothing. Now: 2026-12-25" in shown
    assert (0, "1 history verified, none broken.\n") == verify()


def test_a_day_without_anything_names_settings_too(manager_site: DeskSite) -> None:

    assert "or changed a setting that day" in text_of(manager_site.get("/desk/audit"))


def test_hostile_words_in_a_setting_are_text_in_the_audit(manager_site: DeskSite) -> None:
    save(manager_site, cover_rota="<script>alert(1)</script> {name}")
    shown = manager_site.get("/desk/audit").text

    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {name}" in shown


def test_an_enquiry_whose_whole_history_is_gone_is_broken(
    site: Website, context: AppContext, stored: Stored, verify: Verify
) -> None:
    enquiry_id = site.post_json("/enquiries", {"name": "Ann", "phone": "202-555-0123"}).json()["id"]
    reference = load_enquiry(context.table, enquiry_id).reference
    keys = [{"pk": item["pk"], "sk": item["sk"]} for item in stored.items(f"ENQUIRY#{enquiry_id}")]
    delete(context, *(key for key in keys if key["sk"].startswith("EVENT#")), chain_key(enquiry_id))
    named, all_of_them = verify(reference), verify()

    assert 1 == named[0] == all_of_them[0]
    assert f"BROKEN {reference}, link 1: it is not there" in named[1]
    assert f"BROKEN {reference}, link 1: it is not there" in all_of_them[1]


def test_a_day_of_an_audit_that_is_gone_altogether_is_broken(
    staff_site: DeskSite, manager_site: DeskSite, context: AppContext, verify: Verify
) -> None:
    staff_site.post("/desk/search", {"q": "Ann"})
    day = context.clock().date()
    owner = audit_of(STAFF.user, day)
    delete(context, event_key(owner, 1), chain_key(owner))
    shown = text_of(manager_site.get("/desk/audit"))

    assert f"entry 1 of {day} (UTC) does not hold" in shown
    assert f"BROKEN {STAFF.user} {day}, link 1: it is not there" in verify()[1]
    assert f"BROKEN {STAFF.user} {day}, link 1: it is not there" in verify(STAFF.user)[1]


def test_an_entry_of_the_audit_and_its_place_on_the_list_are_one_write(
    staff_site: DeskSite, context: AppContext, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = context.table.client.transact_write_items
    failing = [True]

    def refuse_once(**parameters: object) -> object:
        if failing.pop() if failing else False:
            raise TimeoutError("cut off")
        return real(**parameters)

    monkeypatch.setattr(context.table.client, "transact_write_items", refuse_once)
    staff_site.post("/desk/search", {"q": "Ann"})

    assert [] == stored.items("AUDIT#")
    assert [] == stored.items("AUDITED#")


def test_what_an_erased_enquiry_leaves_still_holds(manager_site: DeskSite, site: Website, verify: Verify) -> None:
    enquiry_id = site.post_json("/enquiries", {"name": "Ann", "phone": "202-555-0123"}).json()["id"]
    page = read_page(manager_site.get(f"/desk/enquiries/{enquiry_id}/erase").text)
    version = page.one("input", name="version").attributes["value"]
    reference = page.one("h1").text.split()[-1]
    fields = {"version": version, "reason": "asked", "words": "", "reference": reference}
    erased = manager_site.post(f"/desk/enquiries/{enquiry_id}/erase", fields)

    assert 303 == erased.status
    assert (0, "2 histories verified, none broken.\n") == verify()


def test_a_day_of_many_changed_settings_has_a_light_page(manager_site: DeskSite) -> None:
    for number in range(30):
        save(manager_site, version=number, cover_rota=f"{number} {'<' * 1_990}")
    shown = manager_site.get("/desk/audit").text

    assert len(shown.encode()) < 100_000
    assert "of 30." in shown
    assert "29 &lt;&lt;" in shown


def test_a_history_that_was_taken_away_stays_broken_whatever_is_done_next(
    site: Website, staff_site: DeskSite, context: AppContext, verify: Verify
) -> None:
    enquiry_id = site.post_json("/enquiries", {"name": "Ann", "phone": "202-555-0123"}).json()["id"]
    reference = load_enquiry(context.table, enquiry_id).reference
    delete(context, event_key(enquiry_id, 1), chain_key(enquiry_id))
    shown = staff_site.get(f"/desk/enquiries/{enquiry_id}")
    with pytest.raises(StatusConflict):
        take(context, enquiry_id, by=STAFF.user, version=1)
    with pytest.raises(StatusConflict):
        note(context, enquiry_id, "A note", by=STAFF.user)

    assert 200 == shown.status
    assert f"BROKEN {reference}, link 1: it is not there" in verify(reference)[1]

    erasure = Erasure(by=STAFF.user, at=context.clock(), reason="asked", salt="5a17")
    erase_enquiry(context.table, STAGE_KEY, load_enquiry(context.table, enquiry_id), erasure)

    assert f"BROKEN {reference}, link 1: it is not how the enquiry came in" in verify(reference)[1]


def test_a_history_that_was_begun_anew_is_broken(site: Website, context: AppContext, verify: Verify) -> None:
    enquiry_id = site.post_json("/enquiries", {"name": "Ann", "phone": "202-555-0123"}).json()["id"]
    enquiry = load_enquiry(context.table, enquiry_id)
    whole = verify(enquiry.reference)
    delete(context, event_key(enquiry_id, 1), chain_key(enquiry_id))
    later = HistoryEvent(kind="received", by="visitor", at=enquiry.received_at + timedelta(seconds=1))
    context.table.write_all(add_link(context.table.name, enquiry_id, ChainHead(), later, may_begin=True))

    assert 0 == whole[0]
    assert f"BROKEN {enquiry.reference}, link 1: it is not how the enquiry came in" in verify(enquiry.reference)[1]


def test_a_day_of_an_audit_that_was_begun_anew_is_broken(
    staff_site: DeskSite, manager_site: DeskSite, context: AppContext, verify: Verify
) -> None:
    day = context.clock().date()
    owner = audit_of(STAFF.user, day)
    staff_site.post("/desk/search", {"q": "Ann"})
    whole = verify(STAFF.user)
    delete(context, event_key(owner, 1), chain_key(owner))
    staff_site.post("/desk/search", {"q": "Bob"})
    shown = text_of(manager_site.get("/desk/audit"))

    assert 0 == whole[0]
    assert f"BROKEN {STAFF.user} {day}, link 2: the history ends elsewhere" in verify(STAFF.user)[1]
    assert f"entry 2 of {day} (UTC) does not hold" in shown
