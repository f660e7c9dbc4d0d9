"""Sends one mail through SES, and says in our own terms why it could not."""

from __future__ import annotations

from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from botocore.exceptions import ParamValidationError

from chalicelib.aws import AWS_ERRORS
from chalicelib.context import AppContext
from chalicelib.errors import DeliveryFailed
from chalicelib.models.notification import TO_THE_PERSON, Notification
from chalicelib.notifications.mail_templates import Mail
from chalicelib.notifications.provider_errors import NO_ACCESS, Meaning, delivery_failure
from chalicelib.settings import Settings

# 7-bit lines: SES promises 8BITMIME to nobody, and old gateways of hospitals still break it.
_POLICY = SMTP.clone(cte_type="7bit")

MEANINGS = (
    Meaning("AccountSuspendedException", "account_wide"),
    Meaning("SendingPausedException", "account_wide"),
    Meaning("LimitExceededException", "account_wide"),
    Meaning("TooManyRequestsException", "account_wide", "daily"),
    Meaning("Throttling", "account_wide", "daily"),
    Meaning("MailFromDomainNotVerifiedException", "account_wide"),
    Meaning("NotFoundException", "account_wide"),
    Meaning("MessageRejected", "account_wide", "not verified"),
    Meaning("MessageRejected", "account_wide", "authority to send"),
    Meaning("MessageRejected", "account_wide", "sending paused"),
    Meaning("MessageRejected", "permanent"),
    Meaning("BadRequestException", "permanent"),
    *NO_ACCESS,
)
"""What SES's errors mean for one mail, first fit wins. `TooManyRequestsException` without the daily quota, 5xx and
timeouts stay retryable; `NotFoundException` is a missing configuration set. Source: SES API v2, SendEmail, Errors;
"Amazon SES email sending errors"."""


def send_mail(context: AppContext, mail: Mail, notification: Notification) -> str:
    """Hand one mail to SES and return its message id. Raises DeliveryFailed; it is ambiguous when nobody
    knows whether the mail went out: then a delivery event with the same tag will tell."""
    sender = context.settings.mail_from
    if not sender:
        raise DeliveryFailed("MAIL_FROM_MISSING", account_wide=True)
    raw = raw_mail(mail, sender)
    try:
        answer = context.clients.ses.send_email(
            Destination={"ToAddresses": list(mail.to)},
            Content={"Raw": {"Data": raw}},
            ConfigurationSetName=_configuration_set(context.settings, notification),
            EmailTags=[
                {"Name": "notification_id", "Value": notification.notification_id},
                {"Name": "kind", "Value": notification.kind},
            ],
        )
    except ParamValidationError:
        # Its text quotes the parameters, so it must not travel on as a cause.
        raise DeliveryFailed("ParamValidationError", permanent=True) from None
    except AWS_ERRORS as error:
        raise delivery_failure(error, MEANINGS) from error
    return str(answer["MessageId"])


def _configuration_set(settings: Settings, notification: Notification) -> str:
    """Staff mail may hold answers (`STAFF_MAIL_DETAIL=full`), and so may what staff write themselves: neither must
    travel in clear."""
    if notification.kind in TO_THE_PERSON and not notification.words:
        return settings.mail_configuration_set
    return settings.staff_mail_configuration_set


def raw_mail(mail: Mail, sender: str) -> bytes:
    """RFC 5322 bytes: text and HTML as alternatives, every line 7-bit. `sender` is an address, or a name and an
    <address>. Raises DeliveryFailed when a header cannot be built, above all when it holds a line break."""
    message = EmailMessage(policy=_POLICY)
    try:
        message["From"] = _address(sender)
    except (ValueError, IndexError, MessageError):
        raise DeliveryFailed("MAIL_FROM_UNUSABLE", account_wide=True) from None
    try:
        _add_headers(message, mail)
    except (ValueError, IndexError, MessageError):
        raise DeliveryFailed("HEADER_UNUSABLE", permanent=True) from None
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    return message.as_bytes()


def _add_headers(message: EmailMessage, mail: Mail) -> None:
    message["To"] = [Address(addr_spec=address) for address in mail.to]
    message["Subject"] = mail.subject
    if mail.reply_to:
        message["Reply-To"] = Address(addr_spec=mail.reply_to)
    for name, value in mail.headers.items():
        message[name] = value


def _address(sender: str) -> Address:
    """By hand: `parseaddr` takes `Clinic, Inc. <desk@…>` for two addresses, and its first is `Clinic`."""
    name, _, address = sender.rpartition("<")
    return Address(display_name=name.strip().strip('"'), addr_spec=address.rstrip("> ").strip())
