"""`GET /openapi.json`: OpenAPI 3.1 of the public routes, generated from the models and the vocabulary."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from chalicelib.context import AppContext
from chalicelib.intake.contact import MAX_MESSAGE, MAX_NAME
from chalicelib.intake.form_body import FORM_TYPES
from chalicelib.intake.parsing import MAX_BEST_TIME
from chalicelib.models.answers import LIST_FIELDS, Answers
from chalicelib.models.vocabulary import CHOICES
from chalicelib.web import Reply, WebRequest

Schema = dict[str, Any]
_YES_NO = {"type": "string", "enum": ["yes", "no"]}
_REFUSED = {
    "400": "The body cannot be read, or nothing was filled in.",
    "403": "A script on a site that is not on the allow-list.",
    "404": "Nothing at this address.",
    "405": "This address takes posts only.",
    "413": "More than 64 KiB.",
    "415": "None of the three content types.",
    "422": "Fields to mend, or an Idempotency-Key that was used for other answers.",
    "429": "Too many from one network or contact. Send it again after the seconds in Retry-After.",
    "503": "Not stored, or nothing can be shown now. Safe to send again.",
}
_RECEIVING = ("400", "403", "413", "415", "422", "429", "503")
_TRIED_AGAIN = ("429", "503")
_HTML, _JSON = "text/html", "application/json"


def show_openapi(_context: AppContext, request: WebRequest) -> Reply:
    """The document, with this service's address as its server."""
    document = {**openapi_document(), "servers": [{"url": request.base_url or "/"}]}
    headers = {"Cache-Control": "public, max-age=300"}
    return Reply(200, json.dumps(document, ensure_ascii=False), "application/json; charset=utf-8", headers)


@cache
def openapi_document() -> Schema:
    """OpenAPI 3.1 without `servers`."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Enquiry desk", "version": "1", "license": {"name": "MIT", "identifier": "MIT"}},
        "paths": _paths(),
        "components": {"schemas": {"Enquiry": _enquiry(), "Received": _received(), "Refused": _refused()}},
    }


def _paths() -> Schema:
    return {
        "/": {"get": _operation("root", {"302": _redirect("To the form")}, "503")},
        "/enquiries": {"post": _post("postEnquiry"), "get": _operation("explainPosting", {}, "405", "503")},
        "/f/{form}": {
            "parameters": [_path_parameter("form", "^[a-z0-9-]{1,40}$")],
            "post": _post("postForm", "404"),
            "get": _operation("explainPostingToForm", {}, "404", "405", "503"),
        },
        "/form": {
            "parameters": [_query_parameter(name) for name in ("lang", "form")],
            "get": {**_get("showForm", "The hosted form"), "parameters": [*map(_query_parameter, ("next", "part"))]},
            "post": _switch(),
        },
        "/embed.js": {"get": _get("embedScript", "Puts the form into any page", "text/javascript")},
        "/received/{receipt}": {
            "parameters": [_path_parameter("receipt", "^[0-9a-f]{32}$")],
            "get": _get("showReceipt", "Reference, promise and advice", _HTML, "404"),
        },
        "/withdraw/{token}": {
            "parameters": [_path_parameter("token", "^[0-9A-Za-z._-]{1,200}$")],
            "get": _get("showWithdrawal", "What withdrawing does, or what became of it", _HTML, "404"),
            "post": _withdraw(),
        },
        "/openapi.json": {"get": _get("openapi", "This document", _JSON)},
        "/health": {"parameters": [_query_parameter("deep")], "get": _health()},
    }


def _enquiry() -> Schema:
    """The form's fields. Any other field is kept as well."""
    contact: Schema = {
        "name": {"type": "string", "minLength": 1, "maxLength": MAX_NAME},
        "email": {"type": "string", "format": "email"},
        "phone": {"type": "string", "description": "Any notation", "examples": ["(202) 555-0123"]},
        "preferred_contact": {"type": "string", "enum": sorted(CHOICES["preferred_contact"])},
        "best_time": {"type": "string", "maxLength": MAX_BEST_TIME},
        "language": {"type": "string", "enum": ["en", "es"]},
        "consent": _YES_NO,
        "page_url": {"type": "string"},
        "referrer": {"type": "string"},
        "_next": {"type": "string", "description": "Where the visitor goes afterwards, if its origin is allowed"},
        "_idempotency": {"type": "string", "maxLength": 255},
        "_gotcha": {"type": "string", "description": "Honeypot: leave it empty"},
    }
    answers = {name: _answer(name) for name in Answers.model_fields if name != "other_answers"}
    return {
        "type": "object",
        "properties": {**contact, **answers},
        "required": ["name"],
        "anyOf": [{"required": ["email"]}, {"required": ["phone"]}],
        "additionalProperties": True,
    }


