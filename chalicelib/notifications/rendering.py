"""Makes the mails about an enquiry: recipients, subject, text and HTML.

Minimal staff mail and the acknowledgement hold nothing that a person typed. A reply of the desk holds nothing but what
staff wrote themselves. Full staff mail (`STAFF_MAIL_DETAIL=full`)
holds everything: it is for a clinic whose own mail is covered by its agreements.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from chalicelib.errors import DeliveryFailed
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.notification import Kind
from chalicelib.models.vocabulary import rank
from chalicelib.notifications.mail_templates import STAFF_LANGUAGE, Mail, automatic_headers, render
from chalicelib.notifications.staff_details import details
from chalicelib.settings import Settings
from chalicelib.wording.dates import moment_in_words
from chalicelib.wording.texts import text

_CLEAN_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_STAFF_MAILS = ("staff_alert", "level_alert", "withdrawn_alert", "re_alert", "reminder", "backup_alert")
SIMULATOR = "success@simulator.amazonses.com"
"""SES's own mailbox: it accepts mail like any other and shows it to nobody."""
_AGES = (("days", 86_400), ("hours", 3_600), ("minutes", 60))


def render_mail(
    kind: Kind, enquiry: Enquiry, settings: Settings, now: datetime, words: str = "", *, token: str = ""
) -> Mail:
    """The mail of one outbox row; `words` are its own, by `token` the person may withdraw. Raises
    DeliveryFailed when it has no recipient, ValueError for a kind that is no mail about an enquiry."""
    if kind == "acknowledgement":
        return _acknowledgement(enquiry, settings, now, token)
    if kind == "desk_reply":
        return _desk_reply(enquiry, settings, words)
    if kind in _STAFF_MAILS:
        return _staff_mail(kind, enquiry, settings, now)
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


def staff_recipients(kind: Kind, enquiry: Enquiry, settings: Settings) -> tuple[str, ...]:
    """Staff, and for urgent and above the clinicians; the backup recipients where it is their turn. A test enquiry is
    shown to nobody."""
    if enquiry.is_test:
        return (SIMULATOR,)
    if kind == "backup_alert":
        return unique_addresses(settings.backup_emails)
    addresses = settings.staff_emails
    if rank(enquiry.level) >= rank("urgent"):
        addresses += settings.clinical_emails
    if kind == "re_alert":
        addresses += settings.backup_emails
    return unique_addresses(addresses)


def unique_addresses(addresses: Iterable[str]) -> tuple[str, ...]:
    """Nobody twice, whatever the case of the letters."""
    first_spelling: dict[str, str] = {}
    for address in addresses:
        first_spelling.setdefault(address.lower(), address)
    return tuple(first_spelling.values())


def _staff_mail(kind: Kind, enquiry: Enquiry, settings: Settings, now: datetime) -> Mail:
    full = settings.staff_mail_detail == "full"
    recipients = staff_recipients(kind, enquiry, settings)
    if not recipients:
        raise DeliveryFailed("RECIPIENTS_MISSING", account_wide=kind == "staff_alert", permanent=kind != "staff_alert")
    values = {
        "subject": "mail.staff_subject" if kind == "staff_alert" else f"staff.{kind}_subject",
        "note": "" if kind == "staff_alert" else text(STAFF_LANGUAGE, f"staff.{kind}_note"),
        "level": level_word(enquiry),
        "ago": arrived_ago(enquiry.received_at, now),
        "arrived": moment_in_words(enquiry.received_at, STAFF_LANGUAGE, settings.clinic_time_zone),
        "link": desk_link(enquiry, settings),
        "sections": details(enquiry) if full else (),
        "reference": enquiry.reference,
    }
    subject, plain, html = render("staff_alert", STAFF_LANGUAGE, settings, values)
    reply_to = _clean_address(enquiry) if full else ""
    return Mail(recipients, subject, plain, html, reply_to, _headers(kind, enquiry, "auto-generated"))


def _acknowledgement(enquiry: Enquiry, settings: Settings, now: datetime, token: str) -> Mail:
    address = _clean_address(enquiry)
    if not address:
        raise DeliveryFailed("ADDRESS_UNUSABLE", permanent=True)
    base_url = enquiry.base_url or settings.public_url
    values = {
        "promise": _promise(enquiry, settings, now),
        "reference": enquiry.reference,
        "withdraw_link": f"{base_url}/withdraw/{token}?lang={enquiry.language}" if base_url and token else "",
    }
    subject, plain, html = render("acknowledgement", enquiry.language, settings, values)
    headers = {**_headers("acknowledgement", enquiry, "auto-replied"), "Content-Language": enquiry.language}
    return Mail((address,), subject, plain, html, headers=headers)


def _desk_reply(enquiry: Enquiry, settings: Settings, words: str) -> Mail:
    address = _clean_address(enquiry)
    if not address:
        raise DeliveryFailed("ADDRESS_UNUSABLE", permanent=True)
    base_url = enquiry.base_url or settings.public_url
    values = {
        "paragraphs": [part.strip() for part in words.split("\n\n") if part.strip()],
        "link": f"{base_url}/form?lang={enquiry.language}" if base_url else "",
        "reference": enquiry.reference,
    }
    subject, plain, html = render("desk_reply", enquiry.language, settings, values)
    headers = {**_headers("desk_reply", enquiry, "auto-generated"), "Content-Language": enquiry.language}
    return Mail((address,), subject, plain, html, headers=headers)


def _promise(enquiry: Enquiry, settings: Settings, now: datetime) -> str:
    """A mail that was held up must not promise a moment that has passed."""
    if now >= enquiry.reply_by:
        return text(enquiry.language, "mail.promise_soon")
    key = "promise_reply" if enquiry.level == "info" or not enquiry.submission.contact.phone else "promise_call"
    date = moment_in_words(enquiry.reply_by, enquiry.language, settings.clinic_time_zone)
    return text(enquiry.language, f"mail.{key}", date=date)


def _headers(kind: Kind, enquiry: Enquiry, auto_submitted: str) -> dict[str, str]:
    return {**automatic_headers(kind, auto_submitted), "X-Enquiry-Reference": enquiry.reference}


def _clean_address(enquiry: Enquiry) -> str:
    contact = enquiry.submission.contact
    usable = contact.mailable and _CLEAN_ADDRESS.fullmatch(contact.email_address)
    return contact.email_address if usable else ""
