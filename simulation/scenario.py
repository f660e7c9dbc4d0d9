"""One enquiry from the post to rest, on the real code of the application, with AWS's own part played around it: a
visitor who tries again, queues that call their functions, schedules, a member of staff who reacts or does not."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial
from types import SimpleNamespace
from typing import Any

from chalicelib.context import AppContext, context_from
from chalicelib.desk.acts import ContactAttempt, log_attempt
from chalicelib.edge import run_job
from chalicelib.intake.outages import answer_outage
from chalicelib.intake.receive import receive_enquiry
from chalicelib.models.accounts import Account
from chalicelib.notifications import delivery_events, worker
from chalicelib.notifications.accounting import YOUNGEST, take_accounts
from chalicelib.observability import log
from chalicelib.schedules import outbox_sweeper, response_clocks_check
from chalicelib.storage.enquiries import load_enquiry
from chalicelib.storage.suppressions import suppress
from chalicelib.storage.table import CLOCKS, WAITING
from chalicelib.web import Reply, WebRequest
from simulation.boundaries import STOP
from simulation.memo import mails_built_once
from simulation.model_sqs import Message, ModelQueue
from simulation.spawning import Order
from simulation.world import ENVIRONMENT, STAGE_KEY, Outcome, World

Plan = Mapping[int, Any]
MARK = "zqx7"
ADDRESS = "visitor@mail.example"
MINUTE = timedelta(minutes=1)
TRIES = 4
BETWEEN_TRIES_SECONDS = 5.0
"""The visitor presses the button again, or the site's script does."""
REORDERED, REPEATED = 0.2, 0.1
"""How often SQS hands the newest message out first, and how often it delivers one twice, in a run with a seed."""
LONGEST = timedelta(hours=12)
"""What has not come to rest by then never will: the ninth attempt is 4.4 hours after the first."""


@dataclass(frozen=True)
class Scenario:
    """What happens besides the faults. `reacts_after`: when a member of staff has reached the person, None for never;
    `fate` is what becomes of mail to the visitor."""

    name: str
    answers: Mapping[str, Any]
    reacts_after: timedelta | None = timedelta(minutes=4)
    suppressed: bool = False
    fate: str = "delivered"
    environment: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def body(self) -> bytes:
        """The post, as a website's script sends it."""
        typed = {"name": f"{MARK} name", "email": ADDRESS, "message": f"{MARK} message", **self.answers}
        return json.dumps(typed).encode()


EMERGENCY = {"urgent_signs": ["chest_breathing"], "phone": "202-555-0123"}
SCENARIOS: Mapping[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        Scenario("emergency", EMERGENCY),
        Scenario("routine", {"about": "prices"}),
        Scenario("suppressed", EMERGENCY, suppressed=True),
        Scenario("bounced", {"about": "call", "phone": "202-555-0123"}, fate="bounced"),
        Scenario("silent_events", {"about": "call"}, fate="silent"),
        Scenario("nobody_acts", EMERGENCY, reacts_after=None),
        Scenario("no_topic", EMERGENCY, environment={"ON_CALL_TOPIC_ARN": ""}),
    )
}


@dataclass
class Run:
    """All that a run leaves behind. `answers` are what the visitor saw, None for a connection that broke."""

    scenario: Scenario
    world: World
    seed: int = 0
    answers: list[Reply | None] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    carried: list[str] = field(default_factory=list)
    accepted_at: datetime | None = None
    rested_at: datetime | None = None
    accounts: Mapping[str, Account] = field(default_factory=dict)
    last_fault_at: datetime | None = None

    def happens(self, chance: float) -> bool:
        """Whether something of this chance happens now; never in a run with seed 0."""
        return self.seed != 0 and self.world.chance.random() < chance

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """Every item that is left, once the run is over."""
        return self.world.rows

    @property
    def succeeded(self) -> list[Mapping[str, Any]]:
        """What the 2xx answers said."""
        return [json.loads(reply.body) for reply in self.answers if reply is not None and reply.status == 200]


