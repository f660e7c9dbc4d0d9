"""Tells whoever is on call, by SNS: any second channel (telephone, pager, SMS) may hang on the topic."""

from __future__ import annotations

from chalicelib.aws import AWS_ERRORS
from chalicelib.context import AppContext
from chalicelib.errors import DeliveryFailed
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.notice import Notice
from chalicelib.models.notification import Kind
from chalicelib.notifications.provider_errors import NO_ACCESS, Meaning, delivery_failure
from chalicelib.notifications.rendering import level_word
from chalicelib.wording.texts import text

MEANINGS = (
    Meaning("AuthorizationError", "account_wide"),
    Meaning("KMSAccessDenied", "account_wide"),
    Meaning("NotFound", "permanent"),
    Meaning("InvalidParameter", "permanent"),
    *NO_ACCESS,
)
"""What SNS's errors mean for one alert; the rest is retryable. Source: SNS API, Publish, Errors."""


def publish_alert(context: AppContext, subject: str, message: str) -> str:
    """Publish one message to the on-call topic and return SNS's message id. Raises DeliveryFailed; a topic that was
    removed from the settings is a permanent failure, so that somebody sees it."""
    topic = context.settings.on_call_topic_arn
    if not topic:
        raise DeliveryFailed("ON_CALL_TOPIC_ARN_MISSING", permanent=True)
    try:
        answer = context.clients.sns.publish(TopicArn=topic, Subject=subject, Message=message)
    except AWS_ERRORS as error:
        raise delivery_failure(error, MEANINGS) from error
    return str(answer["MessageId"])


def alert_texts(kind: Kind, enquiry: Enquiry, link: str) -> tuple[str, str]:
    """Subject (SNS: ASCII, one line, under 100 characters) and message (fits one SMS without its link): reference,
    level and link, nothing else."""
    values = {"level": level_word(enquiry).upper(), "reference": enquiry.reference}
    return text("en", f"staff.{kind}_subject", **values), text("en", f"staff.{kind}_message", **values, link=link)


def notice_texts(notice: Notice) -> tuple[str, str]:
    """The same for what the service itself has to tell."""
    topic = f"staff.notice_{notice.topic}"
    return text("en", f"{topic}_subject", **notice.values), text("en", f"{topic}_message", **notice.values)
