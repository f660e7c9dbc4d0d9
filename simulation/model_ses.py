"""SES in memory: keeps every mail it accepts, decides what becomes of it, and tells it to the configuration set's
topics."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import count
from typing import Any, Literal

from simulation.mail_events import SentMail, mail_event
from simulation.model_errors import NotModelled, client_error
from simulation.model_resources import EventDestination
from simulation.model_sns import ModelSNS
from simulation.model_writes import require_known

Fate = Literal["delivered", "bounced", "bounced_for_now", "complained", "delayed", "rejected", "silent"]
"""What becomes of a mail. `delayed` arrives in the end; `silent` has no event after Send."""
EVENTS: Mapping[Fate, tuple[str, ...]] = {
    "delivered": ("Send", "Delivery"),
    "bounced": ("Send", "Bounce"),
    "bounced_for_now": ("Send", "Bounce"),
    "complained": ("Send", "Delivery", "Complaint"),
    "delayed": ("Send", "DeliveryDelay", "Delivery"),
    "rejected": ("Send", "Reject"),
    "silent": ("Send",),
}
_SIMULATOR = "@simulator.amazonses.com"
_SIMULATED: Mapping[str, Fate] = {
    "bounce": "bounced",
    "suppressionlist": "bounced",
    "complaint": "complained",
    "success": "delivered",
    "ooto": "delivered",
}
_TAG = re.compile(r"[A-Za-z0-9_.@-]{1,256}")
_MAX_RECIPIENTS = 50
_PARAMETERS = {"FromEmailAddress", "Destination", "Content", "ConfigurationSetName", "EmailTags"}


class ModelSES:
    """The client (SES API v2). `fates` says what becomes of mail to an address; mail to others is delivered, and the
    mailbox simulator's addresses do what their names say. `event_seconds` lie between two events of one mail."""

    def __init__(
        self,
        configuration_sets: Iterable[str],
        destinations: Iterable[EventDestination],
        sns: ModelSNS,
        clock: Callable[[], datetime],
    ) -> None:
        self.sent: list[SentMail] = []
        self.fates: dict[str, Fate] = {}
        self.event_seconds: float = 1
        self.variants: dict[tuple[str, str], Callable[..., Any]] = {}
        self._configuration_sets = frozenset(configuration_sets)
        self._destinations = tuple(destinations)
        self._sns = sns
        self._clock = clock
        self._ids = count(1)

    def send_email(self, **parameters: Any) -> dict[str, Any]:
        """`SendEmail` with a raw message."""
        require_known(parameters, _PARAMETERS)
        _refuse_unfit(parameters)
        configuration_set = parameters.get("ConfigurationSetName", "")
        if configuration_set and configuration_set not in self._configuration_sets:
            message = f"Configuration set <{configuration_set}> does not exist."
            raise client_error("SendEmail", "NotFoundException", message, status=404)
        mail = SentMail(
            id=f"ses-{next(self._ids)}",
            at=self._clock(),
            to=tuple(parameters["Destination"]["ToAddresses"]),
            tags={each["Name"]: each["Value"] for each in parameters.get("EmailTags", [])},
            configuration_set=configuration_set,
            raw=parameters["Content"]["Raw"]["Data"],
        )
        self.sent.append(mail)
        self._tell(mail)
        return {"MessageId": mail.id}

    def fate_of(self, address: str) -> Fate:
        """What becomes of mail to an address."""
        if address in self.fates:
            return self.fates[address]
        if address.endswith(_SIMULATOR):
            return _SIMULATED.get(re.split(r"[+@]", address)[0], "delivered")
        return "delivered"

    def emit(self, mail: SentMail, event_type: str, to: tuple[str, ...], *, delay_seconds: float = 0) -> None:
        """Send one event to every topic that asked for its kind."""
        for destination in self._destinations:
            if destination.configuration_set == mail.configuration_set and event_type in destination.event_types:
                for_good = any(self.fate_of(address) == "bounced" for address in to)
                event = mail_event(mail, event_type, to, for_good=for_good)
                self._sns.relay(destination.topic_arn, event, delay_seconds=delay_seconds)

    def _tell(self, mail: SentMail) -> None:
        """Send once, then for every address what became of it."""
        self.emit(mail, "Send", mail.to)
        for address in mail.to:
            for place, event_type in enumerate(EVENTS[self.fate_of(address)][1:], start=1):
                self.emit(mail, event_type, (address,), delay_seconds=place * self.event_seconds)


def _refuse_unfit(parameters: Mapping[str, Any]) -> None:
    """Raises ClientError, and NotModelled for mail that is not raw."""
    if parameters["Content"].keys() != {"Raw"} or parameters["Destination"].keys() != {"ToAddresses"}:
        raise NotModelled("only raw mail to ToAddresses")
    if not 0 < len(parameters["Destination"]["ToAddresses"]) <= _MAX_RECIPIENTS:
        raise client_error("SendEmail", "BadRequestException", "Recipient count exceeds 50.")
    tags = parameters.get("EmailTags", [])
    if not all(_TAG.fullmatch(each["Name"]) and _TAG.fullmatch(each["Value"]) for each in tags):
        raise client_error("SendEmail", "BadRequestException", "Invalid tag.")
    if len({each["Name"] for each in tags}) < len(tags):
        raise client_error("SendEmail", "BadRequestException", "Duplicate tag name.")