def _answer(name: str) -> Schema:
    if name == "message":
        return {"type": "string", "maxLength": MAX_MESSAGE}
    if name in ("leave_message", "interpreter"):
        return _YES_NO
    if name not in CHOICES:
        return {"type": "integer", "minimum": 0, "maximum": 10 if name.startswith("peg_") else 3}
    code = {"type": "string", "enum": sorted(CHOICES[name])}
    return {"type": "array", "items": code} if name in LIST_FIELDS else code


def _received() -> Schema:
    advice = {"type": "object", "properties": {"code": {"type": "string"}, "text": {"type": "string"}}}
    properties: Schema = {
        "ok": {"const": True},
        "success": {"const": True},
        "id": {"type": "string"},
        "reference": {"type": "string", "pattern": "^[0-9A-Z]{3}-[0-9A-Z]{4}$"},
        "message": {"type": "string"},
        "next": {"type": "string"},
        "reply_by": {"type": "string", "format": "date-time"},
        "advice": {"type": "array", "items": advice},
    }
    return {"type": "object", "properties": properties, "required": list(properties)}


def _refused() -> Schema:
    error = {
        "type": "object",
        "properties": {"field": {"type": "string"}, "code": {"type": "string"}, "message": {"type": "string"}},
        "required": ["code", "message"],
    }
    properties: Schema = {
        "ok": {"const": False},
        "success": {"const": False},
        "error": {"type": "string"},
        "errors": {"type": "array", "items": error},
        "phone": {"type": "string"},
    }
    advice = {"type": "array", "items": {"type": "object"}}
    return {"type": "object", "properties": {**properties, "advice": advice}, "required": list(properties)}


def _post(operation: str, *also: str) -> Schema:
    return {
        "parameters": [{"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "maxLength": 255}}],
        "requestBody": _body({"$ref": "#/components/schemas/Enquiry"}, FORM_TYPES),
        **_operation(
            operation,
            {
                "200": _answer_of("Stored", {_JSON: {"schema": {"$ref": "#/components/schemas/Received"}}}),
                "303": _redirect("Stored; a form post is sent on to `next`"),
            },
            *also,
            *_RECEIVING,
        ),
    }


def _switch() -> Schema:
    """The form in its other language: everything that was typed comes back, and nothing is stored."""
    shown = {"200": _answer_of("The form as it was filled in", {_HTML: {}})}
    operation = _operation("showFormInOtherLanguage", shown, "400", "413", "415", "503")
    return {"requestBody": _body({"$ref": "#/components/schemas/Enquiry"}, FORM_TYPES), **operation}


def _withdraw() -> Schema:
    pressed = {"type": "object", "properties": {"withdraw": {"const": "yes"}}, "required": ["withdraw"]}
    done = {
        "200": _answer_of("Nobody pressed the button", {_HTML: {}}),
        "303": _redirect("Withdrawn; to the same page, which says what became of it"),
    }
    operation = _operation("withdraw", done, "404", "415", "503")
    return {"requestBody": _body(pressed, ("application/x-www-form-urlencoded",)), **operation}


def _get(operation: str, description: str, media_type: str = _HTML, *refused: str) -> Schema:
    return _operation(operation, {"200": _answer_of(description, {media_type: {}})}, *refused, "503")


def _health() -> Schema:
    answers = {"200": "The service runs", "503": "With `deep=1`: its table cannot be read"}
    return _operation("health", {status: _answer_of(why, {_JSON: {}}) for status, why in answers.items()})


def _operation(operation: str, answers: Schema, *refused: str) -> Schema:
    """One operation with its answers, and the refusals that it may give."""
    return {"operationId": operation, "responses": {**answers, **{status: _refusal(status) for status in refused}}}


def _refusal(status: str) -> Schema:
    refusal = _answer_of(_REFUSED[status], {_JSON: {"schema": {"$ref": "#/components/schemas/Refused"}}, _HTML: {}})
    seconds = {"Retry-After": {"required": True, "schema": {"type": "integer", "minimum": 1}}}
    return {**refusal, **({"headers": seconds} if status in _TRIED_AGAIN else {})}


def _redirect(description: str) -> Schema:
    return {"description": description, "headers": {"Location": {"required": True, "schema": {"type": "string"}}}}


def _answer_of(description: str, content: Schema) -> Schema:
    return {"description": description, "content": content}


def _body(schema: Schema, media_types: tuple[str, ...]) -> Schema:
    return {"required": True, "content": {media_type: {"schema": schema} for media_type in media_types}}


def _query_parameter(name: str) -> Schema:
    return {"name": name, "in": "query", "schema": {"type": "string"}}


def _path_parameter(name: str, pattern: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": pattern}}
