"""Receipts: what the sender of an enquiry may see again, found by a token of which only the hash is stored."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from chalicelib.errors import NotFound
from chalicelib.models.enquiry import Receipt
from chalicelib.storage.table import Table, receipt_key

TOKEN_BYTES = 16


def receipt_token(stage_key: bytes, enquiry_id: str) -> str:
    """The 128-bit token of an enquiry's receipt, as 32 hexadecimal digits: the same for every repeat of the same
    post."""
    return hmac.new(stage_key, f"receipt:{enquiry_id}".encode(), hashlib.sha256).digest()[:TOKEN_BYTES].hex()


def receipt_hash(token: str) -> str:
    """What the table holds instead of the token."""
    return hashlib.sha256(token.encode()).hexdigest()


def load_receipt(table: Table, token: str, now: datetime) -> Receipt:
    """The receipt of a token. Raises NotFound when there is none, or it has expired and DynamoDB has not deleted it
    yet."""
    item = table.get(receipt_key(receipt_hash(token)))
    if item is None or int(item["expires_at"]) < now.timestamp():
        raise NotFound("no such receipt")
    return Receipt.model_validate(item)
