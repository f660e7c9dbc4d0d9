"""From a draft without problems to everything that one transaction writes, and the writing of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.context import AppContext
from chalicelib.errors import NotStored
from chalicelib.intake.idempotency import claim_for, claim_of_its_own
from chalicelib.intake.limits import counters_of
from chalicelib.intake.origins import safe_destination
from chalicelib.intake.parsing import Draft
from chalicelib.intake.spam_evidence import screen_post
from chalicelib.models.assessment import Assessment
from chalicelib.models.enquiry import Enquiry, Receipt, SpamVerdict
from chalicelib.models.opening_hours import reply_deadline, review_deadline
from chalicelib.models.response_clock import ResponseClock, contact_target, next_step, start_clock
from chalicelib.models.submission import Submission
from chalicelib.notifications.planning import POKE_GRACE, plan_notifications
from chalicelib.storage.canaries import canary_enquiry_id, canary_of
from chalicelib.storage.enquiries import (
    Acceptance,
    EarlierAnswer,
    KeyTakenByOtherAnswers,
    ReferenceTaken,
    save_enquiry,
)
from chalicelib.storage.lookups import lookup_items
from chalicelib.storage.receipts import receipt_hash, receipt_token
from chalicelib.storage.table import Item
from chalicelib.web import WebRequest
from chalicelib.wording.consent_texts import consent_shown

MAX_OTHER_ANSWERS = 40
MAX_OTHER_ANSWER_LENGTH = 1_000
CUT_NOTE = "note_other_answers_cut"
_DRAWS = 5


@dataclass(frozen=True)
class Accepted:
    """What the sender is told: the same for the first post and for each repeat of it."""

    enquiry_id: str
    receipt: Receipt
    token: str


def new_acceptance(
    context: AppContext,
    request: WebRequest,
    draft: Draft,
    assessment: Assessment,
    *,
    key: bytes,
    entered_by: str = "",
) -> Acceptance:
    """Decide all that is written: verdict, enquiry, outbox rows, receipt, idempotency claim. Writes nothing. `key` is
    the stage's; `entered_by` took it down by telephone."""
    test_id = _test_id(context, draft.controls.canary)
    verdict = SpamVerdict() if entered_by else _screened(context, request, draft, assessment, is_test=bool(test_id))
    enquiry = new_enquiry(context, request, draft, assessment, verdict, test_id=test_id)
    enquiry, lookups = _with_lookups(context, enquiry.model_copy(update={"entered_by": entered_by}))
    clock, first_step_at = _first_clock(context, enquiry)
    return Acceptance(
        enquiry=enquiry,
        notifications=plan_notifications(enquiry, context.settings, enquiry.received_at + POKE_GRACE),
        receipt=Receipt(
            reference=enquiry.reference,
            language=enquiry.language,
            level=enquiry.level,
            received_at=enquiry.received_at,
            reply_by=enquiry.reply_by,
            advice_keys=tuple(advice.text_key for advice in assessment.advice),
            next_url=safe_destination(draft.controls.next_url, request, context.settings),
        ),
        receipt_hash=receipt_hash(receipt_token(key, enquiry.id)),
        claim=claim_for(
            draft.submission,
            request.header("idempotency-key"),
            draft.controls.idempotency,
            enquiry.received_at,
            trapped=bool(draft.controls.trapped),
        ),
        clock=clock,
        first_step_at=first_step_at,
        lookups=lookups,
        counters=counters_of(context, request, enquiry, draft.controls.form_key),
    )


def _screened(
    context: AppContext, request: WebRequest, draft: Draft, assessment: Assessment, *, is_test: bool
) -> SpamVerdict:
    return screen_post(
        request,
        draft,
        assessment,
        settings=context.settings,
        stage=context.stage_settings.current(),
        now=context.clock(),
        canary_unverified=bool(draft.controls.canary) and not is_test,
    )


def _with_lookups(context: AppContext, enquiry: Enquiry) -> tuple[Enquiry, tuple[Item, ...]]:
    """What search finds it by. An instance that does not know the stage's key leaves that to the reconciliation."""
    stage = context.stage_settings.current()
    if not stage.known:
        return enquiry.model_copy(update={"lookups_missing": True}), ()
    return enquiry, lookup_items(stage.key, enquiry)


def _first_clock(context: AppContext, enquiry: Enquiry) -> tuple[ResponseClock | None, datetime | None]:
    if enquiry.status == "quarantined" or enquiry.is_test:
        return None, None
    clock = start_clock(enquiry.id, enquiry.level, enquiry.received_at, context.hours, context.settings)
    planned = next_step(clock, context.hours, context.settings)
    return clock, planned[1] if planned else None


