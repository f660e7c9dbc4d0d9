"""What API Gateway answers by itself, how much it lets through and what it notes: set after `chalice deploy`, which
knows nothing of it and removes the answers each time.

python -m infrastructure.gateway STAGE"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infrastructure.account import Account, run_command, sign_in
from infrastructure.deployed_state import recorded_api
from infrastructure.failures import CannotContinue
from infrastructure.project import ROOT
from infrastructure.provision import require_same_account, service_stack_name
from infrastructure.stages import StageFiles, read_stage

TRY_AGAIN = (
    "We could not make sure that your message was saved. Please send it again in a minute, or call {phone}. "
    "Sending it twice does no harm. / No sabemos si su mensaje se guardó. Envíelo otra vez en un minuto o llame al "
    "{phone}. 911 · 988"
)
NOT_HERE = (
    "There is nothing at this address. You can call {phone}. / Aquí no hay nada. Puede llamar al {phone}. 911 · 988"
)
UNREADABLE = (
    "We could not read this message. Please check it and send it again, or call {phone}. / No pudimos leer este "
    "mensaje. Revíselo y envíelo otra vez, o llame al {phone}. 911 · 988"
)
TOO_MANY = (
    "Too many messages at once. Please send it again in a minute, or call {phone}. / Demasiados mensajes a la vez. "
    "Envíelo otra vez en un minuto o llame al {phone}. 911 · 988"
)
RETRY_SECONDS = "30"
ANSWERS: tuple[tuple[str, str, str, str], ...] = (
    # A path or method that the API does not have: API Gateway speaks of a missing token, and means 404.
    ("MISSING_AUTHENTICATION_TOKEN", "404", "FORM_NOT_FOUND", NOT_HERE),
    ("RESOURCE_NOT_FOUND", "404", "FORM_NOT_FOUND", NOT_HERE),
    ("THROTTLED", "429", "RATE_LIMITED", TOO_MANY),
    ("QUOTA_EXCEEDED", "429", "RATE_LIMITED", TOO_MANY),
    ("REQUEST_TOO_LARGE", "413", "MALFORMED_BODY", UNREADABLE),
    ("UNSUPPORTED_MEDIA_TYPE", "415", "MALFORMED_BODY", UNREADABLE),
    ("DEFAULT_4XX", "", "MALFORMED_BODY", UNREADABLE),
    # Our function did not answer, or not in time: to its sender that is the 503 of the contract.
    ("INTEGRATION_FAILURE", "503", "NOT_STORED", TRY_AGAIN),
    ("INTEGRATION_TIMEOUT", "503", "NOT_STORED", TRY_AGAIN),
    ("DEFAULT_5XX", "", "NOT_STORED", TRY_AGAIN),
)
"""Response type, status (empty: each kind keeps its own), code of the contract, text."""
RETRIED = ("THROTTLED", "QUOTA_EXCEEDED", "INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT", "DEFAULT_5XX")
HEADERS = {
    # They carry no data, and the gateway cannot reflect an origin: any script may read that it was refused.
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    # Empty lists: 'none' has quotes, and a value stands in quotes here.
    "Content-Security-Policy": "default-src; base-uri; form-action; frame-ancestors",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
LIMITED_POSTS = ("/enquiries", "/f/{form}", "/form", "/withdraw/{token}", "/desk/{page}")
"""Public ways to write: forms, the hosted form in its other language, withdrawing, sign-in at the desk."""
POSTS_PER_SECOND, POSTS_AT_ONCE = 0.5, 40
"""A clinic gets a handful of enquiries an hour: forty at once and then thirty a minute are far beyond that."""
BUSY_READS = ("/form", "/embed.js", "/desk/{page}", "/desk/{page}/{key}")
"""What every visitor of the clinic's website loads, and what the desk asks for again and again."""
READS_PER_SECOND, READS_AT_ONCE = 5, 100
REQUESTS_PER_SECOND, REQUESTS_AT_ONCE = 1, 50
"""For each other method. What a flood costs within these limits: `benchmarks/flood.py`, docs/security.md."""
LOG_FORMAT = json.dumps(
    {
        "request_id": "$context.requestId",
        "route": "$context.httpMethod $context.resourcePath",
        "status": "$context.status",
        "latency_ms": "$context.responseLatency",
        "function_ms": "$context.integrationLatency",
        "answered_by_gateway": "$context.error.responseType",
    }
)
"""The route's template, never its values: no path value, query, address or body (a receipt's token is a path value)."""


