"""The application's own DynamoDB client in front of a table in memory: whatever botocore does is done, nothing crosses
a network, and every call is counted."""

from __future__ import annotations

import json
import time
from collections import Counter
from io import BytesIO
from threading import Lock
from typing import Any

from botocore import xform_name
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from chalicelib.aws import Clients


class _Body(BytesIO):
    def stream(self, **_: Any) -> Any:
        """As urllib3 hands over a body."""
        return iter(lambda: self.read(65536), b"")


class CountedDynamoDB:
    """`calls` counts operations, `read_bytes` what the answers weigh, `seconds` is the
    CPU that the table took. Each call waits `latency_seconds` before it is answered, calls beside one another together,
    as on a network."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._one_at_a_time = Lock()
        self.latency_seconds = 0.0
        self.reset()

    def reset(self) -> None:
        """Count from nothing."""
        self.calls: Counter[str] = Counter()
        self.read_bytes = 0
        self.seconds = 0.0

    def answer_for(self, clients: Clients) -> Clients:
        """Let the table answer what these clients ask of DynamoDB."""
        clients.dynamodb.meta.events.register("before-send.dynamodb", self._answer)
        return clients

    def _answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        parameters = json.loads(request.body)
        parameters.pop("ClientRequestToken", None)
        if self.latency_seconds:
            time.sleep(self.latency_seconds)
        with self._one_at_a_time:
            began = time.thread_time()
            answered = getattr(self._model, xform_name(operation))(**parameters)
            body = json.dumps(answered).encode()
            self.seconds += time.thread_time() - began
            self.calls[operation] += 1
            self.read_bytes += len(body)
        return AWSResponse(request.url, 200, {"Content-Type": "application/x-amz-json-1.0"}, _Body(body))