class _Lines(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(str(vars(record)))


class Stage:
    """The functions of one stage, each with an instance of its own that is replaced when it dies."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.world = run.world
        self._instances: dict[str, AppContext] = {}

    def call(self, function: str, work: Callable[[AppContext], Any]) -> Outcome:
        """Invoke a function."""
        context = self._instances.get(function)
        if context is None:
            context = self._instances[function] = self.world.new_instance()
        struck = len(self.world.struck)
        outcome = self.world.invoke(lambda: work(context))
        if len(self.world.struck) > struck:
            stops = any(strike.fault == "account_stop" for strike in self.world.struck[struck:])
            until = self.world.clock() + (STOP if stops else timedelta(0))
            # Whatever fails while the account is stopped does not end the stop.
            self.run.last_fault_at = max(until, self.run.last_fault_at or until)
        if outcome.killed:
            del self._instances[function]
        return outcome

    def post(self) -> Reply | None:
        """The visitor presses the button once."""
        headers = {"content-type": "application/json", "accept": "application/json", "idempotency-key": f"{MARK}-key"}
        base_url = self.world.environment["PUBLIC_URL"]
        request = WebRequest("POST", headers, {}, {}, self.run.scenario.body, base_url)
        outcome = self.call("api", lambda context: _answer(context, request))
        self.run.answers.append(outcome.value)
        return outcome.value  # type: ignore[no-any-return]

    def deliver(self, queue: ModelQueue, function: str, work: Callable[[AppContext, str], Any]) -> None:
        """Hand over the messages that can be received now, one at a time."""
        newest_first = self.run.happens(REORDERED)
        for message in queue.receive(10, newest_first=newest_first):
            self._hand_over(queue, message, function, work)

    def _hand_over(
        self, queue: ModelQueue, message: Message, function: str, work: Callable[[AppContext, str], Any]
    ) -> None:
        self.run.carried.append(message.body)
        if self.run.happens(REPEATED):
            queue.deliver_again(message)
        job = partial(_job, function, work, message.body)
        if self.call(function, job).succeeded:
            queue.delete(message.receipt_handle)

    def rush(self) -> None:
        """A second worker gets every message of the queue at this moment, also those that somebody works on, and the
        schedules run as well."""
        for message in list(self.world.queue("notifications").messages):
            self.call("second worker", partial(_job, "second worker", _send, message.body))
        self.tick("second ")

    def tick(self, which: str = "") -> None:
        """What runs every minute."""
        self.call(f"{which}sweeper", _sweep)
        self.call(f"{which}clocks", _check_clocks)


def _sweep(context: AppContext) -> None:
    run_job("sweep_outbox", lambda: outbox_sweeper.sweep_outbox(context))


def _check_clocks(context: AppContext) -> None:
    run_job("check_response_clocks", lambda: response_clocks_check.check_response_clocks(context))


def _answer(context: AppContext, request: WebRequest) -> Reply:
    """As `edge.answer` does, without Chalice."""
    try:
        return receive_enquiry(context, request)
    except Exception as error:
        log.error("request failed", extra={"error_type": type(error).__name__})
        return answer_outage(context, request)


def _job(name: str, work: Callable[[AppContext, str], Any], body: str, context: AppContext) -> None:
    run_job(name, lambda: work(context, body))


def _send(context: AppContext, body: str) -> None:
    worker.deliver_notification(context, worker.notification_id_of(body))


def play(
    scenario: Scenario,
    plan: Plan | None = None,
    seed: int = 0,
    *,
    order: Order = "at_start",
    race: int | None = None,
    made_of: type[World] = World,
) -> Run:
    """Play one plan until everything is at rest, or 12 hours have passed. The same arguments give the same run. Just
    before boundary `race` a second worker, sweeper and clock run. `made_of` says what plays AWS."""
    world = made_of(plan, seed, order=order, environment={**ENVIRONMENT, **scenario.environment})
    run = Run(scenario, world, seed)
    handler = _Lines(run.lines)
    handlers, propagates = log.handlers, log.propagate
    log.handlers, log.propagate = [handler], False
    try:
        with mails_built_once():
            _play(run, race)
    finally:
        log.handlers, log.propagate = handlers, propagates
    return run


def _play(run: Run, race: int | None) -> None:
    world, stage = run.world, Stage(run)
    if race is not None:
        world.boundaries.meanwhile[race] = stage.rush
    world.ses.fates[ADDRESS] = run.scenario.fate  # type: ignore[assignment]
    if run.scenario.suppressed:
        suppress(_faultless_instance(world).table, STAGE_KEY, ADDRESS, "bounced", world.clock())
    for _ in range(TRIES):
        reply = stage.post()
        if reply is not None and reply.status == 200:
            run.accepted_at = run.accepted_at or world.clock()
            break
        world.clock.move(BETWEEN_TRIES_SECONDS)
    _until_rest(run, stage)
    world.clock.move_to(world.clock() + YOUNGEST + MINUTE)
    run.accounts = take_accounts(_faultless_instance(world)).by_enquiry


def _until_rest(run: Run, stage: Stage) -> None:
    """From event to event: a message that can be received, or the next minute."""
    world = run.world
    queues = (
        (world.queue("notifications"), "worker", _send),
        (world.queue("mail-events"), "events", delivery_events.record_delivery_event),
    )
    began = world.clock()
    next_tick = began + MINUTE
    reacts_at = began + run.scenario.reacts_after if run.scenario.reacts_after else None
    while world.clock() < began + LONGEST:
        times = [at for queue, _, _ in queues if (at := queue.next_visible_at())]
        world.clock.move_to(min([next_tick, *times]))
        for queue, function, work in queues:
            stage.deliver(queue, function, work)
        if world.clock() >= next_tick:
            stage.tick()
            next_tick = world.clock() + MINUTE
        if reacts_at and world.clock() >= reacts_at:
            _react(run)
            reacts_at = None
        if reacts_at is None and _at_rest(run):
            run.rested_at = world.clock()
            return


def _react(run: Run) -> None:
    """A member of staff reaches everybody who is stored. Their own faults are another matter."""
    context = _faultless_instance(run.world)
    for enquiry_id in stored_ids(run.world):
        enquiry = load_enquiry(context.table, enquiry_id)
        attempt = ContactAttempt(channel="phone", outcome="reached")
        log_attempt(context, enquiry_id, attempt, by="staff", version=enquiry.version)


def _faultless_instance(world: World) -> AppContext:
    """An instance whose calls pass no boundary."""
    models = SimpleNamespace(
        region=world.clients.region, dynamodb=world.dynamodb, sqs=world.sqs, ses=world.ses, sns=world.sns
    )
    clients: Any = models
    return context_from(
        world.environment,
        clock=world.clock,
        ids=world.ids(),
        clients=clients,
        spawn=world.spawner,
        pause=world.clock.pause,
    )


def _at_rest(run: Run) -> bool:
    world = run.world
    if any(world.queue(kind).messages for kind in ("notifications", "mail-events")):
        return False
    items = (item for table in world.dynamodb.tables.values() for item in table.items.values())
    return not any(item.get("due_shard") in ({"S": WAITING}, {"S": CLOCKS}) for item in items)


def stored_ids(world: World) -> list[str]:
    """Ids of the enquiries in the table."""
    return [row["id"] for row in world.rows if row.get("sk") == "ENQUIRY"]
