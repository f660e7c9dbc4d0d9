"""What can go wrong, as one tree.

EnquiryError
├── Refusal(status, problems)      the visitor is told why and what to do
│   ├── MalformedBody              400
│   ├── EmptySubmission            400
│   ├── OriginNotAllowed           403
│   ├── NothingHere                404
│   ├── MethodNotAllowed           405
│   ├── BodyTooLarge               413
│   ├── UnsupportedBody            415
│   ├── InvalidSubmission          422
│   ├── IdempotencyKeyReused       422
│   ├── TooManyEnquiries           429, after so many seconds
│   └── NotStored                  503, safe to send again
├── NotFound
├── StatusConflict
│   └── HistoryGone
├── LegallyHeld
├── NotWanted
├── Gathered(into, due_at)
├── AccessDenied(reason)
├── SignInRefused(reason)
├── DeliveryFailed(permanent, account_wide, ambiguous)
└── ConfigurationError(names)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Problem:
    """One thing to mend: `code` is Formspree's or ours, `message_key` names the text in `wording`, `field` is None
    for the whole form."""

    code: str
    message_key: str
    field: str | None = None


class EnquiryError(Exception):
    """Root of every error of ours. Messages never contain what a person typed."""


class Refusal(EnquiryError):
    """An answer that is not a 2xx. `status` is the HTTP status; `problems` say what to mend; where trying
    again helps, it does after `retry_after_seconds`."""

    status = 400
    retry_after_seconds = 30

    def __init__(self, *problems: Problem) -> None:
        super().__init__(", ".join(problem.code for problem in problems))
        self.problems = problems


class MalformedBody(Refusal):
    """The body cannot be read as the type that it claims to be."""

    def __init__(self) -> None:
        super().__init__(Problem("MALFORMED_BODY", "malformed_body"))


class EmptySubmission(Refusal):
    """Nothing was left after control fields were removed."""

    def __init__(self) -> None:
        super().__init__(Problem("EMPTY", "empty"))


class OriginNotAllowed(Refusal):
    """A script on a site that is not on the allow-list."""

    status = 403

    def __init__(self) -> None:
        super().__init__(Problem("ORIGIN_NOT_ALLOWED", "origin_not_allowed"))


class NothingHere(Refusal):
    """No such address."""

    status = 404

    def __init__(self) -> None:
        super().__init__(Problem("FORM_NOT_FOUND", "not_found"))


class MethodNotAllowed(Refusal):
    """An address that takes posts was read."""

    status = 405

    def __init__(self) -> None:
        super().__init__(Problem("MALFORMED_BODY", "use_post_developers"))


class BodyTooLarge(Refusal):
    """More than 64 KiB after decoding."""

    status = 413

    def __init__(self) -> None:
        super().__init__(Problem("MALFORMED_BODY", "body_too_large"))


class UnsupportedBody(Refusal):
    """None of the three encodings of HTML forms and JSON."""

    status = 415

    def __init__(self) -> None:
        super().__init__(Problem("MALFORMED_BODY", "unsupported_type"))


class InvalidSubmission(Refusal):
    """Fields that a person has to mend; each problem names its field."""

    status = 422


class IdempotencyKeyReused(Refusal):
    """The same `Idempotency-Key` header came with other answers."""

    status = 422

    def __init__(self) -> None:
        super().__init__(Problem("IDEMPOTENCY_KEY_REUSED", "idempotency_key_reused"))


class TooManyEnquiries(Refusal):
    """More from one network, or of one contact, than people send."""

    status = 429

    def __init__(self, retry_after_seconds: int = 600) -> None:
        super().__init__(Problem("RATE_LIMITED", "too_many"))
        self.retry_after_seconds = retry_after_seconds


class NotStored(Refusal):
    """The transaction did not succeed, or nobody knows whether it did. Sending again is safe."""

    status = 503

    def __init__(self) -> None:
        super().__init__(Problem("NOT_STORED", "not_stored"))


class NotFound(EnquiryError):
    """No such item, or it has expired."""


class StatusConflict(EnquiryError):
    """Somebody else has changed the enquiry since it was read."""


class HistoryGone(StatusConflict):
    """The history of an enquiry was taken away. None is begun in its place, which would hide that."""


class LegallyHeld(EnquiryError):
    """The enquiry is under a legal hold: nothing erases it."""


class AccessDenied(EnquiryError):
    """A request to the desk is not admitted; `reason` is `sign_in`, `unconfirmed`, `origin`, `form` or
    `role`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SignInRefused(EnquiryError):
    """Nobody signs in this way; `reason` names the text that says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotWanted(EnquiryError):
    """A message must not be sent, or not any more; the text is a code that says why."""


class Gathered(EnquiryError):
    """A message waits: the row `into` tells of it together with others. `due_at`: when it looks whether that was so."""

    def __init__(self, into: str, due_at: datetime) -> None:
        super().__init__("gathered")
        self.into = into
        self.due_at = due_at


class DeliveryFailed(EnquiryError):
    """A message was not handed over. `permanent`: this message can never be sent. `account_wide`: nothing can be
    sent now, which is no fault of this message and uses up none of its attempts. `ambiguous`: it may have been handed
    over all the same, nobody answered. `code` is the provider's, without its text."""

    def __init__(
        self, code: str, *, permanent: bool = False, account_wide: bool = False, ambiguous: bool = False
    ) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent
        self.account_wide = account_wide
        self.ambiguous = ambiguous


class ConfigurationError(EnquiryError):
    """Settings that are missing or unreadable, all of them at once, by name."""

    def __init__(self, problems: dict[str, str]) -> None:
        lines = "; ".join(f"{name}: {why}" for name, why in sorted(problems.items()))
        super().__init__(f"settings to mend: {lines}")
        self.names = tuple(sorted(problems))
