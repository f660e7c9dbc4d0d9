"""No test can reach another machine."""

from __future__ import annotations

import socket

import boto3
import pytest

from tests.network_guard import LeftTheMachine, attempts


@pytest.mark.parametrize("address", [("192.0.2.1", 443), ("8.8.8.8", 53)])
def test_connection_to_another_machine_is_refused(address: tuple[str, int]) -> None:
    with socket.socket() as connection, pytest.raises(LeftTheMachine):
        connection.connect(address)

    assert attempts
    attempts.clear()


def test_name_of_another_machine_is_not_looked_up() -> None:
    with pytest.raises(LeftTheMachine):
        socket.create_connection(("clinic.example", 443))

    assert attempts
    attempts.clear()


def test_aws_client_outside_moto_is_refused() -> None:
    with pytest.raises(Exception, match="amazonaws"):
        boto3.client("dynamodb", region_name="us-east-1").list_tables()

    assert attempts
    attempts.clear()


def test_loopback_is_allowed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()[:2]) as ours:
        connected = ours.getpeername() == server.getsockname()

    assert connected