def furnish(stage: str, root: Path, environment: Mapping[str, str]) -> None:
    """Furnish the gateway of a stage that is named, where the environment leads. Raises CannotContinue when its files
    cannot be used, and when it stands elsewhere."""
    files = read_stage(stage, root)
    account = sign_in(environment)
    require_same_account(account, files)
    furnish_gateway(account, files)


def furnish_gateway(account: Account, files: StageFiles) -> None:
    """Give the deployed API of a stage its error answers, limits and access log. Can be done again at any time. Raises
    CannotContinue when the stage is not deployed or not provisioned."""
    stage, api_id = files.name, deployed_api(files)
    gateway = account.client("apigateway")
    outputs = _outputs(account, files)
    for answer in ANSWERS:
        gateway.put_gateway_response(restApiId=api_id, **gateway_answer(*answer, files.settings.clinic_phone))
    _allow_logging(gateway, outputs["GatewayLoggingRoleArn"])
    # Answers reach the stage with a deployment of the API only.
    gateway.create_deployment(restApiId=api_id, stageName=stage, description="Error answers, limits, access log")
    gateway.update_stage(restApiId=api_id, stageName=stage, patchOperations=stage_changes(outputs["AccessLogGroupArn"]))


def deployed_api(files: StageFiles) -> str:
    """The id of the API that `chalice deploy` made for a stage."""
    found = recorded_api(files.root, files.name)
    if not found:
        raise CannotContinue(f"Stage {files.name} is not deployed: make deploy STAGE={files.name}")
    return str(found["rest_api_id"])


def gateway_answer(kind: str, status: str, code: str, words: str, phone: str) -> dict[str, Any]:
    """One answer as `put_gateway_response` takes it: our error shape as fixed text, with the clinic's number in it."""
    error = words.format(phone=phone)
    errors = [{"code": code, "message": error}]
    body = {"ok": False, "success": False, "error": error, "errors": errors, "phone": phone}
    headers = {**HEADERS, "Retry-After": RETRY_SECONDS} if kind in RETRIED else HEADERS
    return {
        "responseType": kind,
        **({"statusCode": status} if status else {}),
        "responseParameters": {f"gatewayresponse.header.{name}": f"'{value}'" for name, value in headers.items()},
        "responseTemplates": {"application/json": _without_variables(json.dumps(body, ensure_ascii=False))},
    }


def _without_variables(text: str) -> str:
    """API Gateway replaces what looks like `$context.…`; in JSON a dollar can be written otherwise."""
    return text.replace("$", "\\u0024")


def stage_changes(log_group_arn: str) -> list[dict[str, str]]:
    """The changes to the API's stage: limits for each method, for public posts and for what is read most, the access
    log, and no log of requests and answers, which would hold what people typed."""
    changes = {
        "/*/*/throttling/rateLimit": str(REQUESTS_PER_SECOND),
        "/*/*/throttling/burstLimit": str(REQUESTS_AT_ONCE),
        "/*/*/logging/loglevel": "OFF",
        "/*/*/logging/dataTrace": "false",
        "/accessLogSettings/destinationArn": log_group_arn.removesuffix(":*"),
        "/accessLogSettings/format": LOG_FORMAT,
    }
    for route in LIMITED_POSTS:
        method = f"/{route.replace('/', '~1')}/POST/throttling"
        changes |= {f"{method}/rateLimit": str(POSTS_PER_SECOND), f"{method}/burstLimit": str(POSTS_AT_ONCE)}
    for route in BUSY_READS:
        method = f"/{route.replace('/', '~1')}/GET/throttling"
        changes |= {f"{method}/rateLimit": str(READS_PER_SECOND), f"{method}/burstLimit": str(READS_AT_ONCE)}
    return [{"op": "replace", "path": path, "value": value} for path, value in changes.items()]


def _allow_logging(gateway: Any, role_arn: str) -> None:
    """API Gateway writes logs under one role for the whole account and region: one that is there is left alone."""
    if not gateway.get_account().get("cloudwatchRoleArn"):
        gateway.update_account(patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": role_arn}])


def _outputs(account: Account, files: StageFiles) -> Mapping[str, str]:
    stack = service_stack_name(files.name)
    try:
        described = account.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ValidationError":
            raise
        raise CannotContinue(f"There is no stack {stack}: make provision STAGE={files.name}") from error
    return {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])}


def main(arguments: list[str]) -> int:
    """Furnish the gateway of the stage that the command line names."""
    furnish((arguments[0] if arguments else "").strip(), ROOT, os.environ)
    return 0


if __name__ == "__main__":
    sys.exit(run_command(lambda: main(sys.argv[1:])))
