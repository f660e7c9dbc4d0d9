"""Every test runs on fake credentials, a fresh AWS in memory, a clock that it sets, and no network."""

from __future__ import annotations

import os

_OURS = ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCOUNT_ID", "AWS_SESSION_TOKEN", "PORT")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
for _name in list(os.environ):
    if _name in _OURS or _name.startswith("AWS_ENDPOINT_URL_") or _name.upper() in _PROXIES:
        del os.environ[_name]
os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    AWS_EC2_METADATA_DISABLED="true",
)

import random  # noqa: E402
import uuid  # noqa: E402
from collections.abc import Iterator, Sequence  # noqa: E402
from datetime import UTC, datetime, timedelta  # noqa: E402
from functools import cache  # noqa: E402
from typing import TYPE_CHECKING, Any  # noqa: E402

import botocore.session  # noqa: E402
import pytest  # noqa: E402

from chalicelib.aws import Clients  # noqa: E402
from chalicelib.context import AppContext, Ids, context_from  # noqa: E402
from chalicelib.settings import Settings, read_settings  # noqa: E402
from tests import network_guard  # noqa: E402

if TYPE_CHECKING:
    from sandbox.mail_parsing import Mail
    from sandbox.moto_state import Alert
    from tests.sandbox_process import Sandbox

for _name in Settings.model_fields:
    os.environ.pop(_name.upper(), None)
os.environ["STAGE"] = "test"  # the only thing that `import app` reads
network_guard.forbid_network()
# Sessions share one loader, so that each service's model is read once per process and not once per test.
botocore.session.create_loader = cache(botocore.session.create_loader)

REGION = "us-east-1"
STAGE_KEY = bytes(range(32))
ENVIRONMENT = {
    "STAGE": "test",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCOUNT_ID": "123456789012",
    "PUBLIC_URL": "https://desk.clinic.example/api",
    "CLINIC_NAME": "Kalimera Clinic",
    "CLINIC_PHONE": "+1 202-555-0100",
    "MAIL_FROM": "Kalimera Clinic <hello@clinic.example>",
    "STAFF_EMAILS": "frontdesk@clinic.example",
    "CLINICAL_EMAILS": "nurse@clinic.example",
    "BACKUP_EMAILS": "backup@clinic.example",
    "ON_CALL_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:enquiry-desk-test-on-call",
    "RATE_LIMIT_CONTACT": "1000000",  # one person writes all that a test needs
    "ACKNOWLEDGEMENTS_A_DAY": "1000000",
    "ALERTS_AT_ONCE": "1000000",
    "PAGES_AT_ONCE": "1000000",
    "USER_POOL_ID": "us-east-1_enquirydeskteststaff",
    "USER_POOL_CLIENT_ID": "enquirydesktestdesk",
}


class SettableClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> datetime:
        """Move on by a `timedelta` in words, such as `minutes=5`, and return the new time."""
        self.now += timedelta(**span)
        return self.now


class Mailbox(Sequence["Mail"]):
    """The mails that SES has accepted so far, oldest first; looks again at every use."""

    def __getitem__(self, index: Any) -> Any:
        from sandbox.moto_state import mails

        return mails(REGION)[index]

    def __len__(self) -> int:
        return len(self[:])

    def of_kind(self, kind: str) -> list[Mail]:
        """Those whose kind is `staff_alert`, `acknowledgement` …"""
        return [mail for mail in self if mail.kind == kind]


class Alerts(Sequence["Alert"]):
    """The messages that SNS has accepted so far, oldest first; looks again at every use."""

    def __getitem__(self, index: Any) -> Any:
        from sandbox.moto_state import alerts

        return alerts(REGION)[index]

    def __len__(self) -> int:
        return len(self[:])


def numbered_ids() -> Ids:
    """Ids and chance that are the same in every run."""
    source = random.Random(2026)  # noqa: S311 - it must be predictable
    return Ids(
        new_id=lambda: str(uuid.UUID(int=source.getrandbits(128), version=4)),
        choose=source.choice,
        random_bytes=source.randbytes,
    )


@pytest.fixture(autouse=True)
def _nothing_leaves_the_machine() -> Iterator[None]:
    network_guard.attempts.clear()
    yield

    assert network_guard.attempts == []


@pytest.fixture
def environment() -> dict[str, str]:
    """Environment variables of stage `test`; change the copy as you like and pass it to `context_from`."""
    return dict(ENVIRONMENT)


@pytest.fixture
def clock() -> SettableClock:
    """Starts on Monday, 2 March 2026, 10:00 in New York."""
    return SettableClock(datetime(2026, 3, 2, 15, tzinfo=UTC))


@pytest.fixture
def aws() -> Iterator[Clients]:
    """A fresh AWS in memory with the template's resources for stage `test`."""
    from moto import mock_aws

    import sandbox.cloudformation_types
    import sandbox.moto_lock  # noqa: F401
    from sandbox.resources import create_resources

    with mock_aws():
        clients = Clients(ENVIRONMENT)
        create_resources(clients, read_settings(ENVIRONMENT), STAGE_KEY)
        yield clients


@pytest.fixture
def context(aws: Clients, environment: dict[str, str], clock: SettableClock) -> AppContext:  # noqa: ARG001
    """One instance's surroundings on the fresh AWS."""
    return context_from(environment, clock=clock, ids=numbered_ids())


@pytest.fixture
def mailbox(aws: Clients) -> Mailbox:  # noqa: ARG001
    """What SES has accepted."""
    return Mailbox()


@pytest.fixture
def alerts(aws: Clients) -> Alerts:  # noqa: ARG001
    """What SNS has accepted."""
    return Alerts()


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[Sandbox]:
    """One sandbox for all tests of this process that need one; who breaks a service mends it."""
    from tests.sandbox_process import running_sandbox

    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def sandbox_url(running_sandbox: Sandbox) -> str:
    """Where the sandbox's application is, without a slash at the end."""
    return running_sandbox.url
