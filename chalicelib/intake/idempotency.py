"""When two posts are one enquiry: the same key, or the same person with the same answers within ten minutes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.models.submission import Submission
from chalicelib.storage.enquiries import IdempotencyClaim

KEY_VALID_FOR = timedelta(hours=24)
FINGERPRINT_VALID_FOR = timedelta(minutes=10)
MAX_KEY_LENGTH = 255


def claim_for(
    submission: Submission, header_key: str, hidden_key: str, now: datetime, *, trapped: bool = False
) -> IdempotencyClaim:
    """The claim that this post makes. The header comes first; a key longer than 255 characters counts as none. A post
    with an empty honeypot is no repeat of one with something in it, which a browser may have filled and the person
    emptied. The verdict is no part of it, or who sends a text twice could tell whether it was quarantined."""
    fingerprint = _hash(f"trapped:{fingerprint_of(submission)}") if trapped else fingerprint_of(submission)
    if 0 < len(header_key) <= MAX_KEY_LENGTH:
        return IdempotencyClaim(_hash(f"header:{header_key}"), fingerprint, now + KEY_VALID_FOR, strict=True)
    if 0 < len(hidden_key) <= MAX_KEY_LENGTH:
        return IdempotencyClaim(_hash(f"hidden:{hidden_key}"), fingerprint, now + KEY_VALID_FOR)
    return IdempotencyClaim(_hash(f"answers:{fingerprint}"), fingerprint, now + FINGERPRINT_VALID_FOR)


def claim_of_its_own(claim: IdempotencyClaim) -> IdempotencyClaim:
    """The claim for other answers under a hidden key that is taken: somebody pressed Back, or a page was cached."""
    return replace(claim, key_hash=_hash(f"{claim.key_hash}:{claim.fingerprint}"))


def fingerprint_of(submission: Submission) -> str:
    """A hash of contact and answers as we understood them, the same for JSON and for a form."""
    content = [submission.contact.model_dump(mode="json"), submission.answers.model_dump(mode="json")]
    return _hash(json.dumps(content, sort_keys=True, ensure_ascii=False))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
