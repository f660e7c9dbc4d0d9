"""The application killed with SIGKILL under load and started again on the same AWS state: at random moments, and while
AWS holds one of its calls, before or after the effect.

`python -m simulation.kills --kills 300 --seed 1` prints a table and ends with 1 when anything was lost. moto's cost
grows with its table, so that each 25 kills begin with a fresh AWS. A seed gives the same enquiries and moments, not the
same interleaving: that is the machine's.
"""

from __future__ import annotations

import argparse
import http.client
import queue
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import boto3

from chalicelib.storage.table import unmarshal
from simulation.kill_checks import Post, Remains, at_rest, violations
from simulation.killed_sandbox import HOST, KilledSandbox, killed_sandbox

LOG = Path(__file__).parent.parent / "build" / "kills.log"
"""What the processes of the last run have printed."""
KILLS_ON_ONE_STATE = 25
VISITORS = 4
_POSTS_BETWEEN_KILLS = (2, 6)
_SERVING_SECONDS = (0.05, 1.0)
_STARTING_SECONDS = (0.05, 0.6)
_GIVES_UP = 0.3
"""How many visitors leave at the first post without an answer; theirs are repeated in the end."""
_LAST_TRIES = 5
_PEACE_TICKS = (1, 2, 5, 5, 15, 15, 15, 60, 60, 60)
"""Minutes, until nothing waits any more. Leases, retries and visibility timeouts of what was killed end within them."""
_NO_ANSWER = (OSError, http.client.HTTPException, ValueError)
_QUEUES = [f"enquiry-desk-local-{name}" for name in ("notifications", "mail-events")]
_CALLS = (
    *(("dynamodb", operation) for operation in ("TransactWriteItems", "UpdateItem", "GetItem", "Query")),
    *(("sqs", operation) for operation in ("SendMessageBatch", "ReceiveMessage", "DeleteMessage")),
    *(("ses", ""), ("sns", "")),
)
"""Service and operation of the calls at which the application is killed."""
_STOPPED_SECONDS = 2.0
_HELD_SECONDS = (0.0, 0.2)
"""How long a held call is left so before the kill: what runs beside it goes on."""
_LEVELS: Sequence[dict[str, Any]] = ({}, {}, {"urgent_signs": ["chest_breathing"]}, {"urgent_signs": ["cold_limb"]})


@dataclass(frozen=True)
class Figures:
    """What one or several states have been through."""

    kills: int = 0
    while_starting: int = 0
    at_a_call: int = 0
    during_a_tick: int = 0
    posts: int = 0
    broken: int = 0
    refused: int = 0
    enquiries: int = 0
    lost: int = 0
    unnotified: int = 0
    staff_alerts: int = 0
    acknowledgements: int = 0
    other_mails: int = 0
    repeated_mails: int = 0
    dead_letters: int = 0
    violations: tuple[str, ...] = ()

    def plus(self, other: Figures) -> Figures:
        """Both together."""
        mine, theirs = vars(self), vars(other)
        return replace(self, **{name: mine[name] + theirs[name] for name in mine})


class Visitors:
    """Threads that post what they are handed until it is answered, or until they give up."""

    def __init__(self, sandbox: KilledSandbox, chance: random.Random) -> None:
        self.posts: list[Post] = []
        self._sandbox = sandbox
        self._chance = chance
        self._waiting: queue.Queue[tuple[Post, float]] = queue.Queue()
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._post_all, daemon=True) for _ in range(VISITORS)]

    def begin(self) -> None:
        """Let them in."""
        for thread in self._threads:
            thread.start()

    def hand_out(self, seconds: float) -> None:
        """New enquiries, to be posted at moments within so many seconds."""
        for _ in range(self._chance.randint(*_POSTS_BETWEEN_KILLS)):
            post = _new_post(len(self.posts), self._chance)
            self.posts.append(post)
            self._waiting.put((post, self._chance.uniform(0, seconds / 2)))

    def leave(self) -> None:
        """Wait until each has ended its last post; then repeat what is unanswered, as people do."""
        self._waiting.join()
        self._stopping.set()
        for post in self.posts:
            for _ in range(_LAST_TRIES):
                if not post.answers:
                    _post_once(self._sandbox, post)

    def _post_all(self) -> None:
        while not self._stopping.is_set():
            try:
                post, delay = self._waiting.get(timeout=0.1)
            except queue.Empty:
                continue
            self._stopping.wait(delay)
            while not post.answers and not (post.gives_up and post.broken):
                if not _post_once(self._sandbox, post):
                    self._stopping.wait(0.05)
            self._waiting.task_done()


def _new_post(number: int, chance: random.Random) -> Post:
    key = f"visitor-{number}-{chance.getrandbits(32):08x}"
    fields = {"name": f"Ann {number}", "email": f"ann{number}@mail.example", "message": f"Please call me: {key}."}
    return Post(key, fields | chance.choice(_LEVELS), gives_up=chance.random() < _GIVES_UP)


def _post_once(sandbox: KilledSandbox, post: Post) -> bool:
    try:
        status, answer = sandbox.ask("POST", "/enquiries", post.fields, Idempotency_Key=post.key)
    except ConnectionRefusedError:  # nothing serves at the moment: it never began
        return False
    except _NO_ANSWER:
        post.broken += 1
        return False
    if status == 200:
        post.answers.append(answer)
    else:
        post.refused += 1
    return status == 200