def new_enquiry(
    context: AppContext,
    request: WebRequest,
    draft: Draft,
    assessment: Assessment,
    verdict: SpamVerdict,
    *,
    test_id: str = "",
) -> Enquiry:
    """The enquiry as it is stored; `test_id` is that of a canary. What was screened whole is cut to what the table
    keeps, with a note."""
    now = context.clock()
    return Enquiry(
        id=test_id or context.ids.new_id(),
        reference=context.ids.new_reference(),
        received_at=now,
        reply_by=reply_deadline(now, assessment.level, context.hours, context.settings.response_targets),
        contact_by=contact_target(now, assessment.level, context.hours, context.settings),
        level=assessment.level,
        status="quarantined" if verdict.quarantined else "new",
        flags=(*assessment.flags, *draft.submission.flags),
        submission=_within_limits(_consented(draft.submission, context.settings.clinic_name, now)),
        assessment=assessment,
        verdict=verdict,
        base_url=request.base_url,
        review_by=review_deadline(now, context.hours) if verdict.quarantined else None,
        is_test=bool(test_id),
    )


def _test_id(context: AppContext, mark: str) -> str:
    """The id of a canary's enquiry; empty for everybody else's, and for a mark that this instance cannot prove: another
    stage's, a forged one, or any while the stage's key is unknown. No person sends one, so nobody is mailed of it."""
    if not mark:
        return ""
    stage = context.stage_settings.current()
    canary = canary_of(mark, stage.key, context.clock()) if stage.known else ""
    return canary_enquiry_id(canary) if canary else ""


def store(context: AppContext, acceptance: Acceptance, *, key: bytes) -> Accepted:
    """Write an acceptance that was made with the same key; draw another reference when it is taken. Raises NotStored,
    IdempotencyKeyReused, TooManyEnquiries."""
    for _ in range(_DRAWS):
        try:
            earlier = save_enquiry(context.table, acceptance)
            return _told(acceptance, earlier, key)
        except ReferenceTaken:
            acceptance = _with_reference(acceptance, context.ids.new_reference())
        except KeyTakenByOtherAnswers:
            acceptance = _as_possible_duplicate(acceptance)
    raise NotStored


def _told(acceptance: Acceptance, earlier: EarlierAnswer | None, key: bytes) -> Accepted:
    if earlier is None:
        return Accepted(acceptance.enquiry.id, acceptance.receipt, receipt_token(key, acceptance.enquiry.id))
    return Accepted(earlier.enquiry_id, earlier.receipt, receipt_token(key, earlier.enquiry_id))


def _with_reference(acceptance: Acceptance, reference: str) -> Acceptance:
    return replace(
        acceptance,
        enquiry=acceptance.enquiry.model_copy(update={"reference": reference}),
        receipt=acceptance.receipt.model_copy(update={"reference": reference}),
    )


def _as_possible_duplicate(acceptance: Acceptance) -> Acceptance:
    flags = (*acceptance.enquiry.flags, "possible_duplicate")
    return replace(
        acceptance,
        enquiry=acceptance.enquiry.model_copy(update={"flags": flags}),
        claim=claim_of_its_own(acceptance.claim),
    )


def _consented(submission: Submission, clinic: str, now: datetime) -> Submission:
    consent = submission.consent
    if consent.given != "yes":
        return submission
    shown = consent.wording or consent_shown(consent.form_version, submission.language, clinic)
    given = consent.model_copy(update={"given_at": now, "wording": shown})
    return submission.model_copy(update={"consent": given})


def _within_limits(submission: Submission) -> Submission:
    """At most 40 other answers of at most 1,000 characters."""
    others = submission.answers.other_answers
    kept = dict(list(others.items())[:MAX_OTHER_ANSWERS])
    cut = {name[:MAX_OTHER_ANSWER_LENGTH]: _shortened(values) for name, values in kept.items()}
    if cut == others:
        return submission
    cut[CUT_NOTE] = (
        f"{len(others)} other answers came; {len(kept)} are kept, each of at most {MAX_OTHER_ANSWER_LENGTH} characters",
    )
    answers = submission.answers.model_copy(update={"other_answers": cut})
    return submission.model_copy(update={"answers": answers})


def _shortened(values: tuple[str, ...]) -> tuple[str, ...]:
    """The values of one name share its 1,000 characters."""
    left, kept = MAX_OTHER_ANSWER_LENGTH, []
    for value in values:
        if left > 0:
            kept.append(value[:left])
            left -= len(value)
    return tuple(kept)
