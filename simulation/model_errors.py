"""How the model says no: in the shape in which botocore raises AWS's own errors.

InvalidRequest      → ValidationException
 └─ InvalidForItem  → ValidationException, or a reason for a cancelled transaction
ConditionFailed     → ConditionalCheckFailedException, or a reason for a cancelled transaction
NotModelled         → a gap in the model; never an answer of AWS
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

AttributeValue = dict[str, Any]
Item = dict[str, AttributeValue]


class NotModelled(NotImplementedError):
    """The application asked for something that the model does not know: extend the model."""


class InvalidRequest(Exception):
    """DynamoDB would refuse the request as it stands; the text is DynamoDB's."""


class InvalidForItem(InvalidRequest):
    """The update does not fit the item that it found."""


class ConditionFailed(Exception):
    """The condition does not hold. `item` is what was found, if the caller asked for it."""

    def __init__(self, item: Item | None) -> None:
        super().__init__("The conditional request failed")
        self.item = item


def client_error(
    operation: str, code: str, message: str = "", *, status: int = 400, members: Mapping[str, Any] | None = None
) -> Exception:
    """An error as botocore raises it. `operation` is the API's name (`PutItem`), `members` stand beside `Error`."""
    response: dict[str, Any] = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "RetryAttempts": 0},
        **(members or {}),
    }
    error: Exception = ClientError(response, operation)
    return error
