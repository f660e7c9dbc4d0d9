"""Enquiries as people's websites send them, and what the table then holds of them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from boto3.dynamodb.types import TypeDeserializer

from rehearsal.declared import API_HANDLER, Declared
from rehearsal.empty_account import EmptyAccount
from rehearsal.steps import promise, same, wait_for
from rehearsal.visitor import FORM, JSON, Visitor
from rehearsal.working_copy import STAGE, WorkingCopy
from sandbox.proxy_event import HttpRequest, Stage, proxy_event

BOUNDARY = "rehearsal-boundary"
ROW = "NOTIFICATION#"
"""How the sort keys of outbox rows begin."""


@dataclass(frozen=True)
class Person:
    """Somebody who writes; no such person exists."""

    name: str
    email: str
    message: str

    @property
    def fields(self) -> dict[str, str]:
        """What they fill in."""
        return {
            "name": self.name,
            "email": self.email,
            "message": self.message,
            "urgent_signs": "none",
            "consent": "yes",
        }


@dataclass(frozen=True)
class Accepted:
    """An enquiry that was answered with a reference and a receipt."""

    person: Person
    id: str
    reference: str
    receipt_path: str


def post_json(visitor: Visitor, person: Person) -> Accepted:
    """As a script sends it. A query with a repeated name and headers in lower case, as HTTP/2 has them, do no harm."""
    body = json.dumps(person.fields).encode()
    answer = visitor.ask("POST", "/enquiries?utm_source=a&utm_source=b", body, **_lower(JSON))
    return _accepted(person, answer.status, answer.fields if answer.status == 200 else {})


def post_urlencoded(visitor: Visitor, person: Person) -> Accepted:
    """As a script sends a form to the address of a form of its own."""
    headers = {**FORM, "Accept": "application/json"}
    answer = visitor.ask("POST", "/f/homepage", urlencode(person.fields).encode(), **headers)
    return _accepted(person, answer.status, answer.fields if answer.status == 200 else {})


def post_multipart(visitor: Visitor, person: Person) -> Accepted:
    """As `FormData` is sent: no binary type for the gateway, which hands it over as text."""
    headers = {**JSON, "Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    answer = visitor.ask("POST", "/enquiries", _multipart(person.fields), **headers)
    return _accepted(person, answer.status, answer.fields if answer.status == 200 else {})


def post_base64(account: EmptyAccount, declared: Declared, person: Person) -> Accepted:
    """As API Gateway hands over what it takes for binary: the event straight to the function, with a query and path
    values that are null."""
    headers = [("Content-Type", f"multipart/form-data; boundary={BOUNDARY}"), ("Accept", "application/json")]
    request = HttpRequest("POST", "/enquiries", "", headers, _multipart(person.fields), "192.0.2.7")
    stage = Stage(STAGE, "abc123.execute-api.us-east-1.amazonaws.com", f"/{STAGE}", "123456789012", "abc123", "https")
    event = proxy_event(request, "/enquiries", {}, stage=stage, binary=True)
    answer = invoke(account, declared.deployed_name(API_HANDLER), event)
    promise(event["isBase64Encoded"] and event["queryStringParameters"] is None, "the event is not the documented one")
    body = answer["body"]
    text = base64.b64decode(body).decode() if answer.get("isBase64Encoded") else body
    return _accepted(person, answer["statusCode"], json.loads(text) if answer["statusCode"] == 200 else {})


def invoke(account: EmptyAccount, function: str, event: Mapping[str, Any]) -> Any:
    """Run a deployed function on an event. Raises BrokenPromise when it fails."""
    answer = account.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
    payload = answer["Payload"].read()
    promise("FunctionError" not in answer, f"{function} failed: {payload[:500].decode('utf-8', 'replace')}")
    return json.loads(payload)


def items(account: EmptyAccount, table: str) -> list[dict[str, Any]]:
    """Every item of a table. Only a rehearsal reads a whole table."""
    read = TypeDeserializer().deserialize
    pages = account.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return [{name: read(value) for name, value in item.items()} for page in pages for item in page["Items"]]


def wait_for_mails(copy: WorkingCopy, accepted: Sequence[Accepted], status: str = "delivered") -> None:
    """Wait until both mails of each enquiry have come where their delivery events take them; `status` is the
    acknowledgement's. Raises BrokenPromise."""
    ends = {f"{ROW}staff_alert": "delivered", f"{ROW}acknowledgement": status}
    wanted = {(f"ENQUIRY#{each.id}", name): end for each in accepted for name, end in ends.items()}

    def all_there() -> bool:
        found = {
            (item["pk"], item["sk"]): item["status"] for item in items(copy.account, copy.table) if ROW in item["sk"]
        }
        return wanted.items() <= found.items()

    wait_for(all_there, "mails sent, and their delivery recorded", seconds=60)
    told = {mail["reference"] for mail in copy.account.state()["mails"]}
    promise({each.reference for each in accepted} <= told, "SES has no mail with the reference of an enquiry")


def require_stored(copy: WorkingCopy, accepted: Sequence[Accepted]) -> None:
    """Raises BrokenPromise when one of them is not in the table."""
    stored = {item["id"] for item in items(copy.account, copy.table) if item["sk"] == "ENQUIRY"}
    same(set(), {each.id for each in accepted} - stored, "enquiries that are not stored")


def _accepted(person: Person, status: int, told: Mapping[str, Any]) -> Accepted:
    promise(status == 200 and told.get("ok"), f"an enquiry was answered {status} {dict(told)}")
    _, _, receipt = str(told["next"]).rpartition("/received/")
    return Accepted(person, str(told["id"]), str(told["reference"]), f"/received/{receipt}")


def _multipart(fields: Mapping[str, str]) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    return "".join([*parts, f"--{BOUNDARY}--\r\n"]).encode()


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
