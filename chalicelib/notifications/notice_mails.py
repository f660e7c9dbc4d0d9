"""Makes the mails of the service itself: the daily digest and notices to staff. They hold counts and settings, nothing
that a person typed."""

from __future__ import annotations

from chalicelib.errors import DeliveryFailed
from chalicelib.models.notice import Notice
from chalicelib.models.notification import Kind
from chalicelib.notifications.mail_templates import STAFF_LANGUAGE, Mail, automatic_headers, render
from chalicelib.notifications.rendering import unique_addresses
from chalicelib.settings import Settings
from chalicelib.wording.texts import text


def render_notice(kind: Kind, notice: Notice, settings: Settings) -> Mail:
    """The mail of a notice. Raises DeliveryFailed when nobody is left to tell."""
    recipients = _recipients(notice, settings)
    if not recipients:
        raise DeliveryFailed("RECIPIENTS_MISSING", permanent=True)
    values = {
        **notice.values,
        "link": f"{settings.public_url}/desk" if settings.public_url else "",
        "sections": notice.sections,
    }
    if notice.topic != "digest":
        values["title"] = text(STAFF_LANGUAGE, f"staff.notice_{notice.topic}_subject", **notice.values)
        values["body"] = text(STAFF_LANGUAGE, f"staff.notice_{notice.topic}_mail", **notice.values)
    subject, plain, html = render(kind, STAFF_LANGUAGE, settings, values)
    return Mail(recipients, subject, plain, html, headers=automatic_headers(kind, "auto-generated"))


def _recipients(notice: Notice, settings: Settings) -> tuple[str, ...]:
    """Staff; where one address is the news, everybody else whom the settings name."""
    if not notice.without:
        return unique_addresses(settings.staff_emails)
    left_out = {address.lower() for address in notice.without}
    everybody = settings.staff_emails + settings.clinical_emails + settings.backup_emails
    return unique_addresses(address for address in everybody if address.lower() not in left_out)
