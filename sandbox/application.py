"""The application in this process: its functions, its clock, and the pump that calls them."""

from __future__ import annotations

import boto3
from chalice import Chalice

import app
from sandbox.clock import SandboxClock
from sandbox.gateway import Gateway, invoker, swagger_of
from sandbox.http_server import HttpServer
from sandbox.proxy_event import Stage
from sandbox.pump import Functions, Pump, open_queue


def use_sandbox_clock(clock: SandboxClock) -> None:
    """Let the application tell the sandbox's time."""
    app.use_clock(clock)


def new_pump(clock: SandboxClock) -> Pump:
    """A pump between the stage's queue and the application."""
    context = app.instance()
    # A client of its own: AWS's poller has more patience than the application's pokes.
    client = boto3.client("sqs", region_name=context.clients.region)
    queue = open_queue(client, context.settings.notification_queue)
    return Pump(queue, Functions(app.deliver_notification, app.sweep_outbox), clock)


def new_gateway(server: HttpServer, base_path: str) -> Gateway:
    """A gateway in front of the application, reached at the server's address."""
    chalice_app: Chalice = app.app
    context = app.instance()
    account = context.settings.aws_account_id
    stage = Stage(name="local", address=f"127.0.0.1:{server.server_port}", base_path=base_path, account=account)
    swagger = swagger_of(chalice_app, context.clients.region, account)
    return Gateway(swagger, invoker(chalice_app), stage, context.settings.clinic_phone)
