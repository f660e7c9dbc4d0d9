"""A row of the outbox: one message that must go out, and how far it has got."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

EnquiryKind = Literal[
    "staff_alert",
    "acknowledgement",
    "on_call_alert",
    "re_alert",
    "on_call_re_alert",
    "reminder",
    "backup_alert",
    "on_call_escalation",
    "on_call_failure",
    "level_alert",
    "withdrawn_alert",
    "desk_reply",
]
"""About one enquiry: what accepting it causes, the second alert of an emergency or crisis, the steps of the escalation
ladder, the second channel for staff mail that could not be sent, what raising its level causes, what withdrawing
it in danger causes, and what the desk writes to the person."""
NoticeKind = Literal[
    "digest",
    "staff_notice",
    "on_call_notice",
    "review_reminder",
    "review_escalation",
    "gathered_alert",
    "on_call_gathered",
]
"""About the service itself, about what nobody has looked through in quarantine, and, by mail or to the topic, about all
enquiries whose alerts came too fast for a message each."""
Kind = EnquiryKind | NoticeKind
NotificationStatus = Literal[
    "pending", "sent", "delayed", "delivered", "rejected", "bounced", "complained", "failed", "suppressed"
]
Fate = Literal["delayed", "delivered", "rejected", "bounced", "complained"]
"""What became of a sent mail at one recipient. Each is final against those before it: a mail may bounce after it was
delivered, and only what was delivered draws a complaint."""

TOO_MANY_MAILS, BUDGET_SPENT = "too many mails", "mail budget spent"
"""Why an acknowledgement is suppressed: the limit of its address, the one of everybody."""
TO_THE_PERSON: frozenset[Kind] = frozenset({"acknowledgement", "desk_reply"})
"""Mail to whoever wrote the enquiry; all else goes to the clinic."""
REVIEW_KINDS: frozenset[Kind] = frozenset({"review_reminder", "review_escalation"})
GATHERED_KINDS: frozenset[Kind] = frozenset({"gathered_alert", "on_call_gathered"})
KINDS: frozenset[str] = frozenset(get_args(EnquiryKind)) | frozenset(get_args(NoticeKind))
FATES: tuple[Fate, ...] = get_args(Fate)
NOTICE_PREFIX = "notice-"
_BEST_FIRST: tuple[Fate, ...] = ("delivered", "complained", "delayed", "bounced", "rejected")


class Notification(BaseModel):
    """One message to one audience. `owner` is an enquiry's id, or a notice's (`notice-…`). `due_at` is when the sweeper
    pokes it next; `lease_until` is until when one worker owns it; times are aware UTC. `round` counts the targets of
    the response clock, or the replies of the desk; `words` are what staff wrote themselves in such a reply.
    `ambiguous`: the last attempt may have gone out all the same. `fates` are known by the hash of the recipient's
    address; `revision` grows with each of them. `gathered_in`: the owner of the message that tells of this one and
    others together, or will. `counters`: the keys (pk → sk) of the limits that count this message, once for all its
    attempts; None while none does."""

    model_config = ConfigDict(frozen=True)

    owner: str
    kind: Kind
    round: int = 1
    status: NotificationStatus = "pending"
    attempts: int = 0
    due_at: datetime
    lease_until: datetime | None = None
    last_error: str = ""
    ambiguous: bool = False
    message_id: str = ""
    fates: dict[str, Fate] = {}
    revision: int = 0
    words: str = ""
    gathered_in: str = ""
    counters: dict[str, str] | None = None

    @property
    def name(self) -> str:
        """The kind; from the second round on with its number, because each step is taken once in a round."""
        return self.kind if self.round == 1 else f"{self.kind}-{self.round}"

    @property
    def notification_id(self) -> str:
        """`<owner>_<name>`: fit for an SES tag, and enough to find the row."""
        return f"{self.owner}_{self.name}"

    @property
    def is_notice(self) -> bool:
        """Whether the row is about the service and not about an enquiry."""
        return self.owner.startswith(NOTICE_PREFIX)


def split_notification_id(notification_id: str) -> tuple[str, str]:
    """Owner and name. Raises ValueError when it is not one of ours."""
    owner, separator, name = notification_id.partition("_")
    kind, dash, number = name.partition("-")
    if not owner or not separator or kind not in KINDS or bool(dash) != number.isdecimal():
        raise ValueError("not a notification id")
    return owner, name


def merged_fates(known: Mapping[str, Fate], news: Mapping[str, Fate]) -> dict[str, Fate]:
    """The later fate of each recipient. Events come twice and in any order; neither changes the result."""
    merged = dict(known)
    for recipient, fate in news.items():
        merged[recipient] = max(fate, merged.get(recipient, fate), key=FATES.index)
    return merged


def status_of(fates: Mapping[str, Fate]) -> NotificationStatus:
    """A mail to several people is as good as the best that happened to it: one who has it can act. `sent` while
    nothing is known."""
    return next((fate for fate in _BEST_FIRST if fate in fates.values()), "sent")
