"""Marks of a machine or an advertiser in who sends a post: each may be anybody's, so all count only beside words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ADVERTISERS_FILE = Path(__file__).parent / "spam_data" / "advertiser_domains.json"
_RUN_TOGETHER = re.compile(r"[A-Z][a-z]{2,}[A-Z][a-z]{2,}")
_PARTICLE = re.compile(r"Ma?c|De|Di|Du|La|Le|Van|Von|Fitz|Mary|Jo|Ann")
_SAME_DIGITS = re.compile(r"(\d)\1{6,}")
_NUMBER_OF_MACHINES = re.compile(r"8[2-9]\d{9}")


@dataclass(frozen=True)
class Sender:
    """Who a post says that it is from: name, the address as it could be read, and the telephone number as typed."""

    name: str
    email: str
    phone: str


def machine_marks(sender: Sender) -> Iterator[str]:
    """The codes of what is found, each once."""
    if _is_run_together(sender.name.strip()):
        yield "name_run_together"
    digits = re.sub(r"\D", "", sender.phone[:60])
    if _NUMBER_OF_MACHINES.fullmatch(digits) or _SAME_DIGITS.search(digits):
        yield "phone_made_up"
    if is_advertiser(sender.email):
        yield "advertiser_address"


def is_advertiser(address: str) -> bool:
    """Whether the domain of an address is named like an agency, a lender or a shop, and not like a clinic, a school or
    a mail service."""
    domain = address.rpartition("@")[2].lower()[:255]
    names = _names()
    return any(name in domain for name in names.advertisers) and not any(name in domain for name in names.others)


@dataclass(frozen=True)
class _Names:
    advertisers: tuple[str, ...]
    others: tuple[str, ...]


@lru_cache(maxsize=1)
def _names() -> _Names:
    data = json.loads(ADVERTISERS_FILE.read_text("utf-8"))
    return _Names(tuple(data["advertisers"].split()), tuple(data["others"].split()))


def _is_run_together(name: str) -> bool:
    """`JohnSmithee` in one word; `McDonald` and `LaKeisha` are names."""
    return bool(_RUN_TOGETHER.fullmatch(name)) and not _PARTICLE.match(name)
