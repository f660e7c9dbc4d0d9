"""Publishes SES's events of what moto has accepted to the topic of each mail's configuration set. Import it before the
first mail is sent, in the process that holds moto."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.ses.models import RawMessage, SESBackend, ses_backends
from moto.sesv2.responses import SESV2Response
from moto.sns.models import sns_backends

from sandbox.mail_parsing import parse_message
from sandbox.ses_events import Event, SentMail, events_of

SUBJECT = "Amazon SES Email Event Notification"
VALIDATION = "Successfully validated SNS topic for Amazon SES event publishing."
_UNTOLD = "sandbox_request"
"""Where a mail keeps the request that brought it until its events have been published."""


def publish_mail_events(region: str, at: datetime) -> int:
    """Publish the events of every mail since the last time, as of `at`, and return how many. They go out whatever SNS
    answers to others: SES does not come in by the same door."""
    backend = _ses(region)
    untold = [mail for mail in backend.sent_messages if isinstance(mail, RawMessage) and hasattr(mail, _UNTOLD)]
    return sum(_publish_of(backend, mail, at) for mail in untold)


def publish_validations(region: str) -> None:
    """Publish what SES does when an event destination is made: a text that is no event, once for each."""
    for destination in _ses(region).config_set_event_destination.values():
        sns_backends[DEFAULT_ACCOUNT_ID][region].topics[_topic(destination)].publish(VALIDATION)


def event_topics(region: str) -> set[str]:
    """ARNs of the topics that SES publishes to."""
    return {_topic(destination) for destination in _ses(region).config_set_event_destination.values()}


def _publish_of(backend: SESBackend, mail: RawMessage, at: datetime) -> int:
    request = vars(mail).pop(_UNTOLD)
    destination = backend.config_set_event_destination.get(request.get("ConfigurationSetName", ""))
    if destination is None:
        return 0
    wanted = {kind.lower() for kind in destination["MatchingEventTypes"]}
    sent = _sent_mail(backend, mail, request)
    events = [event for event in events_of(sent, at) if event["eventType"].lower() in wanted]
    for event in events:
        _publish(backend.region_name, _topic(destination), event)
    return len(events)


def _publish(region: str, topic: str, event: Event) -> None:
    # With the line break that SES puts behind its JSON.
    sns_backends[DEFAULT_ACCOUNT_ID][region].topics[topic].publish(json.dumps(event) + "\n", subject=SUBJECT)


def _sent_mail(backend: SESBackend, mail: RawMessage, request: Mapping[str, Any]) -> SentMail:
    told = request.get("Destination", {})
    envelope = [address for kind in ("To", "Cc", "Bcc") for address in told.get(f"{kind}Addresses", [])]
    addresses = [parseaddr(address)[1] for address in envelope or mail.destinations]
    return SentMail(
        id=mail.id,
        source=mail.source,
        to=list(dict.fromkeys(addresses)),
        configuration_set=request["ConfigurationSetName"],
        tags={tag["Name"]: tag["Value"] for tag in request.get("EmailTags", [])},
        message=parse_message(mail.raw_data),
        account=backend.account_id,
        region=backend.region_name,
    )


def _topic(destination: Mapping[str, Any]) -> str:
    return str(destination["SnsDestination"]["TopicARN"])


def _ses(region: str) -> SESBackend:
    return ses_backends[DEFAULT_ACCOUNT_ID][region]


def _send_and_keep_request(self: SESV2Response) -> str:
    # moto forgets the configuration set and the tags.
    answer = str(_SEND(self))
    sent = {mail.id: mail for mail in self.sesv2_backend.core_backend.sent_messages[-10:]}
    vars(sent[json.loads(answer)["MessageId"]])[_UNTOLD] = json.loads(self.body)
    return answer


_SEND = SESV2Response.send_email
SESV2Response.send_email = _send_and_keep_request
