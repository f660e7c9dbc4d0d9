"""What a function logs: its runtime client frames each message, and whatever is printed comes as lines."""

from __future__ import annotations

import os
import tempfile

_HEAD_BYTES = 16
"""Type (4), length (4), time in microseconds (8); all big-endian, as awslambdaric's FramedTelemetryLogSink writes."""


class FunctionLogs:
    """Two files that a process writes to, read as far as they have grown."""

    def __init__(self) -> None:
        self.printed = tempfile.TemporaryFile()  # noqa: SIM115  open as long as the function is warm
        self._frames = tempfile.TemporaryFile()  # noqa: SIM115
        self._printed_at = self._frames_at = 0

    @property
    def frames_number(self) -> int:
        """The file descriptor for framed messages, to be passed on."""
        return self._frames.fileno()

    def read(self) -> list[str]:
        """The messages since the last time, one for each log event of CloudWatch."""
        framed = self._grown(self._frames.fileno(), self._frames_at)
        printed = self._grown(self.printed.fileno(), self._printed_at)
        self._frames_at += len(framed)
        self._printed_at += len(printed)
        return _messages(framed) + printed.decode("utf-8", "replace").splitlines()

    def close(self) -> None:
        """Forget them."""
        self.printed.close()
        self._frames.close()

    def _grown(self, number: int, position: int) -> bytes:
        # By position, because the process shares the file's own.
        return os.pread(number, os.fstat(number).st_size - position, position)


def _messages(framed: bytes) -> list[str]:
    messages = []
    while framed:
        length = int.from_bytes(framed[4:8], "big")
        messages.append(framed[_HEAD_BYTES : _HEAD_BYTES + length].decode("utf-8", "replace"))
        framed = framed[_HEAD_BYTES + length :]
    return messages
