"""What lets the server of a site builder post for all its visitors: a form's name with the hash of a key, or with a
network."""

from __future__ import annotations

import ipaddress
import re

_FORM_KEY = re.compile(r"[a-z0-9-]{1,40}:(?:[0-9a-f]{64}|(?P<network>[0-9a-f.:]{2,39}(?:/[0-9]{1,3})?))", re.ASCII)
"""A form as it can stand in `/f/{form}`; the SHA-256 of a key, or an address or network."""


def is_form_key(entry: str) -> bool:
    """Whether an entry of `FORM_KEYS` can ever fit."""
    match = _FORM_KEY.fullmatch(entry)
    return match is not None and (match["network"] is None or is_network(match["network"]))


def is_network(text: str) -> bool:
    """Whether it names an address, or a network by any address of it."""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
