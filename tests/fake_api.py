"""Stand-ins for AWS clients where moto cannot fail as AWS does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws import Clients


class FakeApi:
    """A client whose every call is remembered in `calls` and gives the next of `outcomes`: an answer, an error to
    raise, or a function to call. The last one stays."""

    def __init__(self, *outcomes: Any) -> None:
        self.outcomes = list(outcomes)
        self.calls: list[dict[str, Any]] = []

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return partial(self._call, operation)

    def _call(self, operation: str, **parameters: Any) -> Any:
        self.calls.append({"operation": operation, **parameters})
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome() if callable(outcome) else outcome


def clients_with(environment: dict[str, str], **apis: Any) -> Clients:
    """Real clients, but for those given."""
    clients = Clients(environment)
    for name, api in apis.items():
        setattr(clients, name, api)
    return clients


def client_error(code: str, message: str = "", operation: str = "SendEmail") -> ClientError:
    """What botocore raises for an error answer."""
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)
