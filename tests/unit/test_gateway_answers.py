"""What API Gateway answers by itself keeps the contract."""

from __future__ import annotations

import json

import pytest

import app
from infrastructure.gateway import ANSWERS, LIMITED_POSTS, LOG_FORMAT, gateway_answer, stage_changes

PHONE = '+1 202-555-0100 "$context.identity.sourceIp" #5'


@pytest.fixture(params=ANSWERS, ids=lambda answer: answer[0])
def answer(request: pytest.FixtureRequest) -> tuple[str, str, str, str]:
    given: tuple[str, str, str, str] = request.param
    return given


def test_an_answer_has_the_shape_of_our_errors_and_the_number(answer: tuple[str, str, str, str]) -> None:
    told = gateway_answer(*answer, PHONE)

    body = json.loads(told["responseTemplates"]["application/json"])

    assert {"ok", "success", "error", "errors", "phone"} == set(body)
    assert (False, False, PHONE) == (body["ok"], body["success"], body["phone"])
    assert PHONE in body["error"]
    assert [{"code": answer[2], "message": body["error"]}] == body["errors"]


def test_no_variable_of_the_gateway_slips_into_an_answer(answer: tuple[str, str, str, str]) -> None:
    assert "$" not in gateway_answer(*answer, PHONE)["responseTemplates"]["application/json"]


def test_every_script_may_read_an_answer(answer: tuple[str, str, str, str]) -> None:
    headers = gateway_answer(*answer, PHONE)["responseParameters"]

    assert "'*'" == headers["gatewayresponse.header.Access-Control-Allow-Origin"]


@pytest.mark.parametrize("kind", ["THROTTLED", "INTEGRATION_TIMEOUT", "DEFAULT_5XX"])
def test_who_can_try_again_is_told_when(kind: str) -> None:
    answer = next(each for each in ANSWERS if each[0] == kind)

    assert "'30'" == gateway_answer(*answer, PHONE)["responseParameters"]["gatewayresponse.header.Retry-After"]


def test_each_public_way_to_write_has_a_limit_of_its_own() -> None:
    below_an_enquiry = {"/desk/{page}/{key}", "/desk/{page}/{key}/{act}"}
    posts = {path for path, methods in app.app.routes.items() if "POST" in methods}

    assert set(LIMITED_POSTS) == posts - below_an_enquiry


def test_limits_are_set_for_each_of_them() -> None:
    changed = {change["path"]: change["value"] for change in stage_changes("arn:aws:logs:us-east-1:1:log-group:x:*")}

    assert "0.5" == changed["/~1f~1{form}/POST/throttling/rateLimit"]
    assert "40" == changed["/~1enquiries/POST/throttling/burstLimit"]
    assert ("5", "1") == (changed["/~1embed.js/GET/throttling/rateLimit"], changed["/*/*/throttling/rateLimit"])
    assert "arn:aws:logs:us-east-1:1:log-group:x" == changed["/accessLogSettings/destinationArn"]


def test_neither_log_holds_what_people_send() -> None:
    changed = {change["path"]: change["value"] for change in stage_changes("arn")}
    noted = set(json.loads(LOG_FORMAT).values())

    assert ("OFF", "false") == (changed["/*/*/logging/loglevel"], changed["/*/*/logging/dataTrace"])
    assert {
        "$context.requestId",
        "$context.httpMethod $context.resourcePath",
        "$context.status",
        "$context.responseLatency",
        "$context.integrationLatency",
        "$context.error.responseType",
    } == noted
