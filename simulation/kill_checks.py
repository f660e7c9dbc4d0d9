"""What must hold when the application has been killed again and again and has then been left in peace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

UNDER_WAY = 3
"""How many messages the pump can have under way at one moment: two workers and a tick. A kill repeats no more."""
Item = dict[str, Any]


@dataclass
class Post:
    """One enquiry of a visitor who repeats it under the same key until it is answered, unless they give up at the first
    post without an answer. `broken` counts those, `refused` the answers that are no success."""

    key: str
    fields: Mapping[str, Any]
    gives_up: bool = False
    answers: list[Item] = field(default_factory=list)
    broken: int = 0
    refused: int = 0


@dataclass(frozen=True)
class Remains:
    """What is there in the end. `rows` is the whole table, `mails` the sandbox's mailbox, `waiting` counts messages by
    queue. `dead` counts those that were under way at five kills; that nothing is lost with them, the rows tell."""

    rows: Sequence[Item]
    mails: Sequence[Item]
    waiting: Mapping[str, int]
    dead: int

    @property
    def enquiries(self) -> list[Item]:
        """Visitors' enquiries; test enquiries are nobody's."""
        return [row for row in self.rows if row["sk"] == "ENQUIRY" and not row.get("is_test")]

    @property
    def notifications(self) -> list[Item]:
        """The outbox."""
        return [row for row in self.rows if str(row["sk"]).startswith("NOTIFICATION#")]

    def stored(self, post: Post) -> list[Item]:
        """The enquiries that a post became."""
        return [row for row in self.enquiries if row["submission"]["answers"]["message"] == post.fields["message"]]

    def mails_about(self, reference: str) -> Counter[str]:
        """How many mails of each kind."""
        return Counter(str(mail["kind"]) for mail in self.mails if mail["reference"] == reference)

    @property
    def repeated_mails(self) -> int:
        """Mails that went out more than once for one outbox row."""
        return sum(self._sent_too_often(row) for row in self.enquiries)

    def _sent_too_often(self, enquiry: Item) -> int:
        rounds = Counter(row["kind"] for row in self.notifications if row["owner"] == enquiry["id"])
        sent = self.mails_about(enquiry["reference"])
        return sum(max(0, count - rounds[kind]) for kind, count in sent.items())


def violations(posts: Sequence[Post], remains: Remains, kills: int) -> list[str]:
    """What is wrong; empty when nothing is."""
    found = [
        *(problem for post in posts for problem in _of_post(post, remains, kills)),
        *_at_rest(remains),
    ]
    if len(remains.enquiries) > len(posts):
        found.append(f"{len(remains.enquiries)} enquiries of {len(posts)} posts")
    if remains.repeated_mails > kills * UNDER_WAY:
        found.append(f"{remains.repeated_mails} mails repeated by {kills} kills")
    return found


def at_rest(remains: Remains) -> bool:
    """Whether nothing waits any more."""
    return not list(_at_rest(remains))


def _of_post(post: Post, remains: Remains, kills: int) -> Iterator[str]:
    stored = remains.stored(post)
    if len(stored) != 1:
        yield f"{post.key}: {len(stored)} enquiries, {len(post.answers)} answers, {post.broken} broken"
        return
    (enquiry,) = stored
    told = {(answer["id"], answer["reference"]) for answer in post.answers}
    if told != {(enquiry["id"], enquiry["reference"])}:
        yield f"{post.key}: answered with {len(told)} references, or with another than was stored"
    contact = enquiry["submission"]["contact"]
    if (contact["name"], contact["email"]) != (post.fields["name"], post.fields["email"]):
        yield f"{post.key}: stored otherwise than it was sent"
    sent = remains.mails_about(enquiry["reference"])
    if not sent["staff_alert"]:
        yield f"{post.key}: nobody at the clinic was told"
    if not 1 <= sent["acknowledgement"] <= 1 + kills:
        yield f"{post.key}: {sent['acknowledgement']} acknowledgements"


def _at_rest(remains: Remains) -> Iterator[str]:
    for row in remains.notifications:
        if row["status"] in ("pending", "failed") or "lease_until" in row:
            yield f"{row['owner']}: {row['sk']} is {row['status']}, {row.get('last_error', '')}"
        elif row["status"] == "sent" and not row["kind"].startswith("on_call"):
            yield f"{row['owner']}: {row['sk']} was sent, and no event has told what became of it"
    for queue, count in remains.waiting.items():
        if count:
            yield f"{queue}: {count} messages wait"
