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
_ERRORS = {
    "400": "The body cannot be read, or nothing was filled in.",
    "403": "A script on a site that is not on the allow-list.",
    "413": "More than 64 KiB.",
    "415": "None of the three content types.",
    "422": "Fields to mend, or an Idempotency-Key that was used for other answers.",
    "429": "Too many from one network or contact. Send it again after the seconds in Retry-After.",
    "503": "Not stored. Safe to send again.",
}


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
        "paths": {
            "/enquiries": {"post": _post("postEnquiry"), "get": _get("explainPosting", "405", "How to post")},
            "/f/{form}": {
                "parameters": [_path_parameter("form", "^[a-z0-9-]{1,40}$")],
                "post": _post("postForm"),
                "get": _get("explainPostingToForm", "405", "How to post"),
            },
            "/form": {"get": _get("showForm", "200", "The hosted form")},
            "/embed.js": {"get": _get("embedScript", "200", "Puts the form into any page", "text/javascript")},
            "/received/{receipt}": {
                "parameters": [_path_parameter("receipt", "^[0-9a-f]{32}$")],
                "get": _get("showReceipt", "200", "Reference, promise and advice"),
            },
            "/openapi.json": {"get": _get("openapi", "200", "This document", "application/json")},
            "/health": {"get": _get("health", "200", "The service runs", "application/json")},
        },
        "components": {"schemas": {"Enquiry": _enquiry(), "Received": _received(), "Refused": _refused()}},
    }


def _enquiry() -> Schema:
    """The form's fields. Any other field is kept as well."""
    contact: Schema = {
        "name": {"type": "string", "maxLength": MAX_NAME},
        "email": {"type": "string"},
        "phone": {"type": "string", "description": "Any notation"},
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


def _post(operation: str) -> Schema:
    content = {media_type: {"schema": {"$ref": "#/components/schemas/Enquiry"}} for media_type in FORM_TYPES}
    return {
        "operationId": operation,
        "parameters": [{"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "maxLength": 255}}],
        "requestBody": {"required": True, "content": content},
        "responses": {
            "200": _response("Stored", "#/components/schemas/Received"),
            "303": {"description": "Stored; a form post is sent on to `next`"},
            **{status: _response(why, "#/components/schemas/Refused") for status, why in _ERRORS.items()},
        },
    }


def _get(operation: str, status: str, description: str, media_type: str = "text/html") -> Schema:
    responses = {status: {"description": description, "content": {media_type: {}}}}
    return {"operationId": operation, "responses": responses}


def _response(description: str, schema: str) -> Schema:
    content = {"application/json": {"schema": {"$ref": schema}}, "text/html": {}}
    return {"description": description, "content": content}


def _path_parameter(name: str, pattern: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": pattern}}