def run_kills(kills: int, seed: int, log: IO[str], seen: Callable[[], None] = lambda: None) -> Figures:
    """Kill so many times on one AWS state, then leave it in peace and look at what remains. `seen` is called after each
    kill. Raises DidNotStart."""
    chance = random.Random(seed)  # noqa: S311
    with killed_sandbox(log) as sandbox:
        visitors = Visitors(sandbox, chance)
        visitors.begin()
        moments: Counter[str] = Counter()
        for _ in range(kills):
            sandbox.start()
            moments.update(_live(sandbox, visitors, chance))
            sandbox.kill()
            sandbox.stop_at(None)
            seen()
        sandbox.start()
        sandbox.wait_until_serving()
        visitors.leave()
        remains = _left_in_peace(sandbox)
    found = _figures(visitors.posts, remains, kills)
    return replace(found, **moments)


def _live(sandbox: KilledSandbox, visitors: Visitors, chance: random.Random) -> list[str]:
    """Until the moment of the kill. Returns what can be said of the moment, in the names of `Figures`."""
    if chance.random() < 0.1:
        time.sleep(chance.uniform(*_STARTING_SECONDS))
        return ["while_starting"]
    sandbox.wait_until_serving()
    seconds = chance.uniform(*_SERVING_SECONDS)
    at_a_call, ticks = chance.random() < 0.6, chance.random() < 0.5
    call = _a_call(chance)
    if at_a_call:
        sandbox.stop_at(call)
    visitors.hand_out(seconds)
    if ticks:
        threading.Thread(target=_tick_unheard, args=(sandbox, chance.choice((1, 2, 5))), daemon=True).start()
    reached = at_a_call and sandbox.wait_until_stopped(_STOPPED_SECONDS)
    time.sleep(chance.uniform(*_HELD_SECONDS) if at_a_call else seconds)
    return ["during_a_tick"] * ticks + ["at_a_call"] * reached


def _a_call(chance: random.Random) -> dict[str, Any]:
    service, operation = chance.choice(_CALLS)
    after = chance.random() < 0.5
    return {"service": service, "operation": operation, "calls": chance.randint(1, 5), "after": after}


def _tick_unheard(sandbox: KilledSandbox, minutes: int) -> None:
    try:
        sandbox.tick(minutes)
    except _NO_ANSWER:
        return


def _left_in_peace(sandbox: KilledSandbox) -> Remains:
    for minutes in _PEACE_TICKS:
        sandbox.tick(minutes)
        remains = _remains(sandbox)
        if at_rest(remains):
            break
    return remains


def _remains(sandbox: KilledSandbox) -> Remains:
    keys = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox", "region_name": "us-east-1"}
    clients = boto3.session.Session(**keys)
    endpoint = f"http://{HOST}:{sandbox.aws_port}"
    table, sqs = (clients.client(name, endpoint_url=endpoint) for name in ("dynamodb", "sqs"))
    pages = table.get_paginator("scan").paginate(TableName="enquiry-desk-local-enquiries")
    return Remains(
        rows=[unmarshal(item) for page in pages for item in page["Items"]],
        mails=sandbox.ask("GET", "/sandbox/mail")[1],
        waiting={name: _count(sqs, name) for name in _QUEUES},
        dead=sum(_count(sqs, f"{name}-dead") for name in _QUEUES),
    )


def _count(sqs: Any, name: str) -> int:
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return sum(int(value) for key, value in counts.items() if key.startswith("ApproximateNumberOf"))


def _figures(posts: Sequence[Post], remains: Remains, kills: int) -> Figures:
    mails = [remains.mails_about(row["reference"]) for row in remains.enquiries]
    alerts, acknowledgements = (sum(sent[kind] for sent in mails) for kind in ("staff_alert", "acknowledgement"))
    return Figures(
        kills=kills,
        posts=len(posts),
        broken=sum(post.broken for post in posts),
        refused=sum(post.refused for post in posts),
        enquiries=len(remains.enquiries),
        lost=sum(bool(post.answers) and not remains.stored(post) for post in posts),
        unnotified=sum(not sent["staff_alert"] for sent in mails),
        staff_alerts=alerts,
        acknowledgements=acknowledgements,
        other_mails=sum(sum(sent.values()) for sent in mails) - alerts - acknowledgements,
        repeated_mails=remains.repeated_mails,
        dead_letters=remains.dead,
        violations=tuple(violations(posts, remains, kills)),
    )


def main() -> int:
    """Run and print. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m simulation.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    # The processes that it has started must not outlive it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    total, began = Figures(), time.monotonic()
    LOG.parent.mkdir(exist_ok=True)
    with LOG.open("w") as log:
        killed = iter(range(1, given.kills + 1))
        for place, left in enumerate(range(given.kills, 0, -KILLS_ON_ONE_STATE)):
            found = run_kills(
                min(left, KILLS_ON_ONE_STATE),
                given.seed * 1000 + place,
                log,
                lambda: _progress(next(killed), given.kills),
            )
            total = total.plus(found)
    _print(total, time.monotonic() - began)
    return 1 if total.violations else 0


def _progress(done: int, of: int) -> None:
    bar = "#" * (40 * done // of)
    sys.stderr.write(f"\r[{bar:<40}] {done}/{of} kills" + ("" if done < of else "\n"))
    sys.stderr.flush()


def _print(total: Figures, seconds: float) -> None:
    counted = {name.replace("_", " "): value for name, value in vars(total).items() if name != "violations"}
    rows = counted | {"violations": len(total.violations), "seconds": round(seconds)}
    lines = [f"{name:<18} {value:>6}" for name, value in rows.items()]
    sys.stdout.write("\n".join([*lines, *(f"  {problem}" for problem in total.violations), ""]))


if __name__ == "__main__":
    sys.exit(main())
