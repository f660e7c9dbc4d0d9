"""What a sender is told, as JSON or HTML: received, or refused with what to do next."""

from __future__ import annotations

from typing import Any

from chalicelib.context import AppContext
from chalicelib.errors import Refusal
from chalicelib.intake.acceptance import Accepted
from chalicelib.intake.form_body import FormBody
from chalicelib.models.assessment import Assessment, advice_code
from chalicelib.models.enquiry import Receipt
from chalicelib.models.vocabulary import SAFETY_ADVICE, Language
from chalicelib.web import Reply, WebRequest, json_reply
from chalicelib.wording.dates import moment_in_words
from chalicelib.wording.texts import entries, text


def wants_json(request: WebRequest, form: FormBody | None = None) -> bool:
    """JSON or HTML, first match (contract, design section 3). The official clients of form services decide this way."""
    if request.header("x-requested-with"):
        return True
    mode = request.header("sec-fetch-mode").lower()
    if mode == "navigate":
        return False
    accept = request.header("accept").lower()
    json_at, html_at = accept.find("json"), accept.find("html")
    if json_at >= 0 or html_at >= 0:
        return html_at < 0 or 0 <= json_at < html_at
    if mode:
        return True
    return form.is_json if form else request.header("content-type").lower().startswith("application/json")


def received(context: AppContext, request: WebRequest, accepted: Accepted, *, as_json: bool) -> Reply:
    """The answer to an accepted enquiry, the same for each repeat of it: 200 JSON, or 303 to where the person lands."""
    receipt = accepted.receipt
    advice = _advice(context, receipt)
    safety = [item for item in advice if item["code"] in SAFETY_ADVICE]
    next_url = _receipt_url(request, accepted) if safety or not receipt.next_url else receipt.next_url
    if not as_json:
        return Reply(303, headers={"Location": next_url, "Cache-Control": "no-store"})
    thanks = text(receipt.language, "replies.received", reference=receipt.reference)
    body = {
        "ok": True,
        "success": True,
        "id": accepted.enquiry_id,
        "reference": receipt.reference,
        "message": " ".join(
            [*(item["text"] for item in safety), thanks, *(i["text"] for i in advice if i not in safety)]
        ),
        "next": next_url,
        "reply_by": receipt.reply_by.isoformat(timespec="seconds"),
        "advice": advice,
    }
    return json_reply(200, body, Cache_Control="no-store")


def received_in_short(request: WebRequest, accepted: Accepted, *, as_json: bool) -> Reply:
    """The success without any wording, for when wording itself fails; the receipt page says the rest."""
    next_url = _receipt_url(request, accepted)
    if not as_json:
        return Reply(303, headers={"Location": next_url, "Cache-Control": "no-store"})
    body = {
        "ok": True,
        "success": True,
        "id": accepted.enquiry_id,
        "reference": accepted.receipt.reference,
        "message": accepted.receipt.reference,
        "next": next_url,
        "reply_by": accepted.receipt.reply_by.isoformat(timespec="seconds"),
        "advice": [],
    }
    return json_reply(200, body, Cache_Control="no-store")


def refused(context: AppContext, refusal: Refusal, language: Language, assessment: Assessment | None = None) -> Reply:
    """The JSON answer to a refusal. Advice goes with it when an emergency or crisis rule fires on what was sent."""
    messages = [text(language, f"replies.{problem.message_key}") for problem in refusal.problems]
    errors: list[dict[str, Any]] = []
    for problem, message in zip(refusal.problems, messages, strict=True):
        field = {"field": problem.field} if problem.field else {}
        errors.append({**field, "code": problem.code, "message": message})
    body: dict[str, Any] = {
        "ok": False,
        "success": False,
        "error": " ".join(messages),
        "errors": errors,
        "phone": context.settings.clinic_phone,
    }
    if texts := danger_advice(language, assessment):
        body["advice"] = texts
        body["error"] = " ".join([*(item["text"] for item in texts), body["error"]])
    return json_reply(
        refusal.status, body, Cache_Control="no-store", **retry_header(refusal.status, refusal.retry_after_seconds)
    )


def danger_advice(language: Language, assessment: Assessment | None) -> list[dict[str, str]]:
    """The safety advice of an emergency or a crisis, for a form that is being refused: it promises no call, because
    nobody at the clinic will know."""
    if assessment is None or not assessment.is_danger:
        return []
    return [
        {"code": advice.code, "text": _advice_without_promise(language, advice.text_key)}
        for advice in assessment.safety_advice
    ]


def retry_header(status: int, seconds: int = 30) -> dict[str, str]:
    """When to try again, in seconds, where trying again helps."""
    return {"Retry_After": str(seconds)} if status in (429, 503) else {}


def _receipt_url(request: WebRequest, accepted: Accepted) -> str:
    return f"{request.base_url}/received/{accepted.token}"


def _advice(context: AppContext, receipt: Receipt) -> list[dict[str, str]]:
    date = moment_in_words(receipt.reply_by, receipt.language, context.settings.clinic_time_zone)
    return [
        {"code": advice_code(key), "text": text(receipt.language, f"advice.{key}", date=date)}
        for key in receipt.advice_keys
    ]


def _advice_without_promise(language: Language, text_key: str) -> str:
    known = entries(language, "advice")
    return text(language, f"advice.{text_key}_not_sent" if f"{text_key}_not_sent" in known else f"advice.{text_key}")
