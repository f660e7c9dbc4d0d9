"""A simulated world runs the real code, in place, and twice alike."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.intake.receive import receive_enquiry
from chalicelib.notifications.worker import deliver_notification, notification_id_of
from chalicelib.web import WebRequest
from simulation.boundaries import Killed
from simulation.fault_plans import Fault
from simulation.spawning import InlineSpawner, Order
from simulation.world import World

POST = WebRequest(
    method="POST",
    headers={"content-type": "application/json", "accept": "application/json"},
    query={},
    path_values={},
    body=json.dumps({"name": "Ann Example", "email": "ann@mail.example", "message": "Please call me."}).encode(),
    base_url="https://desk.clinic.example/api",
)


def accept_and_deliver(world: World) -> Any:
    """Post an enquiry, and let a worker have what is in the queue. Returns the reply."""
    instance = world.new_instance()
    outcome = world.invoke(lambda: receive_enquiry(instance, POST))
    world.clock.move(2)
    for message in world.queue("notifications").receive(10):
        world.invoke(lambda body=message.body: deliver_notification(instance, notification_id_of(body)))  # type: ignore[misc]
    return outcome.value


@pytest.mark.parametrize("order", ["at_start", "at_join"])
def test_an_enquiry_goes_all_the_way_in_memory(order: Order) -> None:
    world = World(order=order)
    reply = accept_and_deliver(world)

    assert 200 == reply.status
    assert {"staff_alert", "acknowledgement"} == {mail.tags["kind"] for mail in world.mails}
    assert {"sent"} == {row["status"] for row in world.rows if row["sk"].startswith("NOTIFICATION#")}
    assert [] == world.spawner.errors


@pytest.mark.parametrize("fault", ["timeout_after", "throttle", "garbled"])
def test_the_same_plan_and_seed_are_the_same_run(fault: Fault) -> None:
    first, second = (World({4: fault, 7: fault}, seed=3) for _ in range(2))
    replies = accept_and_deliver(first), accept_and_deliver(second)

    assert replies[0] == replies[1]
    assert (first.trace, first.struck) == (second.trace, second.struck)
    assert first.rows == second.rows
    # The bytes differ: the standard library draws a mail's boundary by itself.
    assert [(mail.at, mail.tags) for mail in first.mails] == [(mail.at, mail.tags) for mail in second.mails]


def test_work_runs_at_once_or_when_somebody_waits_for_it() -> None:
    done: list[str] = []
    InlineSpawner("at_start")(lambda: done.append("at once"), "work")
    later = InlineSpawner("at_join")(lambda: done.append("later"), "work")

    assert ["at once"] == done

    later.join(1)
    later.join(1)

    assert ["at once", "later"] == done


def test_an_error_in_the_background_reaches_nobody() -> None:
    spawner = InlineSpawner("at_start")
    spawner(lambda: 1 / 0, "work").join()

    assert [ZeroDivisionError] == [type(error) for error in spawner.errors]


def test_a_death_in_the_background_is_the_death_of_all() -> None:
    world = World({0: "crash_before"}, order="at_join")
    outcome = world.invoke(lambda: world.spawner(lambda: world.clients.sqs.get_queue_url(QueueName="x"), "work").join())

    assert outcome.killed
    with pytest.raises(Killed):
        World({0: "crash_before"}).clients.sqs.get_queue_url(QueueName="x")


def test_what_nobody_waited_for_is_done_after_an_end_and_not_after_a_death() -> None:
    done: list[str] = []
    world = World({0: "crash_before"}, order="at_join")

    def work(then_die: bool) -> None:
        world.spawner(lambda: done.append("done"), "work")
        if then_die:
            world.clients.sqs.get_queue_url(QueueName="x")

    world.invoke(lambda: work(then_die=True))

    assert [] == done

    world.invoke(lambda: work(then_die=False))

    assert ["done"] == done


def test_the_background_of_one_instance_is_not_that_of_another() -> None:
    done: list[str] = []
    world = World(order="at_join")

    def work() -> None:
        started = world.spawner(lambda: done.append("outer"), "work")
        world.invoke(lambda: world.spawner(lambda: done.append("inner"), "work"))
        started.join()

    world.invoke(work)

    assert ["inner", "outer"] == done
