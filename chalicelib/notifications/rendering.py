"""Makes the mails: recipients, subject, text and HTML from one folder of templates per kind of mail.

Minimal staff mail and the acknowledgement hold nothing that a person typed. Full staff mail (`STAFF_MAIL_DETAIL=full`)
holds everything: it is for a clinic whose own mail is covered by its agreements.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib.errors import DeliveryFailed
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.notification import Kind
from chalicelib.models.vocabulary import Language, rank
from chalicelib.notifications.staff_details import details
from chalicelib.settings import Settings
from chalicelib.wording.dates import moment_in_words
from chalicelib.wording.texts import text

if TYPE_CHECKING:
    from jinja2 import Environment

STAFF_LANGUAGE: Language = "en"
_TEMPLATES = Path(__file__).parent / "templates"
_CLEAN_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_AGES = (("days", 86_400), ("hours", 3_600), ("minutes", 60))


@dataclass(frozen=True)
class Mail:
    """One mail without its sender: `to` and `reply_to` are bare addresses, `headers` are our own."""

    to: tuple[str, ...]
    subject: str
    text: str
    html: str
    reply_to: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def render_mail(kind: Kind, enquiry: Enquiry, settings: Settings, now: datetime) -> Mail:
    """The mail of one outbox row. Raises DeliveryFailed when it has no recipient, ValueError for a kind that is no
    mail."""
    if kind == "staff_alert":
        return _staff_alert(enquiry, settings, now)
    if kind == "acknowledgement":
        return _acknowledgement(enquiry, settings, now)
    raise ValueError("not a mail")


def desk_link(enquiry: Enquiry, settings: Settings) -> str:
    """Where staff read the enquiry; empty when nobody knows where this service is reached."""
    base_url = enquiry.base_url or settings.public_url
    return f"{base_url}/desk/enquiries/{enquiry.id}" if base_url else ""


def level_word(enquiry: Enquiry) -> str:
    """The level in a word for staff."""
    return text(STAFF_LANGUAGE, f"mail.level_{enquiry.level}")


def arrived_ago(received_at: datetime, now: datetime) -> str:
    """`2 minutes ago`, in the largest whole unit; a clock that runs behind counts as now."""
    seconds = (now - received_at).total_seconds()
    for unit, length in _AGES:
        count = int(seconds // length)
        if count >= 1:
            return text(STAFF_LANGUAGE, f"mail.ago_{unit if count > 1 else unit[:-1]}", count=str(count))
    return text(STAFF_LANGUAGE, "mail.ago_now")


def staff_recipients(enquiry: Enquiry, settings: Settings) -> tuple[str, ...]:
    """Staff, and for urgent and above the clinicians; nobody twice, whatever the case of the letters."""
    addresses = settings.staff_emails
    if rank(enquiry.level) >= rank("urgent"):
        addresses += settings.clinical_emails
    first_spelling: dict[str, str] = {}
    for address in addresses:
        first_spelling.setdefault(address.lower(), address)
    return tuple(first_spelling.values())


def _staff_alert(enquiry: Enquiry, settings: Settings, now: datetime) -> Mail:
    full = settings.staff_mail_detail == "full"
    recipients = staff_recipients(enquiry, settings)
    if not recipients:
        raise DeliveryFailed("STAFF_EMAILS_MISSING", account_wide=True)
    values = {
        "level": level_word(enquiry),
        "ago": arrived_ago(enquiry.received_at, now),
        "arrived": moment_in_words(enquiry.received_at, STAFF_LANGUAGE, settings.clinic_time_zone),
        "link": desk_link(enquiry, settings),
        "sections": details(enquiry) if full else (),
    }
    subject, plain, html = _render("staff_alert", STAFF_LANGUAGE, enquiry, settings, values)
    reply_to = _clean_address(enquiry) if full else ""
    return Mail(recipients, subject, plain, html, reply_to, _headers("staff_alert", enquiry, "auto-generated"))


def _acknowledgement(enquiry: Enquiry, settings: Settings, now: datetime) -> Mail:
    address = _clean_address(enquiry)
    if not address:
        raise DeliveryFailed("ADDRESS_UNUSABLE", permanent=True)
    values = {"promise": _promise(enquiry, settings, now)}
    subject, plain, html = _render("acknowledgement", enquiry.language, enquiry, settings, values)
    headers = {**_headers("acknowledgement", enquiry, "auto-replied"), "Content-Language": enquiry.language}
    return Mail((address,), subject, plain, html, headers=headers)


def _promise(enquiry: Enquiry, settings: Settings, now: datetime) -> str:
    """A mail that was held up must not promise a moment that has passed."""
    if now >= enquiry.reply_by:
        return text(enquiry.language, "mail.promise_soon")
    key = "promise_reply" if enquiry.level == "info" or not enquiry.submission.contact.phone else "promise_call"
    date = moment_in_words(enquiry.reply_by, enquiry.language, settings.clinic_time_zone)
    return text(enquiry.language, f"mail.{key}", date=date)


def _headers(kind: Kind, enquiry: Enquiry, auto_submitted: str) -> dict[str, str]:
    """No `Precedence`: it is in no standard (RFC 3834, section 3.1.8), and `bulk` costs delivery of a mail to one
    person."""
    return {
        "Auto-Submitted": auto_submitted,
        "X-Auto-Response-Suppress": "All",
        "X-Enquiry-Kind": kind,
        "X-Enquiry-Reference": enquiry.reference,
    }


def _clean_address(enquiry: Enquiry) -> str:
    contact = enquiry.submission.contact
    usable = contact.mailable and _CLEAN_ADDRESS.fullmatch(contact.email_address)
    return contact.email_address if usable else ""


def _render(
    folder: str, language: Language, enquiry: Enquiry, settings: Settings, values: Mapping[str, Any]
) -> tuple[str, str, str]:
    """Subject, text and HTML."""
    given = {
        "t": partial(text, language),
        "language": language,
        "reference": enquiry.reference,
        "clinic": settings.clinic_name,
        "phone": settings.clinic_phone,
        **values,
    }
    subject, plain, html = (
        _environment().get_template(f"{folder}/{name}").render(given)
        for name in ("subject.txt", "body.txt", "body.html")
    )
    return subject.strip(), plain.strip() + "\n", html


@cache
def _environment() -> Environment:
    # Costs 54 ms cold, so only where a mail is rendered.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
