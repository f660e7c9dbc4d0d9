"""Makes in-process moto safe under threads: one lock round every mocked call. Without it moto 5.2 loses ADD updates
and fails on concurrent transactions. Import it before the first client is made."""

from __future__ import annotations

import threading
from typing import Any

from moto.core.botocore_stubber import BotocoreStubber

_LOCK = threading.RLock()
_UNLOCKED_CALL = BotocoreStubber.__call__


def _call(self: BotocoreStubber, event_name: str, request: Any, **extra: Any) -> Any:
    with _LOCK:
        return _UNLOCKED_CALL(self, event_name, request, **extra)


BotocoreStubber.__call__ = _call
