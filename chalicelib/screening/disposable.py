"""Mail addresses that live for minutes: domains that hand one to anybody without asking."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

DOMAINS_FILE = Path(__file__).parent / "spam_data" / "disposable_domains.json"


@lru_cache(maxsize=1)
def disposable_domains() -> frozenset[str]:
    """The list that is deployed."""
    return frozenset(json.loads(DOMAINS_FILE.read_text("utf-8"))["domains"])


def is_disposable(address: str) -> bool:
    """Whether an address, or a subdomain of its domain, is of that kind. Relays that protect a person's own address
    are not."""
    labels = address.rpartition("@")[2].lower().split(".")
    return any(".".join(labels[place:]) in disposable_domains() for place in range(len(labels) - 1))
