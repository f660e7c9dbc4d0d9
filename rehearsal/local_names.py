"""Leads the names of deployed APIs, `<api>.execute-api.<region>.amazonaws.com`, to the gateway on loopback, in the
process that imports it. Imports nothing of ours: it also runs where Lambda's Python runs."""

from __future__ import annotations

import socket
from typing import Any

LOOPBACK = ("127.0.0.1", "localhost")


def lead_to_gateway(port: int, *, sealed: bool) -> None:
    """From now on APIs are found at a port of this machine; `sealed`: and nothing else outside it is found."""
    look_up = socket.getaddrinfo

    def getaddrinfo(host: Any, asked_port: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host or "")
        if ".execute-api." in name and name.endswith(".amazonaws.com"):
            return look_up(LOOPBACK[0], port, *args, **kwargs)
        if sealed and name not in LOOPBACK:
            raise socket.gaierror(socket.EAI_NONAME, "a rehearsal reaches nothing outside this machine")
        return look_up(host, asked_port, *args, **kwargs)

    socket.getaddrinfo = getaddrinfo
