"""The settings of one stage: environment variables, read once, typed, nothing read at import (contract, design
section 9)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from chalicelib.errors import ConfigurationError
from chalicelib.form_keys import is_form_key

APP_NAME = "enquiry-desk"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"^(?P<first>[a-z]{3})(-(?P<last>[a-z]{3}))? (?P<opens>\d\d:\d\d)-(?P<closes>\d\d:\d\d)$")
_TARGET = re.compile(r"^(?P<level>[a-z]+) (?P<count>\d{1,4})(?P<unit>[mhd])$")
_PERIOD = re.compile(r"^(?P<kind>[a-z]+) ((?P<days>[1-9]\d{0,4})d|keep)$")
_DATE = re.compile(r"^\d{4}-\d\d-\d\d$")  # pydantic would take 20261225 for seconds since 1970
_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"^(?=.{{1,64}}@){_WORD}(\.{_WORD})*@{_LABEL}(\.{_LABEL})+$")
"""What SES and the mail library take (RFC 5321, ASCII): one address that they refuse would stop the mail to all."""

OpenHours = tuple[time, time]
"""When the clinic opens and closes on one day, local time."""


@dataclass(frozen=True)
class ResponseTarget:
    """First contact within so many minutes of open time, or by the end of so many business days after the day of
    arrival."""

    open_minutes: int = 0
    business_days: int = 0


DEFAULT_TARGETS = {
    "emergency": ResponseTarget(open_minutes=15),
    "crisis": ResponseTarget(open_minutes=30),
    "urgent": ResponseTarget(open_minutes=120),
    "priority": ResponseTarget(business_days=1),
    "routine": ResponseTarget(business_days=2),
    "info": ResponseTarget(business_days=3),
}
"""Source: clinical-evidence (a)."""
DEFAULT_RETENTION: dict[str, timedelta | None] = {
    "emergency": None,
    "crisis": None,
    "urgent": timedelta(days=365),
    "priority": timedelta(days=365),
    "routine": timedelta(days=365),
    "info": timedelta(days=90),
    "booked": None,
    "spam": timedelta(days=30),
}
"""None: kept until somebody erases it. Emergency and crisis are for counsel to decide, and whoever was booked is a
patient with a record; what was erased too early cannot be brought back. Source: clinical-evidence, section 8."""


def _words(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _each(fits: Callable[[str], object], refusal: str) -> BeforeValidator:
    def read(value: object) -> object:
        parts = _words(value)
        if isinstance(parts, tuple) and not all(fits(str(part)) for part in parts):
            raise ValueError(refusal)
        return parts

    return BeforeValidator(read)


def _sender(value: object) -> object:
    if isinstance(value, str) and value and not _ADDRESS.match(value.rpartition("<")[2].rstrip(">").strip()):
        raise ValueError("must be an address, or a name and an <address>")
    return value


def _origins(value: object) -> object:
    origins = _words(value)
    if isinstance(origins, tuple) and not all(
        re.match(r"^https?://[a-zA-Z0-9.\-]+(:\d+)?$", origin) for origin in origins
    ):
        raise ValueError("must be origins such as https://clinic.example, separated by commas, without a path")
    return tuple(origin.lower() for origin in origins) if isinstance(origins, tuple) else origins


def _opening_hours(value: object) -> object:
    """`Mon-Fri 09:00-17:00, Sat 10:00-12:00` → hours by weekday, Monday is 0."""
    if not isinstance(value, str):
        return value
    hours: dict[int, OpenHours] = {}
    for part in value.split(","):
        match = _HOURS.match(part.strip().lower().replace("–", "-"))
        if match is None or match["first"] not in DAYS or (match["last"] or match["first"]) not in DAYS:
            raise ValueError("must look like: Mon-Fri 09:00-17:00, Sat 10:00-12:00")
        opens, closes = time.fromisoformat(match["opens"]), time.fromisoformat(match["closes"])
        first, last = DAYS.index(match["first"]), DAYS.index(match["last"] or match["first"])
        if opens >= closes or first > last:
            raise ValueError("must open before it closes, and begin before it ends")
        if not hours.keys().isdisjoint(range(first, last + 1)):
            raise ValueError("must name each day once: a day has one span, without a break")
        hours.update(dict.fromkeys(range(first, last + 1), (opens, closes)))
    return hours


def _response_targets(value: object) -> object:
    """`emergency 15m, urgent 2h, routine 2d`: open minutes, open hours or business days; the rest as by default."""
    if not isinstance(value, str):
        return value
    targets = dict(DEFAULT_TARGETS)
    for part in value.split(","):
        match = _TARGET.match(part.strip().lower())
        if match is None or match["level"] not in DEFAULT_TARGETS or int(match["count"]) == 0:
            raise ValueError("must look like: emergency 15m, urgent 2h, routine 2d")
        count = int(match["count"])
        minutes = {"m": count, "h": 60 * count, "d": 0}[match["unit"]]
        targets[match["level"]] = ResponseTarget(minutes, 0 if minutes else count)
    return targets


def _retention(value: object) -> object:
    """`info 90d, booked keep`: days by level, for what was booked and for spam; the rest as by default."""
    if not isinstance(value, str):
        return value
    periods = dict(DEFAULT_RETENTION)
    for part in value.split(","):
        match = _PERIOD.match(part.strip().lower())
        if match is None or match["kind"] not in DEFAULT_RETENTION:
            raise ValueError("must look like: info 90d, routine 365d, booked keep")
        periods[match["kind"]] = timedelta(days=int(match["days"])) if match["days"] else None
    return periods


def _time_zone(value: object) -> object:
    try:
        return ZoneInfo(value) if isinstance(value, str) else value
    except Exception as error:  # zoneinfo raises OSError, ValueError and its own, by platform
        raise ValueError("must be a time zone such as America/New_York") from error


def _url(value: object) -> object:
    if isinstance(value, str) and value and not re.match(r"^https?://[^\s/?#]+[^\s?#]*$", value):
        raise ValueError("must be an http or https URL")
    return value.rstrip("/") if isinstance(value, str) else value


Addresses = Annotated[tuple[str, ...], _each(_ADDRESS.match, "must be e-mail addresses separated by commas")]
Dates = Annotated[tuple[date, ...], _each(_DATE.match, "must be dates such as 2026-12-25, separated by commas")]
FormKeys = Annotated[tuple[str, ...], _each(is_form_key, "must be form:SHA-256 or form:address, in lower case")]
Url = Annotated[str, BeforeValidator(_url)]


class Settings(BaseModel):
    """One stage's settings. The name of a field in capitals is the name of its environment variable."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True)

    stage: str = "dev"
    clinic_name: str = "Kalimera Clinic"
    clinic_phone: str = "+1 202-555-0100"
    clinic_time_zone: Annotated[ZoneInfo, BeforeValidator(_time_zone)] = ZoneInfo("America/New_York")
    opening_hours: Annotated[dict[int, OpenHours], BeforeValidator(_opening_hours)] = dict.fromkeys(
        range(5), (time(9), time(17))
    )
    holidays: Dates = ()
    response_targets: Annotated[dict[str, ResponseTarget], BeforeValidator(_response_targets)] = DEFAULT_TARGETS
    retention: Annotated[dict[str, timedelta | None], BeforeValidator(_retention)] = DEFAULT_RETENTION
    digest_hour: Annotated[int, Field(ge=0, le=23)] = 8
    public_url: Url = ""
    privacy_url: Url = ""
    allowed_origins: Annotated[tuple[str, ...], BeforeValidator(_origins)] = ()
    mail_from: Annotated[str, BeforeValidator(_sender)] = ""
    staff_emails: Addresses = ()
    clinical_emails: Addresses = ()
    backup_emails: Addresses = ()
    on_call_topic_arn: str = ""
    staff_mail_detail: Annotated[str, BeforeValidator(lambda value: _one_of(value, "minimal", "full"))] = "minimal"
    consent_required: bool = False
    ask_self_harm: bool = False
    mfa_required: bool = False
    table_name: str = ""
    notification_queue_name: str = ""
    mail_events_queue_name: str = ""
    mail_events_topic_name: str = ""
    rate_limit_address: Annotated[int, Field(ge=1)] = 60
    rate_limit_contact: Annotated[int, Field(ge=1)] = 20
    acknowledgements_a_day: Annotated[int, Field(ge=1)] = 3
    mail_budget: Annotated[int, Field(ge=1)] = 2000
    alerts_at_once: Annotated[int, Field(ge=1)] = 20
    pages_at_once: Annotated[int, Field(ge=1)] = 5
    form_keys: FormKeys = ()
    configuration_set: str = ""
    staff_configuration_set: str = ""
    user_pool_id: str = ""
    user_pool_client_id: str = ""
    aws_account_id: str = ""

    def resource(self, kind: str) -> str:
        """The name of this stage's resource by convention, so that no lookup is needed."""
        return f"{APP_NAME}-{self.stage}-{kind}"

    @property
    def table(self) -> str:
        """Name of the DynamoDB table."""
        return self.table_name or self.resource("enquiries")

    @property
    def notification_queue(self) -> str:
        """Name of the SQS queue whose messages poke the worker."""
        return self.notification_queue_name or self.resource("notifications")

    @property
    def mail_events_queue(self) -> str:
        """Name of the SQS queue that SES's delivery events reach."""
        return self.mail_events_queue_name or self.resource("mail-events")

    @property
    def mail_events_topic(self) -> str:
        """Name of the SNS topic that SES publishes its delivery events to."""
        return self.mail_events_topic_name or self.resource("mail-events")

    @property
    def mail_configuration_set(self) -> str:
        """Name of the SES configuration set of mail to enquirers."""
        return self.configuration_set or self.resource("mail")

    @property
    def staff_mail_configuration_set(self) -> str:
        """Name of the SES configuration set of mail to staff, which requires TLS."""
        return self.staff_configuration_set or self.resource("staff-mail")


