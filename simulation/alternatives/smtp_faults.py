"""A mail server on loopback whose every conversation is a boundary: the faults of SES, told in SMTP.

| fault | what the server does |
|---|---|
| `error_before` | hangs up before its greeting |
| `timeout_before`, `timeout_after` | says nothing after the text of the mail, which it has dropped or kept |
| `closed_after`, `garbled` | keeps the mail and hangs up, or answers with what is no SMTP |
| `throttle` | 454 after the text; `account_stop` the same, for every later conversation too |
| `reject` | 554 after the text |
| `crash_before` | the client's process is killed (SIGKILL) at the greeting |
| `crash_after`, `slow_until_killed` | it is killed once the mail is kept |

454 and 554 are what SES's SMTP interface says (developer guide, "SMTP response codes returned by Amazon SES").
"""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable
from typing import Any, Self

from simulation.fault_plans import Boundary, Fault, Plan

_KEPT = (None, "timeout_after", "closed_after", "garbled", "crash_after", "slow_until_killed")
_KILLED = ("crash_before", "crash_after", "slow_until_killed")
_SILENT = ("timeout_before", "timeout_after")
_ANSWERS = {
    None: b"250 Ok\r\n",
    "garbled": b"\x00\xff\xfe\r\n",
    "throttle": b"454 Throttling failure: Maximum sending rate exceeded.\r\n",
    "account_stop": b"454 Sending paused for this account.\r\n",
    "reject": b"554 Message rejected.\r\n",
}


class FaultyMailServer(socketserver.ThreadingTCPServer):
    """Listens on `port` while entered. `kill` ends the client; `begin` starts the next run."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, kill: Callable[[], None]) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.port = int(self.server_address[1])
        self.kill = kill
        self.begin({})

    def begin(self, plan: Plan) -> None:
        """Forget the mails and count from zero."""
        self.plan = plan
        self.trace: list[Boundary] = []
        self.kept: list[bytes] = []
        self._stopped = False

    def next_fault(self) -> Fault | None:
        """Count a conversation, and say what happens in it."""
        number = len(self.trace)
        self.trace.append(Boundary(number, "ses", "send_email"))
        fault = self.plan.get(number)
        self._stopped |= fault == "account_stop"
        return "account_stop" if self._stopped else fault

    def handle_error(self, *_: Any) -> None:
        """A client that died in the middle of a conversation is part of the plan."""

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Conversation(socketserver.StreamRequestHandler):
    server: FaultyMailServer

    def handle(self) -> None:
        fault = self.server.next_fault()
        if fault == "crash_before":
            self.server.kill()
        if fault in ("crash_before", "error_before"):
            return
        self.wfile.write(b"220 mail.example ESMTP\r\n")
        while line := self.rfile.readline():
            if line.upper().startswith(b"DATA"):
                self.wfile.write(b"354 End data with <CR><LF>.<CR><LF>\r\n")
                self._take_mail(fault)
                if fault in _SILENT:
                    self.rfile.read()
                if fault == "closed_after" or fault in (*_KILLED, *_SILENT):
                    return
                self.wfile.write(_ANSWERS[fault])
            elif line.upper().startswith(b"QUIT"):
                self.wfile.write(b"221 Bye\r\n")
                return
            else:
                self.wfile.write(b"250 Ok\r\n")

    def _take_mail(self, fault: Fault | None) -> None:
        text = b"".join(iter(self.rfile.readline, b".\r\n"))
        if fault in _KEPT:
            self.server.kept.append(text)
        if fault in _KILLED:
            self.server.kill()
