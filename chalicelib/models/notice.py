"""Something that the service itself tells the staff: the daily digest, an address that bounces, a late canary, a
quarantine that nobody has looked through, alerts that are told together."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from chalicelib.models.notification import NOTICE_PREFIX

NoticeTopic = Literal[
    "digest",
    "address_bounced",
    "canary_late",
    "unaccounted",
    "mail_stopped",
    "on_call_failed",
    "mail_budget_spent",
    "quarantine",
    "gathered",
]


class NoticeSection(BaseModel):
    """A heading and its lines, each a label and a count."""

    model_config = ConfigDict(frozen=True)

    title: str
    lines: tuple[tuple[str, str], ...]


class Notice(BaseModel):
    """`id` is unique for what is said once (`notice-digest-2026-03-02`); `values` fill the texts of its topic and hold
    nothing that a person typed; staff mail leaves out the addresses in `without`."""

    model_config = ConfigDict(frozen=True)

    id: str
    topic: NoticeTopic
    values: dict[str, str] = {}
    sections: tuple[NoticeSection, ...] = ()
    without: tuple[str, ...] = ()


def notice_id(*parts: str) -> str:
    """`notice-<part>-<part>`: no underscore, which ends the owner in a notification id."""
    return NOTICE_PREFIX + "-".join(parts).replace("_", "-")