REQUIRED = ("mail_from", "staff_emails")


def _one_of(value: object, *choices: str) -> object:
    if value not in choices:
        raise ValueError(f"must be one of: {', '.join(choices)}")
    return value


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read one stage's settings. Raises ConfigurationError naming every missing and every unreadable one at once."""
    settings, problems = _read(environment)
    missing = [name.upper() for name in REQUIRED if not getattr(settings, name)]
    problems = {**dict.fromkeys(missing, "is required"), **problems}
    if problems:
        raise ConfigurationError(problems)
    return settings


def settings_or_defaults(environment: Mapping[str, str]) -> tuple[Settings, tuple[str, ...]]:
    """What a running instance uses: an unreadable setting falls back to its default, because an enquiry must be
    stored all the same; an unreadable RETENTION keeps everything. Returns the settings and the names of what is missing
    or wrong, for one line in the log."""
    settings, problems = _read(environment)
    missing = {name.upper() for name in REQUIRED if not getattr(settings, name)}
    return settings, tuple(sorted(missing | set(problems)))


def _read(environment: Mapping[str, str]) -> tuple[Settings, dict[str, str]]:
    given: dict[str, Any] = {
        name: environment[name.upper()].strip()
        for name in Settings.model_fields
        if environment.get(name.upper(), "").strip()
    }
    settings, problems = validated(given)
    return settings, {name.upper(): problem for name, problem in problems.items()}


def validated(given: Mapping[str, Any]) -> tuple[Settings, dict[str, str]]:
    """Settings from texts by the names of their fields, with defaults for the rest, and what is wrong by name."""
    try:
        return Settings(**given), {}
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        problems = {str(detail["loc"][0]): detail["msg"].removeprefix("Value error, ") for detail in details}
    kept = {name: value for name, value in given.items() if name not in problems}
    return Settings(**kept, **_in_place_of_defaults(given, problems)), problems


_LISTS = ("staff_emails", "clinical_emails", "backup_emails", "form_keys")


def _in_place_of_defaults(given: Mapping[str, Any], problems: Mapping[str, str]) -> dict[str, Any]:
    """One address or key that cannot be read must not silence the others of its list; and what the default periods
    would erase, though it may have been meant to be kept for longer, cannot be brought back."""
    kept = {"retention": dict.fromkeys(DEFAULT_RETENTION)} if "retention" in problems else {}
    lists = {name: [part.strip() for part in str(given[name]).split(",")] for name in _LISTS if name in problems}
    fits = {name: is_form_key if name == "form_keys" else _ADDRESS.match for name in lists}
    return {**kept, **{name: tuple(part for part in parts if fits[name](part)) for name, parts in lists.items()}}
