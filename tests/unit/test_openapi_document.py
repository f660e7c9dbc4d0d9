"""The OpenAPI document names every public route, and every refusal that can come from it."""

from __future__ import annotations

from typing import Any

import app as app_module
from chalicelib.errors import Refusal
from chalicelib.intake.openapi import openapi_document

UNSPOKEN = {"HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"}
"""HEAD is a GET; preflights are the browser's business; the others are a 405 wherever they get through."""


def documented() -> dict[str, dict[str, Any]]:
    """Answers by method and path."""
    return {
        f"{method.upper()} {path}": operation["responses"]
        for path, operations in openapi_document()["paths"].items()
        for method, operation in operations.items()
        if method in ("get", "post")
    }


def test_every_public_route_is_documented() -> None:
    routes = {
        f"{method} {path}"
        for path, methods in app_module.app.routes.items()
        for method in set(methods) - UNSPOKEN
        if not path.startswith("/desk")
    }

    assert routes == set(documented())


def test_every_refusal_of_ours_is_documented_where_forms_are_posted() -> None:
    statuses = {str(kind.status) for kind in Refusal.__subclasses__()}
    answers = documented()

    assert statuses - {"404", "405"} <= set(answers["POST /enquiries"])
    assert statuses - {"405"} <= set(answers["POST /f/{form}"])
    assert {"405"} <= set(answers["GET /enquiries"])


def test_whoever_may_try_again_is_told_when() -> None:
    again = [
        answers[status]
        for name, answers in documented().items()
        for status in ("429", "503")
        if status in answers and name != "GET /health"
    ]

    assert len(again) > 10
    assert all(answer["headers"]["Retry-After"]["required"] for answer in again)
