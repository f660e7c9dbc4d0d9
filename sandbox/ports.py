"""Which ports the sandbox uses, and a clear word where one is taken."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass

HOST = "127.0.0.1"


class CannotStart(Exception):
    """The message is one line for the developer."""


@dataclass(frozen=True)
class Ports:
    """The application's port and AWS's."""

    app: int
    aws: int


def chosen_ports(environment: Mapping[str, str]) -> Ports:
    """`PORT` (8000) and `AWS_PORT` (5555). Raises CannotStart."""
    ports = Ports(app=_port(environment, "PORT", 8000), aws=_port(environment, "AWS_PORT", 5555))
    if ports.app == ports.aws:
        raise CannotStart(f"PORT and AWS_PORT are both {ports.app}; choose two ports.")
    return ports


def require_free(port: int, variable: str) -> None:
    """Raises CannotStart when something listens on the port."""
    with socket.socket() as probe:
        # As servers do, so that a connection that is only fading out does not count as busy.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise busy(port, variable) from error


def busy(port: int, variable: str) -> CannotStart:
    """What to say of a port that is taken."""
    return CannotStart(f"Port {port} is busy. Stop what uses it, or choose another: {variable}={port + 1} make …")


def _port(environment: Mapping[str, str], variable: str, default: int) -> int:
    given = environment.get(variable, "").strip() or str(default)
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= 65535:
        raise CannotStart(f"{variable} must be a port from 1 to 65535.")
    return int(given)
