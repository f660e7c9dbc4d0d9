"""`make rehearse`: the whole deployment against a local AWS, step by step. `--short` leaves out what takes long. Exit 1
at the first broken promise."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from rehearsal.checkov import check_templates
from rehearsal.comparison import PROBE
from rehearsal.empty_account import EmptyAccount, empty_account
from rehearsal.log_checks import errors_logged
from rehearsal.restore import Restore
from rehearsal.steps import BrokenPromise, say, step
from rehearsal.story import Story
from rehearsal.upgrade import Upgrade, older_commit
from rehearsal.working_copy import copy_project, machine_architecture


def main() -> int:
    """Rehearse, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal", description=__doc__)
    parser.add_argument("--short", action="store_true", help="one deployment and one removal only")
    parser.add_argument("--from", dest="older", default="", metavar="COMMIT", help="the older release to go back to")
    given = parser.parse_args()
    began = time.monotonic()
    if given.short and sys.platform != "linux":
        # It is part of the gate, which other machines run as well.
        print("Not rehearsed: what is made for Lambda runs on Linux only.")
        return 0
    try:
        machine_architecture()
        with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
            rehearse(Path(folder), given.older, short=given.short)
    except BrokenPromise as promise:
        print(f"\nBroken: {promise}", flush=True)
        return 1
    except KeyboardInterrupt:
        print("\nstopped")
        return 130
    form = "the short form" if given.short else "the whole"
    print(f"Rehearsed in {time.monotonic() - began:.0f} s, {form}: every promise held.")
    return 0


def rehearse(folder: Path, older: str, *, short: bool) -> None:
    """Play the story in a folder; `older` is the release to go back to, or empty. Raises BrokenPromise."""
    with ExitStack() as stack:
        with step("an empty AWS account on this machine"):
            account = stack.enter_context(empty_account(folder / "aws"))
            stack.push(_show_errors_of(account))
            story = Story(copy_project(folder / "project", account))
        story.deploy()
        story.compare()
        story.answer()
        story.take()
        story.run_schedules()
        story.open_desk()
        story.look_at_logs()
        if not short:
            story.deploy_again()
            story.deploy_plainly()
            rehearse_older_release(story, older)
            Restore(story).rehearse()
        left = story.destroy()
        if not short:
            story.come_back(left)
            check_templates()


def _show_errors_of(account: EmptyAccount) -> Callable[..., None]:
    """What the functions complain of, and what they were refused, goes before the broken promise."""

    def show(broken: object, *_: object) -> None:
        if broken:
            refused = [call for call in account.state()["refused"] if PROBE not in call]
            for line in [*errors_logged(account)[-5:], *refused]:
                say(line)

    return show


def rehearse_older_release(story: Story, asked: str) -> None:
    """Back to an older release and forward again, where this copy has a history. Raises BrokenPromise."""
    commit = older_commit(asked)
    if commit:
        Upgrade(story, commit).rehearse()
    else:
        say("no older release to go back to: this copy has no history")


if __name__ == "__main__":
    sys.exit(main())
