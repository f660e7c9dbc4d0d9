"""Tells whoever is on call, by SNS: any second channel (telephone, pager, SMS) may hang on the topic."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.context import AppContext
from chalicelib.errors import DeliveryFailed
from chalicelib.models.enquiry import Enquiry
from chalicelib.notifications.provider_errors import NO_ACCESS, Meaning, delivery_failure
from chalicelib.notifications.rendering import desk_link, level_word
from chalicelib.wording.texts import text

MEANINGS = (
    Meaning("AuthorizationError", "account_wide"),
    Meaning("KMSAccessDenied", "account_wide"),
    Meaning("NotFound", "permanent"),
    Meaning("InvalidParameter", "permanent"),
    *NO_ACCESS,
)
"""What SNS's errors mean for one alert; the rest is retryable. Source: SNS API, Publish, Errors."""


def publish_alert(context: AppContext, enquiry: Enquiry) -> str:
    """Publish reference, level and link, nothing else, and return SNS's message id. Raises DeliveryFailed; a topic
    that was removed from the settings is a permanent failure, so that somebody sees it."""
    topic = context.settings.on_call_topic_arn
    if not topic:
        raise DeliveryFailed("ON_CALL_TOPIC_ARN_MISSING", permanent=True)
    subject, message = alert_texts(enquiry, desk_link(enquiry, context.settings))
    try:
        answer = context.clients.sns.publish(TopicArn=topic, Subject=subject, Message=message)
    except (BotoCoreError, ClientError) as error:
        raise delivery_failure(error, MEANINGS) from error
    return str(answer["MessageId"])


def alert_texts(enquiry: Enquiry, link: str) -> tuple[str, str]:
    """Subject (SNS: ASCII, one line, under 100 characters) and message (fits one SMS without its link)."""
    values = {"level": level_word(enquiry).upper(), "reference": enquiry.reference}
    return text("en", "mail.on_call_subject", **values), text("en", "mail.on_call_message", **values, link=link)
