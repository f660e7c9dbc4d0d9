"""What the same job costs without Chalice and pages: our parsing, screening and triage, the same transaction, a
hand-made answer."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from chalicelib.context import AppContext, context_from
from chalicelib.intake.acceptance import new_acceptance, store
from chalicelib.intake.form_body import decode_form
from chalicelib.intake.parsing import parse_submission, refuse_problems
from chalicelib.notifications.relay import start_poke
from chalicelib.triage.engine import triage
from chalicelib.web import WebRequest


@cache
def instance() -> AppContext:
    """Settings, clock, table and clients, once per process."""
    return context_from(os.environ)


def handler(event: Mapping[str, Any], _lambda_context: object) -> dict[str, Any]:
    """Accept one JSON post."""
    context = instance()
    headers = {name.lower(): value for name, value in event["headers"].items()}
    request = WebRequest("POST", headers, {}, {}, event["body"].encode(), context.settings.public_url)
    draft = parse_submission(decode_form(headers["content-type"], request.body), request, context.settings)
    refuse_problems(draft)
    key = context.stage_settings.current().key
    acceptance = new_acceptance(context, request, draft, triage(draft.submission.answers), key=key)
    poke = start_poke(context, [row.notification_id for row in acceptance.notifications])
    accepted = store(context, acceptance, key=key)
    poke.finish()
    return {"statusCode": 200, "body": json.dumps({"ok": True, "reference": accepted.receipt.reference})}
