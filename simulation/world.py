"""One simulated AWS account with one stage of the application: how a run begins, and all that it leaves behind."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from chalicelib.context import AppContext, Ids, context_from
from chalicelib.storage.table import SETTINGS_KEY, marshal, unmarshal
from simulation.boundaries import LAMBDA_SECONDS, Boundaries, FaultyClient, Killed
from simulation.fault_plans import Boundary, Plan, Strike
from simulation.mail_events import SentMail
from simulation.model_dynamodb import ModelDynamoDB
from simulation.model_resources import ACCOUNT, REGION, Resources, declared_resources
from simulation.model_ses import ModelSES
from simulation.model_sns import Alert, ModelSNS
from simulation.model_sqs import ModelQueue, ModelSQS
from simulation.spawning import InlineSpawner, Order
from simulation.virtual_clock import VirtualClock

STAGE = "simulation"
STAGE_KEY = bytes(range(32))
ENVIRONMENT = {
    "STAGE": STAGE,
    "AWS_REGION": REGION,
    "AWS_ACCOUNT_ID": ACCOUNT,
    "PUBLIC_URL": "https://desk.clinic.example/api",
    "CLINIC_NAME": "Kalimera Clinic",
    "CLINIC_PHONE": "+1 202-555-0100",
    "MAIL_FROM": "Kalimera Clinic <hello@clinic.example>",
    "STAFF_EMAILS": "frontdesk@clinic.example",
    "CLINICAL_EMAILS": "nurse@clinic.example",
    "BACKUP_EMAILS": "backup@clinic.example",
    "ON_CALL_TOPIC_ARN": f"arn:aws:sns:{REGION}:{ACCOUNT}:enquiry-desk-{STAGE}-on-call",
}


@dataclass(frozen=True)
class Outcome:
    """How one invocation of a Lambda function ended."""

    value: Any = None
    error: Exception | None = None
    killed: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether SQS would delete the message."""
        return self.error is None and not self.killed


class ModelClients:
    """In place of `chalicelib.aws.Clients`."""

    def __init__(self, boundaries: Boundaries, models: Mapping[str, Any]) -> None:
        self.region = REGION
        self.dynamodb = FaultyClient(boundaries, "dynamodb", models["dynamodb"])
        self.sqs = FaultyClient(boundaries, "sqs", models["sqs"])
        self.ses = FaultyClient(boundaries, "ses", models["ses"])
        self.sns = FaultyClient(boundaries, "sns", models["sns"])


class World:
    """A run with the same plan and seed is the same run.

    `clients` pass the boundaries; `dynamodb`, `sqs`, `ses` and `sns` are the models behind them, for whoever plays
    AWS's own part (the poller of a queue) or looks at what is left.
    """

    def __init__(
        self,
        plan: Plan | None = None,
        seed: int = 0,
        *,
        order: Order = "at_start",
        environment: Mapping[str, str] = ENVIRONMENT,
    ) -> None:
        self.environment = environment
        resources = declared_resources(environment["STAGE"])
        self.chance = random.Random(seed)  # noqa: S311 - it must be the same again
        self.clock = VirtualClock()
        self.boundaries = Boundaries(self.clock, plan or {})
        self.found(resources)
        models = {"dynamodb": self.dynamodb, "sqs": self.sqs, "ses": self.ses, "sns": self.sns}
        self.clients: Any = ModelClients(self.boundaries, models)
        self.spawner = InlineSpawner(order)
        self._put_stage_settings(resources.tables[0].name)

    def found(self, resources: Resources) -> None:
        """Open the account: its four services, with the stage's resources in them."""
        self.dynamodb = ModelDynamoDB(resources.tables, self.clock)
        self.sqs = ModelSQS(resources.queues, self.clock)
        self.sns = ModelSNS(resources.topics, resources.subscriptions, self.sqs.queues, self.clock)
        self.ses = ModelSES(resources.configuration_sets, resources.event_destinations, self.sns, self.clock)

    @property
    def trace(self) -> list[Boundary]:
        """The calls so far."""
        return self.boundaries.trace

    @property
    def struck(self) -> list[Strike]:
        """The faults that had an effect so far."""
        return self.boundaries.struck

    @property
    def mails(self) -> list[SentMail]:
        """What SES accepted."""
        return self.ses.sent

    @property
    def alerts(self) -> list[Alert]:
        """What was published to the on-call topic."""
        return self.sns.published

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Every item of every table, as plain values."""
        return [unmarshal(item) for table in self.dynamodb.tables.values() for item in table.items.values()]

    def queue(self, kind: str) -> ModelQueue:
        """A queue by the end of its name: `notifications`, `notifications-dead`, `mail-events`."""
        return self.sqs.queues[f"enquiry-desk-{self.environment['STAGE']}-{kind}"]

    def new_instance(self) -> AppContext:
        """The surroundings of a Lambda instance that has just been started."""
        return context_from(
            self.environment,
            clock=self.clock,
            ids=self.ids(),
            clients=self.clients,
            spawn=self.spawner,
            pause=self.clock.pause,
        )

    def calm_instance(self) -> AppContext:
        """An instance whose calls pass no boundary."""
        models = SimpleNamespace(
            region=self.clients.region, dynamodb=self.dynamodb, sqs=self.sqs, ses=self.ses, sns=self.sns
        )
        clients: Any = models
        return context_from(self.environment, clock=self.clock, ids=self.ids(), clients=clients, spawn=self.spawner)

    def invoke(self, function: Callable[[], Any], timeout_seconds: float = LAMBDA_SECONDS) -> Outcome:
        """Run a function as Lambda does: with a deadline, and able to die. What it left running in the background is
        done afterwards, unless it died."""
        outer, self.boundaries.deadline = self.boundaries.deadline, self._deadline(timeout_seconds)
        try:
            with self.spawner.another_instance():
                return self._ended(function)
        finally:
            self.boundaries.deadline = outer

    def _ended(self, function: Callable[[], Any]) -> Outcome:
        try:
            outcome = _returned_or_raised(function)
            self.spawner.finish()
        except Killed:
            self.spawner.forget()
            return Outcome(killed=True)
        return outcome

    def _deadline(self, seconds: float) -> datetime:
        return self.clock() + timedelta(seconds=seconds)

    def ids(self) -> Ids:
        """Ids and chance of this run."""
        return Ids(
            new_id=lambda: str(uuid.UUID(int=self.chance.getrandbits(128), version=4)),
            choose=self.chance.choice,
            random_bytes=self.chance.randbytes,
        )

    def _put_stage_settings(self, table_name: str) -> None:
        row = {**SETTINGS_KEY, "stage_key": STAGE_KEY.hex()}
        self.dynamodb.put_item(TableName=table_name, Item=marshal(row))


def _returned_or_raised(function: Callable[[], Any]) -> Outcome:
    try:
        return Outcome(function())
    except Exception as error:
        return Outcome(error=error)
