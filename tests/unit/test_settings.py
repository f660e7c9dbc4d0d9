"""Settings: typed, all problems at once, nothing read at import."""

from __future__ import annotations

from datetime import date, time
from zoneinfo import ZoneInfo

import pytest

from chalicelib.errors import ConfigurationError
from chalicelib.settings import Settings, read_settings, settings_or_defaults

NEEDED = {"MAIL_FROM": "hello@clinic.example", "STAFF_EMAILS": "desk@clinic.example"}


@pytest.mark.parametrize(
    "address",
    [
        "nurse.@clinic.example",
        "nurse@clinic..example",
        "nurse@clinic.example.",
        "n\u00fcrse@clinic.example",
        "a:b@clinic.example",
    ],
)
def test_an_address_that_no_mail_could_carry_is_named_and_left_out(address: str) -> None:
    given = {"MAIL_FROM": "hello@clinic.example", "STAFF_EMAILS": f"desk@clinic.example, {address}"}
    with pytest.raises(ConfigurationError, match="STAFF_EMAILS"):
        read_settings(given)

    assert ("desk@clinic.example",) == settings_or_defaults(given)[0].staff_emails


def test_a_day_has_one_span() -> None:
    with pytest.raises(ConfigurationError, match="each day once"):
        read_settings({"OPENING_HOURS": "Mon-Fri 09:00-12:00, Mon-Fri 13:00-17:00"})


def test_defaults_are_those_of_the_contract() -> None:
    settings = read_settings(NEEDED)

    assert ("Kalimera Clinic", "+1 202-555-0100") == (settings.clinic_name, settings.clinic_phone)
    assert ZoneInfo("America/New_York") == settings.clinic_time_zone
    assert dict.fromkeys(range(5), (time(9), time(17))) == settings.opening_hours
    assert () == settings.holidays
    assert ("", "", ()) == (settings.public_url, settings.privacy_url, settings.allowed_origins)
    assert "minimal" == settings.staff_mail_detail
    assert (False, False, False) == (settings.consent_required, settings.ask_self_harm, settings.mfa_required)


def test_names_of_resources_follow_from_the_stage() -> None:
    settings = read_settings({**NEEDED, "STAGE": "prod"})

    assert "enquiry-desk-prod-enquiries" == settings.table
    assert "enquiry-desk-prod-notifications" == settings.notification_queue
    assert "enquiry-desk-prod-mail" == settings.mail_configuration_set
    assert "mine" == read_settings({**NEEDED, "TABLE_NAME": "mine"}).table


def test_every_setting_is_read() -> None:
    settings = read_settings(
        {
            "STAGE": "prod",
            "CLINIC_TIME_ZONE": "America/Los_Angeles",
            "OPENING_HOURS": "Mon–Thu 08:30-18:00, Sat 10:00-12:00",
            "HOLIDAYS": "2026-12-25, 2027-01-01",
            "PUBLIC_URL": "https://desk.clinic.example/api/",
            "ALLOWED_ORIGINS": "https://clinic.example, https://WWW.Clinic.example,http://127.0.0.1:8000",
            "MAIL_FROM": "Kalimera Clinic <hello@clinic.example>",
            "STAFF_EMAILS": "a@clinic.example, b@clinic.example",
            "STAFF_MAIL_DETAIL": "full",
            "CONSENT_REQUIRED": "true",
            "ASK_SELF_HARM": "1",
        }
    )

    assert (time(8, 30), time(18)) == settings.opening_hours[3]
    assert (time(10), time(12)) == settings.opening_hours[5]
    assert 4 not in settings.opening_hours
    assert (date(2026, 12, 25), date(2027, 1, 1)) == settings.holidays
    assert "https://desk.clinic.example/api" == settings.public_url
    assert ("https://clinic.example", "https://www.clinic.example", "http://127.0.0.1:8000") == settings.allowed_origins
    assert ("a@clinic.example", "b@clinic.example") == settings.staff_emails
    assert settings.consent_required
    assert settings.ask_self_harm


WRONG = {
    "CLINIC_TIME_ZONE": "New York",
    "OPENING_HOURS": "nine to five",
    "HOLIDAYS": "Christmas",
    "PUBLIC_URL": "somewhere.example",
    "ALLOWED_ORIGINS": "elsewhere.example",
    "MAIL_FROM": "Kalimera Clinic",
    "STAFF_EMAILS": "nobody at all",
    "STAFF_MAIL_DETAIL": "some of it",
    "CONSENT_REQUIRED": "maybe",
}


def test_all_problems_are_reported_at_once_and_without_their_values() -> None:
    with pytest.raises(ConfigurationError) as raised:
        read_settings(WRONG)

    assert tuple(sorted(WRONG)) == raised.value.names
    assert not [value for value in WRONG.values() if value in str(raised.value)]


def test_what_is_missing_and_what_is_wrong_are_reported_together() -> None:
    with pytest.raises(ConfigurationError) as raised:
        read_settings({"HOLIDAYS": "Christmas"})

    assert ("HOLIDAYS", "MAIL_FROM", "STAFF_EMAILS") == raised.value.names


def test_a_running_instance_uses_defaults_for_what_is_wrong() -> None:
    settings, problems = settings_or_defaults({**WRONG, "CLINIC_NAME": "My Clinic"})

    assert tuple(sorted(WRONG)) == problems
    assert Settings(clinic_name="My Clinic") == settings


def test_an_empty_environment_is_enough_to_run() -> None:
    settings, problems = settings_or_defaults({})

    assert Settings() == settings
    assert ("MAIL_FROM", "STAFF_EMAILS") == problems


@pytest.mark.parametrize("blank", ["", "   "])
def test_a_blank_setting_is_a_missing_one(blank: str) -> None:
    settings, _ = settings_or_defaults({**NEEDED, "CLINIC_NAME": blank, "ALLOWED_ORIGINS": blank})

    assert "Kalimera Clinic" == settings.clinic_name
    assert () == settings.allowed_origins


@pytest.mark.parametrize(
    "hours",
    ["Mon-Fri 17:00-09:00", "Fri-Mon 09:00-17:00", "Mon 25:00-26:00", "Xyz 09:00-17:00", "Mon-Fri", "09:00-17:00"],
)
def test_opening_hours_that_make_no_sense_are_refused(hours: str) -> None:
    with pytest.raises(ConfigurationError, match="OPENING_HOURS"):
        read_settings({**NEEDED, "OPENING_HOURS": hours})


@pytest.mark.parametrize(
    "origins", ["*", "https://clinic.example/", "https://*.clinic.example", "https://a.example https://b.example"]
)
def test_origins_are_written_out(origins: str) -> None:
    with pytest.raises(ConfigurationError, match="ALLOWED_ORIGINS"):
        read_settings({**NEEDED, "ALLOWED_ORIGINS": origins})
