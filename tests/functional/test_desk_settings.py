"""Settings at the desk: what a manager changes holds for every reader, within a minute, and is written down."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

import app as app_module
from chalicelib.context import AppContext, context_from
from chalicelib.models.changed_settings import as_text, read_changes, texts_in_force, with_changes
from chalicelib.models.response_clock import start_clock
from chalicelib.notifications.planning import plan_notifications
from chalicelib.notifications.rendering import render_mail
from chalicelib.settings import Settings, read_settings
from chalicelib.storage.history import audit_of, history_of, verify_history
from sandbox.events import schedule_event
from tests.builders import RECEIVED_AT, an_enquiry
from tests.conftest import ENVIRONMENT, SettableClock, numbered_ids
from tests.desk_site import MANAGER, DeskSite, signed_in
from tests.fake_api import FakeApi, clients_with
from tests.functional.conftest import Stored
from tests.website import Answer, Website

AS_SET_UP = {
    "staff_emails": "frontdesk@clinic.example",
    "clinical_emails": "nurse@clinic.example",
    "backup_emails": "backup@clinic.example",
    "opening_hours": "Mon-Fri 09:00-17:00",
    "holidays": "",
    "on_call_staffed": "on",
    "cover_rota": "",
}
DOWN = EndpointConnectionError(endpoint_url="https://dynamodb.us-east-1.amazonaws.com")
ANN = {"name": "Ann Example", "email": "ann@mail.example"}


def save(site: DeskSite, version: int = 0, **fields: str) -> Answer:
    wanted = {"version": str(version), **AS_SET_UP, **fields}
    return site.post("/desk/settings", {name: value for name, value in wanted.items() if value != "off"})


@pytest.fixture
def elsewhere(context: AppContext, environment: dict[str, str], clock: SettableClock) -> AppContext:  # noqa: ARG001
    """Another instance, which has read the settings as they were."""
    other = context_from(environment, clock=clock, ids=numbered_ids())
    other.stage_settings.current()
    return other


def a_minute_later(instance: AppContext, clock: SettableClock) -> AppContext:
    clock.advance(seconds=60)
    instance.stage_settings.fresh()
    return instance


def test_the_page_shows_what_is_in_force(manager_site: DeskSite) -> None:
    shown = manager_site.get("/desk/settings")

    assert 200 == shown.status
    assert "frontdesk@clinic.example" in shown.text
    assert "Mon-Fri 09:00-17:00" in shown.text
    assert "Nothing was changed at the desk yet" in shown.text
    assert re.search(r"0 of \d+ rules .* are signed off", shown.text)
    assert "not signed off" in shown.text


def test_what_is_saved_is_shown_with_who_and_when(manager_site: DeskSite) -> None:
    answer = save(manager_site, staff_emails="a@clinic.example\r\nb@clinic.example", ask_self_harm="on")
    shown = manager_site.get("/desk/settings?saved=1")

    assert (303, "https://desk.clinic.example/api/desk/settings?saved=1") == (answer.status, answer.headers["location"])
    assert "a@clinic.example\nb@clinic.example</textarea>" in shown.text
    assert "Set up as: frontdesk@clinic.example." in shown.text
    assert "Last changed by manager@example.com, Monday, March 2, 10:00 AM." in shown.text


def test_recipients_change_in_the_mails_of_every_instance(
    manager_site: DeskSite, elsewhere: AppContext, clock: SettableClock
) -> None:
    save(manager_site, staff_emails="cover@clinic.example", backup_emails="")
    before = render_mail("staff_alert", an_enquiry(), elsewhere.settings, clock())
    later = a_minute_later(elsewhere, clock)
    after = render_mail("staff_alert", an_enquiry(), later.settings, clock())

    assert ("frontdesk@clinic.example",) == before.to
    assert ("cover@clinic.example",) == after.to
    assert () == later.settings.backup_emails


def test_hours_and_days_closed_change_the_promise_and_the_clock(
    site: Website, manager_site: DeskSite, elsewhere: AppContext, stored: Stored, clock: SettableClock
) -> None:
    save(manager_site, opening_hours="Mon-Fri 10:00-16:00", holidays="2026-03-03\n2026-03-04")
    site.post_json("/enquiries", {**ANN, "urgent_signs": ["none"]})
    later = a_minute_later(elsewhere, clock)
    urgent = start_clock("enquiry-1", "urgent", datetime(2026, 3, 3, 16, tzinfo=UTC), later.hours, later.settings)

    assert (16, datetime(2026, 3, 6).date()) == (  # noqa: DTZ001 - a date
        stored.enquiry.reply_by.astimezone(later.hours.zone).hour,
        stored.enquiry.reply_by.date(),
    )
    assert datetime(2026, 3, 5, 16, tzinfo=UTC) == urgent.target_at


def test_an_instance_that_slept_promises_by_the_hours_of_now(
    manager_site: DeskSite, elsewhere: AppContext, stored: Stored, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(manager_site, holidays="2026-03-03, 2026-03-04, 2026-03-05, 2026-03-06")
    clock.advance(minutes=5)
    monkeypatch.setattr(app_module, "instance", lambda: elsewhere)
    Website(app_module).post_json("/enquiries", ANN)

    assert datetime(2026, 3, 10).date() == stored.enquiry.reply_by.date()  # noqa: DTZ001 - a date


def test_the_form_asks_about_self_harm_as_the_desk_says(
    site: Website, manager_site: DeskSite, elsewhere: AppContext, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = site.get("/form")
    save(manager_site, ask_self_harm="on")
    clock.advance(minutes=1)
    monkeypatch.setattr(app_module, "instance", lambda: elsewhere)
    after = Website(app_module).get("/form")

    assert 'name="self_harm"' not in before.text
    assert 'name="self_harm"' in after.text


def test_without_anybody_on_call_nobody_is_alerted_there(manager_site: DeskSite, context: AppContext) -> None:
    emergency = an_enquiry(level="emergency")
    before = {row.kind for row in plan_notifications(emergency, context.settings, RECEIVED_AT)}
    save(manager_site, on_call_staffed="off")
    after = {row.kind for row in plan_notifications(emergency, context.settings, RECEIVED_AT)}

    assert {"on_call_alert"} == before - after
    assert "" == context.settings.on_call_topic_arn


def test_queues_and_schedules_read_what_changed(
    manager_site: DeskSite, elsewhere: AppContext, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(manager_site, staff_emails="cover@clinic.example")
    clock.advance(minutes=1)
    monkeypatch.setattr(app_module, "instance", lambda: elsewhere)
    app_module.sweep_outbox(schedule_event("sweep", clock(), account="123456789012", region="us-east-1"), None)

    assert ("cover@clinic.example",) == elsewhere.settings.staff_emails


def test_who_covers_is_shown_to_staff_on_every_page_as_text(manager_site: DeskSite, staff_site: DeskSite) -> None:
    save(manager_site, cover_rota="Ann covers for Bea\r\n<b>until Friday</b>")
    shown = staff_site.get("/desk")

    assert "Ann covers for Bea\r\n&lt;b&gt;until Friday&lt;/b&gt;" in shown.text
    assert "Ann covers" not in staff_site.get("/desk/sign-in").text


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("staff_emails", "", "Somebody must be told"),
        ("staff_emails", " ,\r\n; ", "Somebody must be told"),
        ("staff_emails", "front desk", "These are not all e-mail addresses"),
        ("clinical_emails", "a@b.example\nnobody", "These are not all e-mail addresses"),
        ("backup_emails", "\n".join(f"a{number}@b.example" for number in range(16)), "Not more than 15"),
        ("opening_hours", "", "Write them like this"),
        ("opening_hours", "nine to five", "Write them like this"),
        ("opening_hours", "Mon-Fri 17:00-09:00", "Write them like this"),
        ("holidays", "Christmas", "These are not all dates"),
        ("holidays", "2026-02-30", "These are not all dates"),
        ("holidays", "20261225", "These are not all dates"),
        ("cover_rota", "x" * 2001, "Not more than 2,000 characters"),
        ("staff_emails", "<script>alert(1)</script>", "These are not all e-mail addresses"),
    ],
)
def test_what_cannot_be_used_is_told_at_its_field_and_nothing_is_lost(
    manager_site: DeskSite, context: AppContext, field: str, typed: str, words: str
) -> None:
    answer = save(manager_site, **{"cover_rota": "Ann covers", "ask_self_harm": "on", field: typed})

    assert 422 == answer.status
    assert re.search(f'id="{field}-wrong">.*{re.escape(words)}', answer.text)
    assert f'aria-describedby="{field}-wrong {field}-hint" aria-invalid="true"' in answer.text
    assert field == "cover_rota" or "Ann covers</textarea>" in answer.text
    assert re.search(r'name="ask_self_harm" checked', answer.text)
    assert "<script>alert" not in answer.text
    assert read_settings(ENVIRONMENT) == context.settings


def test_two_managers_get_a_conflict_and_nothing_is_overwritten(manager_site: DeskSite, context: AppContext) -> None:
    save(manager_site, staff_emails="first@clinic.example")
    late = save(manager_site, staff_emails="second@clinic.example")
    shown_version = re.search(r'name="version" value="(\d+)"', late.text)

    assert 409 == late.status
    assert "Somebody else has changed the settings" in late.text
    assert "second@clinic.example</textarea>" in late.text
    assert "Holds now: first@clinic.example" in late.text
    assert ("first@clinic.example",) == context.settings.staff_emails
    assert shown_version
    assert 303 == save(manager_site, version=int(shown_version[1]), staff_emails="second@clinic.example").status
    assert ("second@clinic.example",) == context.settings.staff_emails


def test_a_change_is_written_down_with_old_and_new_values(
    manager_site: DeskSite, context: AppContext, clock: SettableClock
) -> None:
    save(manager_site, staff_emails="cover@clinic.example", ask_self_harm="on")
    audit = audit_of(MANAGER.user, clock().date())
    (event,) = history_of(context.table, audit)

    assert ("settings_changed", MANAGER.user, clock()) == (event.kind, event.by, event.at)
    assert {
        "staff_emails before": "frontdesk@clinic.example",
        "staff_emails after": "cover@clinic.example",
        "ask_self_harm before": "false",
        "ask_self_harm after": "true",
    } == event.facts
    assert verify_history(context.table, audit) is None


def test_saving_without_a_change_writes_nothing(manager_site: DeskSite, stored: Stored, context: AppContext) -> None:
    answer = save(manager_site)

    assert 303 == answer.status
    assert [] == stored.items("AUDIT#")
    assert 0 == context.stage_settings.seen.version


def test_what_is_set_back_follows_the_stage_again(manager_site: DeskSite, context: AppContext) -> None:
    save(manager_site, staff_emails="cover@clinic.example", opening_hours="Mon–Fri 09:00-17:00")
    save(manager_site, version=1)

    assert {} == context.stage_settings.seen.changes
    assert context.deployed == context.settings


def test_the_stages_key_survives_a_change(manager_site: DeskSite, context: AppContext) -> None:
    before = context.stage_settings.known_key()
    save(manager_site, ask_self_harm="on")

    assert before == context.stage_settings.known_key()


def test_without_the_row_the_settings_of_the_stage_hold() -> None:
    clients = clients_with(ENVIRONMENT, dynamodb=FakeApi(DOWN))
    alone = context_from(ENVIRONMENT, clients=clients)
    alone.stage_settings.fresh()

    assert alone.deployed == alone.settings


def test_what_cannot_be_saved_comes_back_as_it_was_typed(
    manager_site: DeskSite, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: Any) -> None:
        raise DOWN

    monkeypatch.setattr(context.table.client, "transact_write_items", fail)
    answer = save(manager_site, staff_emails="cover@clinic.example")

    assert 503 == answer.status
    assert "cover@clinic.example</textarea>" in answer.text
    assert "could not be saved" in answer.text


def test_a_stage_without_a_topic_offers_nobody_on_call(install: Any, context: AppContext) -> None:  # noqa: ARG001
    bare = install(ON_CALL_TOPIC_ARN=None)
    browser = signed_in(app_module, bare, MANAGER)
    shown = browser.get("/desk/settings")

    assert "No on-call telephone was set up" in shown.text
    assert 'name="on_call_staffed"' not in shown.text
    assert 303 == save(browser, ask_self_harm="on").status
    assert {"ask_self_harm": "true"} == bare.stage_settings.seen.changes


@pytest.mark.parametrize(
    "hours", ["Mon-Fri 09:00-17:00", "Mon-Tue 09:00-17:00, Thu 09:00-12:00, Sat-Sun 10:00-12:00", "Wed 08:30-09:00"]
)
def test_hours_are_written_as_they_are_read(hours: str) -> None:
    values, problems = read_changes({"opening_hours": hours})

    assert {} == problems
    assert hours == as_text(values["opening_hours"])


def test_changes_that_can_no_longer_be_read_leave_the_rest_in_force() -> None:
    stage = Settings(staff_emails=("a@clinic.example",))
    changes = {"staff_emails": "", "opening_hours": "later", "ask_self_harm": "true", "unknown": "x"}

    assert stage.model_copy(update={"ask_self_harm": True}) == with_changes(stage, changes)
    assert "a@clinic.example" == texts_in_force(stage, changes)["staff_emails"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"clinical_emails": "", "on_call_staffed": "off"}, 422),
        ({"clinical_emails": " ,\r\n", "on_call_staffed": "off"}, 422),
        ({"clinical_emails": ""}, 303),
        ({"on_call_staffed": "off"}, 303),
    ],
)
def test_nobody_is_asked_about_self_harm_when_nobody_can_call_back(
    manager_site: DeskSite, fields: dict[str, str], status: int
) -> None:
    answer = save(manager_site, ask_self_harm="on", **fields)

    assert status == answer.status
    assert (422 == status) == ("Somebody must be there to call back" in answer.text)


def test_without_a_topic_only_clinicians_can_call_back(install: Any, context: AppContext) -> None:  # noqa: ARG001
    browser = signed_in(app_module, install(ON_CALL_TOPIC_ARN=None), MANAGER)

    assert 422 == save(browser, ask_self_harm="on", clinical_emails="").status
    assert 303 == save(browser, clinical_emails="").status
