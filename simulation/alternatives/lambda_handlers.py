"""What is usually written instead: a Lambda function that mails within the request, with or without a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from email.message import EmailMessage
from typing import Any

from simulation.alternatives.endings import Ending, ending_of
from simulation.fault_plans import Plan
from simulation.scenario import BETWEEN_TRIES_SECONDS, SCENARIOS, TRIES
from simulation.world import ENVIRONMENT, World

Handler = Callable[[World], None]
"""Returns for a 200; what it raises becomes API Gateway's 502."""


def mail_within_request(world: World) -> None:
    """Send, then answer."""
    world.clients.ses.send_email(**_mail(world.environment))


def store_then_mail(world: World) -> None:
    """Store, send, then answer; a mail that fails fails the request."""
    _store(world)
    world.clients.ses.send_email(**_mail(world.environment))


def store_then_try_mail(world: World) -> None:
    """Store, send, then answer; a mail that fails is at most logged, as the enquiry is safe."""
    _store(world)
    with suppress(Exception):
        world.clients.ses.send_email(**_mail(world.environment))


def play_handler(handler: Handler, plan: Plan, staff: str) -> Ending:
    """Let the visitor of the scenarios press the button until it says "received", at most four times."""
    world = World(plan, environment={**ENVIRONMENT, "STAFF_EMAILS": staff})
    answers: list[bool] = []
    for _ in range(TRIES):
        answers.append(world.invoke(lambda: handler(world)).succeeded)
        if answers[-1]:
            break
        world.clock.move(BETWEEN_TRIES_SECONDS)
    return ending_of(world, answers)


def _store(world: World) -> None:
    enquiry_id = f"{world.chance.getrandbits(64):016x}"
    item = {
        "pk": f"ENQUIRY#{enquiry_id}",
        "sk": "ENQUIRY",
        "id": enquiry_id,
        "body": SCENARIOS["routine"].body.decode(),
    }
    table_name = next(iter(world.dynamodb.tables))
    world.clients.dynamodb.put_item(TableName=table_name, Item={name: {"S": value} for name, value in item.items()})


def _mail(environment: Mapping[str, str]) -> dict[str, Any]:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = environment["MAIL_FROM"], environment["STAFF_EMAILS"], "Enquiry"
    mail.set_content(SCENARIOS["routine"].body.decode())
    return {
        "FromEmailAddress": environment["MAIL_FROM"],
        "Destination": {"ToAddresses": [environment["STAFF_EMAILS"]]},
        "Content": {"Raw": {"Data": mail.as_bytes()}},
    }
