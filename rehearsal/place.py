"""Where the local AWS is, and whose keys sign what: what it and those who call it agree on."""

from __future__ import annotations

import hashlib
import os

HOST, REGION = "127.0.0.1", "us-east-1"
STATE_PAGE = "/rehearsal/state"
OWNER = "rehearsal"
"""Access key and secret of the account's owner."""
NO_OTHER_AWS = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def credentials(role_arn: str) -> dict[str, str]:
    """What calls under a role are signed with; the key tells the local AWS whose they are."""
    return {
        "AWS_ACCESS_KEY_ID": access_key(role_arn),
        "AWS_SECRET_ACCESS_KEY": OWNER,
        "AWS_SESSION_TOKEN": OWNER,
    }


def access_key(role_arn: str) -> str:
    """The access key of a role: made of its ARN, so that it need not be kept."""
    return "ASIA" + hashlib.sha256(role_arn.encode()).hexdigest()[:16].upper()
