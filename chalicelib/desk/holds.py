"""The legal hold: a manager says that nothing may erase an enquiry, and why, and lifts that again."""

from __future__ import annotations

from chalicelib.context import AppContext
from chalicelib.desk.changes import Act, ActRefused, Change, perform
from chalicelib.models.enquiry import Enquiry, LegalHold
from chalicelib.models.response_clock import ResponseClock


def hold(context: AppContext, enquiry_id: str, reason: str, *, by: str, version: int) -> Enquiry:
    """From now on nothing erases it. Refused without a reason, and for what is held already. Raises NotFound,
    StatusConflict, ActRefused."""

    def decide(enquiry: Enquiry, clock: ResponseClock | None) -> Change:
        if enquiry.hold is not None:
            raise ActRefused("is_held")
        held = LegalHold(by=by, at=context.clock(), reason=reason.strip())
        return Change(enquiry.model_copy(update={"hold": held}), clock, _facts(reason))

    return perform(context, enquiry_id, Act("held", by, version), decide)


def lift(context: AppContext, enquiry_id: str, reason: str, *, by: str, version: int) -> Enquiry:
    """It may be erased again, in its time. Refused without a reason, and for what is not held. Raises NotFound,
    StatusConflict, ActRefused."""

    def decide(enquiry: Enquiry, clock: ResponseClock | None) -> Change:
        if enquiry.hold is None:
            raise ActRefused("not_held")
        return Change(enquiry.model_copy(update={"hold": None}), clock, _facts(reason))

    return perform(context, enquiry_id, Act("hold_lifted", by, version), decide)


def _facts(reason: str) -> dict[str, str]:
    if not reason.strip():
        raise ActRefused("reason_needed")
    return {"reason": reason.strip()}
