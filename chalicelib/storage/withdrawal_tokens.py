"""The token of the link by which a person withdraws an enquiry: signed, so that no row is needed to know it, and good
for as long as the enquiry is there."""

from __future__ import annotations

import hmac
import re

from chalicelib.errors import NotFound
from chalicelib.storage.stage_settings import keyed_hash

SIGNATURE_DIGITS = 32
"""128 bits, as for a receipt: nobody guesses one, and the link stays short enough for a line of a mail."""
_TOKEN = re.compile(r"([0-9A-Za-z-]{1,64})\.([0-9a-f]{32})")


def withdrawal_token(stage_key: bytes, enquiry_id: str) -> str:
    """The id and its signature, `<id>.<32 hexadecimal digits>`: nothing about the person or their health. It is no
    key to the desk, and none to the receipt."""
    return f"{enquiry_id}.{_signature(stage_key, enquiry_id)}"


def withdrawn_enquiry_id(stage_key: bytes, token: str) -> str:
    """The enquiry of a token. Raises NotFound when we did not sign it."""
    match = _TOKEN.fullmatch(token)
    if match is None or not hmac.compare_digest(match[2], _signature(stage_key, match[1])):
        raise NotFound("no such token")
    return match[1]


def _signature(stage_key: bytes, enquiry_id: str) -> str:
    return keyed_hash(stage_key, "withdrawal", enquiry_id)[:SIGNATURE_DIGITS]
