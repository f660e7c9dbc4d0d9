"""One enquiry from the post to rest, on the real code of the application, with AWS's own part played around it: a
visitor who tries again, queues that call their functions, schedules, a member of staff who reacts or does not."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

from chalicelib.context import AppContext
from chalicelib.edge import run_job
from chalicelib.intake.outages import answer_outage
from chalicelib.intake.receive import receive_enquiry
from chalicelib.notifications import delivery_events, worker
from chalicelib.notifications.accounting import YOUNGEST, take_accounts
from chalicelib.observability import log
from chalicelib.schedules import outbox_sweeper, quarantine_check, reconciliation, response_clocks_check
from chalicelib.storage.suppressions import suppress
from chalicelib.storage.table import CLOCKS, WAITING, marshal, notification_key
from chalicelib.web import Reply, WebRequest
from simulation.boundaries import STOP
from simulation.memo import mails_built_once
from simulation.model_sqs import Message, ModelQueue
from simulation.runs import Run
from simulation.scenarios import ADDRESS, MARK, MINUTE, Act, Scenario
from simulation.scenarios import SCENARIOS as SCENARIOS
from simulation.spawning import Order
from simulation.staff_acts import act_on_all, stored_ids
from simulation.virtual_clock import MONDAY_MORNING
from simulation.world import ENVIRONMENT, STAGE_KEY, Outcome, World

Plan = Mapping[int, Any]
TRIES = 4
BETWEEN_TRIES_SECONDS = 5.0
"""The visitor presses the button again, or the site's script does."""
REORDERED, REPEATED = 0.2, 0.1
"""How often SQS hands the newest message out first, and how often it delivers one twice, in a run with a seed."""
RECONCILED_EVERY = 6
"""Minutes, where reconciliation runs: an hour would be as well and ten times as long."""
LOOKED_AT_FOR = 4
"""Minutes, more than the faults after which times are promised: each costs one check of the quarantine."""
LONGEST = timedelta(hours=12)
"""What has not come to rest by then never will: the ninth attempt is 4.4 hours after the first."""


