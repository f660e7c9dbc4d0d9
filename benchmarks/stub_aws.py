"""A stand-in for DynamoDB and SQS on loopback that answers at once, so that a benchmark measures our own work.
Counts calls."""

from __future__ import annotations

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_SETTINGS_ROW = {"Item": {"pk": {"S": "SETTINGS"}, "sk": {"S": "SETTINGS"}, "stage_key": {"S": "00" * 32}}}
_SENT = {"Successful": [{"Id": "0", "MessageId": "m", "MD5OfMessageBody": "x"}], "Failed": []}
_ANSWERS: dict[str, dict[str, Any]] = {"GetItem": _SETTINGS_ROW, "SendMessageBatch": _SENT}


class StubAws:
    """`with StubAws() as stub:` listens on `stub.url`; `stub.calls` counts operations."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("content-length") or 0))
                operation = self.headers.get("x-amz-target", "").rpartition(".")[2]
                stub.calls[operation] += 1
                body = json.dumps(_ANSWERS.get(operation, {})).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/x-amz-json-1.0")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                self.wfile.flush()

            def log_message(self, *_: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> StubAws:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
