"""Keeps tests on this machine: no connection, datagram or name look-up leaves the loopback interface.

An audit hook sees every socket of the process, whichever library opened it; unlike a replaced function it cannot be
bypassed or forgotten. `attempts` remembers what was refused, for callers that swallow errors.
"""

from __future__ import annotations

import ipaddress
import sys
from typing import Any

attempts: list[str] = []
_EVENTS = {"socket.connect": 1, "socket.sendto": 1, "socket.getaddrinfo": 0, "socket.gethostbyname": 0}


class LeftTheMachine(RuntimeError):
    """A test tried to reach another machine."""


def forbid_network() -> None:
    """Refuse from now on whatever would leave this machine. Cannot be undone."""
    sys.addaudithook(_refuse_other_machines)


def _refuse_other_machines(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _EVENTS and not _is_local(arguments[_EVENTS[event]]):
        attempts.append(f"{event} {arguments[_EVENTS[event]]}")
        raise LeftTheMachine(attempts[-1])


def _is_local(address: object) -> bool:
    host = address[0] if isinstance(address, tuple) else address
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str) or host in ("", "localhost") or host.startswith(("/", "\0")):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