class _Lines(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(str(vars(record)))


class Stage:
    """The functions of one stage, each with an instance of its own that is replaced when it dies. On a calm stage no
    call passes a boundary."""

    def __init__(self, run: Run, *, calm: bool = False) -> None:
        self.run = run
        self.world = run.world
        self._new_instance = run.world.calm_instance if calm else run.world.new_instance
        self._instances: dict[str, AppContext] = {}

    def call(self, function: str, work: Callable[[AppContext], Any]) -> Outcome:
        """Invoke a function."""
        context = self._instances.get(function)
        if context is None:
            context = self._instances[function] = self._new_instance()
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

    def post(self, body: bytes, key: str = f"{MARK}-key") -> Reply | None:
        """The visitor presses the button once."""
        headers = {"content-type": "application/json", "accept": "application/json", "idempotency-key": key}
        base_url = self.world.environment["PUBLIC_URL"]
        request = WebRequest("POST", headers, {}, {}, body, base_url)
        outcome = self.call("api", lambda context: _answer(context, request))
        return outcome.value  # type: ignore[no-any-return]

    def deliver_all(self) -> None:
        """Hand over what can be received now from both queues."""
        self.deliver(self.world.queue("notifications"), "worker", _send)
        self.deliver(self.world.queue("mail-events"), "events", delivery_events.record_delivery_event)

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
        """What runs every minute, and the check of the quarantine: a quarter of an hour would be as well and longer."""
        self.call(f"{which}sweeper", _sweep)
        self.call(f"{which}clocks", _check_clocks)
        if self.run.scenario.looks:
            self.call(f"{which}quarantine", _check_quarantine)

    def reconcile(self) -> None:
        """What runs every hour."""
        self.call("reconciler", _reconcile)


def _sweep(context: AppContext) -> None:
    run_job("sweep_outbox", lambda: outbox_sweeper.sweep_outbox(context))


def _check_clocks(context: AppContext) -> None:
    run_job("check_response_clocks", lambda: response_clocks_check.check_response_clocks(context))


def _check_quarantine(context: AppContext) -> None:
    run_job("check_quarantine", lambda: quarantine_check.check_quarantine(context))


def _reconcile(context: AppContext) -> None:
    run_job("reconcile_enquiries", lambda: reconciliation.reconcile_enquiries(context))


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
    for address in (ADDRESS, *run.scenario.staff_fates):
        world.ses.fates[address] = run.scenario.fate_of(address)
    if run.scenario.refused:
        world.boundaries.always["send_email"] = "throttle"
    if run.scenario.suppressed:
        suppress(world.calm_instance().table, STAGE_KEY, ADDRESS, "bounced", world.clock())
    _post_until_taken(run, stage)
    if run.scenario.loses_alert:
        _lose_alert(run)
    began = world.clock()
    for start, end in pairwise((timedelta(0), *run.scenario.looks, timedelta.max)):
        world.clock.move_to(MONDAY_MORNING + start)
        to_do: list[tuple[timedelta, Act | int]] = [*run.scenario.acts]
        to_do += [(after, number) for number, (after, _) in enumerate(run.scenario.crowd)]
        acts = sorted((began + after, act) for after, act in to_do if start <= after < end)
        _until_rest(run, stage, deque(acts), at_least=LOOKED_AT_FOR if start else 0)
    run.keep()
    _reconcile_at_rest(run)
    if run.scenario.writes_again:
        _write_again(run)


def _post_until_taken(run: Run, stage: Stage) -> None:
    for _ in range(TRIES):
        reply = stage.post(run.scenario.body)
        run.answers.append(reply)
        if reply is not None and reply.status == 200:
            run.accepted_at = run.accepted_at or run.world.clock()
            return
        run.world.clock.move(BETWEEN_TRIES_SECONDS)


def _until_rest(run: Run, stage: Stage, to_do: deque[tuple[datetime, Act | int]], at_least: int) -> None:
    """From event to event: a message that can be received, the next to write, or the next minute; for so many minutes
    at least."""
    world = run.world
    began, minutes = world.clock(), 0
    next_tick = began + MINUTE
    run.rested_at = None
    while world.clock() < began + LONGEST:
        writes_at = [at for at, act in to_do if isinstance(act, int)]
        _move_to_next(world, min([next_tick, *writes_at]))
        stage.deliver_all()
        if world.clock() >= next_tick:
            minutes += 1
            stage.tick()
            if run.scenario.loses_alert and minutes % RECONCILED_EVERY == 0:
                stage.reconcile()
            next_tick = world.clock() + MINUTE
        while to_do and world.clock() >= to_do[0][0]:
            act = to_do.popleft()[1]
            _write_in_crowd(run, act) if isinstance(act, int) else act_on_all(run, act)
        if not to_do and minutes >= at_least and _at_rest(run):
            run.rested_at = world.clock()
            return


def _move_to_next(world: World, latest: datetime) -> None:
    queues = (world.queue("notifications"), world.queue("mail-events"))
    world.clock.move_to(min([latest, *(at for queue in queues if (at := queue.next_visible_at()))]))


def _write_in_crowd(run: Run, number: int) -> None:
    run.answers.append(Stage(run, calm=True).post(run.scenario.body_of(number), f"{MARK}-crowd-{number}"))


def _lose_alert(run: Run) -> None:
    """What should never happen: a stored enquiry of which nothing says that staff must be told."""
    table = run.world.calm_instance().table
    for enquiry_id in stored_ids(run.world):
        key = marshal(notification_key(enquiry_id, "staff_alert"))
        table.client.delete_item(TableName=table.name, Key=key)


def _reconcile_at_rest(run: Run) -> None:
    """Take the accounts when all is old enough, and reconcile: there is nothing left to mend."""
    run.world.clock.move_to(run.world.clock() + YOUNGEST + MINUTE)
    run.accounts = take_accounts(run.world.calm_instance()).by_enquiry
    Stage(run, calm=True).reconcile()
    known = {(row["pk"], row["sk"]) for row in run.rows}
    run.mended = [str(row["pk"]) for row in run.world.rows if (row["pk"], row["sk"]) not in known]


def _write_again(run: Run) -> None:
    """The same person writes something else, and nothing fails."""
    calm, before = Stage(run, calm=True), len(run.world.mails)
    calm.post(run.scenario.second_body, f"{MARK}-second-key")
    until = run.world.clock() + MINUTE
    while run.world.clock() < until:
        _move_to_next(run.world, until)
        calm.deliver_all()
    run.mails_again = run.world.mails[before:]


def _at_rest(run: Run) -> bool:
    world = run.world
    if any(world.queue(kind).messages for kind in ("notifications", "mail-events")):
        return False
    items = (item for table in world.dynamodb.tables.values() for item in table.items.values())
    return not any(item.get("due_shard") in ({"S": WAITING}, {"S": CLOCKS}) for item in items)
