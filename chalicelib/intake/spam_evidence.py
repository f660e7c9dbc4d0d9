"""What screening looks at in one post: its words, its traps, and where and when it came from."""

from __future__ import annotations

from datetime import datetime

from chalicelib.intake.limits import is_known_server
from chalicelib.intake.origins import is_foreign
from chalicelib.intake.parsing import Draft
from chalicelib.intake.render_token import Rendering, read_token
from chalicelib.models.answers import Answers
from chalicelib.models.assessment import Assessment
from chalicelib.models.enquiry import SpamVerdict
from chalicelib.observability import failure_fields, log
from chalicelib.screening.spam import Evidence, screen
from chalicelib.settings import Settings
from chalicelib.storage.stage_settings import StageSettings
from chalicelib.triage.engine import triage
from chalicelib.web import WebRequest

_NOT_SCORED, _NOT_UNDERSTOOD = "MT-01", "MT-02"
MAX_READ = 10_000


def screen_post(
    request: WebRequest,
    draft: Draft,
    assessment: Assessment,
    *,
    settings: Settings,
    stage: StageSettings,
    now: datetime,
    canary_unverified: bool = False,
) -> SpamVerdict:
    """The verdict on a post. What triage could not score may be an emergency, so it is never held back, nor is what
    speaks of danger where triage does not look. Never raises: when anything inside fails, the enquiry is accepted as it
    is, and `screening failed` is logged."""
    fired = {rule.id for rule in assessment.fired}
    try:
        evidence = _evidence(
            request, draft, settings, read_token(draft.controls.rendered, stage, now), canary_unverified, fired
        )
        verdict = screen(evidence, may_be_danger=assessment.is_danger or _NOT_SCORED in fired)
        return screen(evidence, may_be_danger=True) if verdict.quarantined and _cries_elsewhere(draft) else verdict
    except Exception as error:
        log.error("screening failed", extra=failure_fields(error))
        return SpamVerdict(reasons=("not_screened",))


def _evidence(
    request: WebRequest,
    draft: Draft,
    settings: Settings,
    rendering: Rendering,
    canary_unverified: bool,
    fired: set[str],
) -> Evidence:
    answers = draft.submission.answers
    by_server = is_known_server(settings, request, draft.submission.form, draft.controls.form_key)
    return Evidence(
        name=draft.submission.contact.name,
        email=draft.submission.contact.email_address,
        phone=draft.submission.contact.phone,
        texts=(answers.message, *(value for values in answers.other_answers.values() for value in values)),
        contact=_filled_by_itself(draft),
        trapped=draft.controls.trapped,
        canary_unverified=canary_unverified,
        foreign_origin=is_foreign(request, settings),
        origin_missing=not by_server and not request.header("origin").strip(),
        token_missing=not by_server and rendering.is_missing,
        token_forged=rendering.is_forged,
        token_instant=rendering.is_instant,
        copied_form=rendering.is_missing and bool(draft.controls.form_version) and not draft.controls.rendered,
        not_understood=_NOT_UNDERSTOOD in fired,
    )


def _cries_elsewhere(draft: Draft) -> bool:
    """Whether short answers or a honeypot speak of an emergency or a crisis: a screen reader may lead somebody into a
    field that nobody sees."""
    names = (name for name in draft.typed if name not in ("message", "consent"))
    said = [value for name in names for value in (name.replace("_", " "), *draft.typed[name]) if value]
    return triage(Answers(message="\n".join((*draft.controls.trapped, *said))[:MAX_READ])).is_danger


def _filled_by_itself(draft: Draft) -> tuple[str, ...]:
    """Short values as they were typed, of the kinds that a browser keeps: all but the message."""
    return tuple(
        value for name, values in draft.typed.items() if name != "message" for value in values if len(value) <= 100
    )
