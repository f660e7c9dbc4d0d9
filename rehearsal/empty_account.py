"""An empty AWS account on this machine, for as long as a rehearsal takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3

from rehearsal import local_names
from rehearsal.place import NO_OTHER_AWS, OWNER, REGION, STATE_PAGE, access_key
from rehearsal.steps import BrokenPromise

ROOT = Path(__file__).parent.parent
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


@dataclass(frozen=True)
class EmptyAccount:
    """Where the account is reached. `folder` holds what the local AWS has written for those who call it."""

    endpoint: str
    gateway_port: int
    folder: Path

    @property
    def trusted(self) -> Path:
        """The certificates that hold here."""
        return self.folder / "trusted.pem"

    def environment(self) -> dict[str, str]:
        """The environment of a developer's command in this account, with nothing that leads to another."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("AWS_") and name.lower() not in _PROXIES
        }
        return {
            **kept,
            **NO_OTHER_AWS,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": OWNER,
            "AWS_SECRET_ACCESS_KEY": OWNER,
            "AWS_DEFAULT_REGION": REGION,
            "SSL_CERT_FILE": str(self.trusted),
            "PYTHONPATH": str(self.folder / "site"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def client(self, service: str) -> Any:
        """A boto3 client of the account's owner."""
        return _client(service, self.endpoint, OWNER)

    def client_of(self, role_arn: str, service: str) -> Any:
        """A boto3 client under a function's role."""
        return _client(service, self.endpoint, access_key(role_arn))

    def state(self) -> Mapping[str, Any]:
        """What no AWS call tells: `mails` and `alerts`, oldest first; `written`, files in read-only places; `refused`,
        calls of functions that their roles do not grant."""
        with urllib.request.urlopen(self.endpoint + STATE_PAGE, timeout=30) as answer:  # noqa: S310  on loopback
            told: Mapping[str, Any] = json.load(answer)
        return told


@cache
def _client(service: str, endpoint: str, key: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=key,
        aws_secret_access_key=OWNER,
    )


@contextmanager
def empty_account(folder: Path) -> Iterator[EmptyAccount]:
    """Start one in a process of its own. Raises BrokenPromise when it does not start."""
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "rehearsal.local_aws", str(folder)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told = process.stdout.readline()
        if not told:
            raise BrokenPromise("the local AWS did not start; see above")
        try:
            account = EmptyAccount(folder=folder, **json.loads(told))
            local_names.lead_to_gateway(account.gateway_port, sealed=False)
            yield account
        finally:
            process.stdin.close()
