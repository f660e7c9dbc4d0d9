"""The application on a fresh AWS, as a website reaches it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

import app as app_module
from chalicelib.background import Spawn, spawn_thread
from chalicelib.context import AppContext, Ids, context_from
from chalicelib.models.enquiry import Enquiry
from chalicelib.observability import configure_logging
from chalicelib.storage.table import unmarshal
from tests.aws_calls import recorded_calls
from tests.conftest import SettableClock, numbered_ids
from tests.desk_site import MANAGER, STAFF, DeskSite, signed_in
from tests.role_grants import needs_of, refused
from tests.website import Gateway, Website

Install = Callable[..., AppContext]


@dataclass(frozen=True)
class Stored:
    """What the table holds. Tests may look at all of it; the application never does."""

    context: AppContext

    def items(self, start: str = "") -> list[dict[str, Any]]:
        """Every item whose partition key begins so."""
        pages = self.context.table.client.get_paginator("scan").paginate(TableName=self.context.table.name)
        listed = [unmarshal(item) for page in pages for item in page["Items"]]
        return [item for item in listed if item["pk"].startswith(start) and item["pk"] != "SETTINGS"]

    @property
    def enquiries(self) -> list[Enquiry]:
        """In no order that means anything."""
        return [Enquiry.model_validate(item) for item in self.items("ENQUIRY#") if item["sk"] == "ENQUIRY"]

    @property
    def enquiry(self) -> Enquiry:
        """The only one."""
        (only,) = self.enquiries
        return only

    def outbox(self) -> list[str]:
        """Notification ids."""
        rows = [item for item in self.items("ENQUIRY#") if item["sk"].startswith("NOTIFICATION#")]
        return sorted(f"{row['owner']}_{row['kind']}" for row in rows)


@pytest.fixture(autouse=True)
def _no_function_does_what_its_role_does_not_grant() -> Iterator[None]:
    with recorded_calls() as calls:
        yield

    assert refused([need for call in calls for need in needs_of(call)]) == []


@pytest.fixture
def install(environment: dict[str, str], clock: SettableClock, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Run the application with settings of the test's own: `install(ALLOWED_ORIGINS="…")`; None removes one."""

    def install_with(ids: Ids | None = None, spawn: Spawn = spawn_thread, **settings: str | None) -> AppContext:
        wanted = {**environment, **settings}
        kept = {name: value for name, value in wanted.items() if value is not None}
        context = context_from(kept, clock=clock, ids=ids or numbered_ids(), spawn=spawn)
        monkeypatch.setattr(app_module, "instance", lambda: context)
        return context

    return install_with


@pytest.fixture
def site(context: AppContext, monkeypatch: pytest.MonkeyPatch) -> Website:
    """A website that posts to the application."""
    monkeypatch.setattr(app_module, "instance", lambda: context)
    return Website(app_module)


@pytest.fixture
def staff_site(site: Website, context: AppContext) -> DeskSite:  # noqa: ARG001
    """The browser of staff@example.com, signed in."""
    return signed_in(app_module, context, STAFF)


@pytest.fixture
def manager_site(site: Website, context: AppContext) -> DeskSite:  # noqa: ARG001
    """The browser of manager@example.com, signed in."""
    return signed_in(app_module, context, MANAGER)


@pytest.fixture
def dry_site(install: Install) -> Website:
    """The same without any AWS, for what must be answered without a call: one that is tried fails the test. The
    settings row, which is read beside, is never there in time."""
    install(spawn=lambda _work, name: spawn_thread(list, name))
    return Website(app_module)


@pytest.fixture
def stored(context: AppContext) -> Stored:
    """What has been stored."""
    return Stored(context)


@pytest.fixture
def gateway(install: Install) -> Gateway:
    """The application behind API Gateway, under the stage path `/api`, with no PUBLIC_URL set."""
    install(PUBLIC_URL=None)
    return Gateway(app_module)


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Everything that any logger of ours says at any level. The AWS client's own lines stay out as configured."""
    caplog.set_level(logging.DEBUG)
    configure_logging()
    logging.getLogger("enquiry_desk").setLevel(logging.DEBUG)
    yield caplog
    logging.getLogger("enquiry_desk").setLevel(logging.INFO)


@pytest.fixture
def queued(context: AppContext) -> list[str]:
    """What is handed to SQS: it holds pokes back for a second, and a test does not wait."""
    bodies: list[str] = []

    def note(params: Any, **_: Any) -> None:
        bodies.append(str(params))

    context.clients.sqs.meta.events.register("provide-client-params.sqs", note)
    return bodies
