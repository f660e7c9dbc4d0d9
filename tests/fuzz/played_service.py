"""The application behind the played gateway, on an AWS in memory, as a WSGI application."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from chalice.local import LambdaContext
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

import app as app_module
import sandbox.cloudformation_types
import sandbox.moto_lock  # noqa: F401
from chalicelib.aws import Clients
from chalicelib.background import spawn_thread
from chalicelib.context import AppContext, context_from
from chalicelib.settings import read_settings
from chalicelib.storage.withdrawal_tokens import withdrawal_token
from sandbox.gateway import Gateway, swagger_of
from sandbox.gateway_answers import HttpAnswer
from sandbox.proxy_event import HttpRequest
from sandbox.resources import create_resources
from tests.conftest import ENVIRONMENT, REGION, STAGE_KEY, SettableClock, numbered_ids
from tests.website import DEPLOYED

StartResponse = Callable[[str, list[tuple[str, str]]], object]
_KEPT = 16
"""Partitions of the table before it is emptied: moto's transactions take as long as the table is large."""
PHONE = "+1 202-555-0100"


class PlayedService:
    """`context` is the instance's."""

    def __init__(self, context: AppContext) -> None:
        self.context = context
        app = app_module.app
        lambda_context = LambdaContext("api_handler", 1024, 20_000)
        swagger = swagger_of(app, REGION, DEFAULT_ACCOUNT_ID)
        self._gateway = Gateway(swagger, lambda event: app(event, lambda_context), DEPLOYED, PHONE)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        answer = self.answer(_request(environ))
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", answer.headers)
        return [answer.body]

    def answer(self, request: HttpRequest) -> HttpAnswer:
        """What the gateway sends back."""
        if request.method == "POST" and not request.path.startswith("/withdraw"):
            self._forget()
        return self._gateway.answer(request)

    def known_token(self) -> str:
        """The link of an acknowledgement whose enquiry is still there; a forged one when there is none."""
        ids = self.enquiry_ids()
        return withdrawal_token(STAGE_KEY, ids[-1]) if ids else "forged"

    def enquiry_ids(self) -> list[str]:
        """Of what is in the table, the newest last."""
        return [key.value.partition("#")[2] for key in self._items if key.value.startswith("ENQUIRY#")]

    @property
    def _items(self) -> Any:
        return dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[self.context.table.name].items

    def _forget(self) -> None:
        """Empty a table that has grown, but for the settings row and sessions."""
        items = self._items
        if len(items) > _KEPT:
            for key in [key for key in items if not key.value.startswith(("SETTINGS", "SESSION"))]:
                del items[key]


@contextmanager
def played_service(**settings: str) -> Iterator[PlayedService]:
    """One instance on a fresh AWS. Work beside the answer is left out: no queue fills up."""
    environment = {**ENVIRONMENT, "RATE_LIMIT_ADDRESS": "1000000", **settings}
    with mock_aws():
        clients = Clients(environment)
        create_resources(clients, read_settings(environment), STAGE_KEY)
        clock = SettableClock(datetime(2026, 3, 2, 15, tzinfo=UTC))
        context = context_from(
            environment, clock=clock, ids=numbered_ids(), spawn=lambda _work, name: spawn_thread(list, name)
        )
        context.stage_settings.refresh()
        before, app_module.instance = app_module.instance, lambda: context  # type: ignore[assignment]
        try:
            yield PlayedService(context)
        finally:
            app_module.instance = before


def _request(environ: dict[str, Any]) -> HttpRequest:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    headers = [
        (name.removeprefix("HTTP_").replace("_", "-").title(), value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    ]
    if environ.get("CONTENT_TYPE"):
        headers.append(("Content-Type", environ["CONTENT_TYPE"]))
    path = str(environ.get("REQUEST_URI") or environ["PATH_INFO"]).partition("?")[0].removeprefix(DEPLOYED.base_path)
    return HttpRequest(
        environ["REQUEST_METHOD"],
        path,
        environ.get("QUERY_STRING", ""),
        headers,
        environ["wsgi.input"].read(length),
        "203.0.113.9",
    )
