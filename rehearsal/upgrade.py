"""Going back to an older release of the code, and forward again, over the data of both."""

from __future__ import annotations

import io
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from rehearsal.empty_account import ROOT
from rehearsal.enquiries import Person, post_json, require_stored, wait_for_mails
from rehearsal.steps import promise, step
from rehearsal.story import Story
from rehearsal.working_copy import CHALICE, STAGE, machine_architecture

RELEASED = ("app.py", "requirements.txt", "chalicelib")
WITHOUT_RELEASES = "42a79e8"
"""The last commit before enquiries had an owner, a place in the queue's order and names to search by. The newest tag
takes its place as soon as there is one."""
FAY = Person("Fay Rehearsal", "fay@example.com", "Written under an older release.")
GUS = Person("Gus Rehearsal", "gus@example.com", "Written under the newer one.")
_BUILD = """
import sys
from pathlib import Path
from infrastructure.project import build_project

print(build_project(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
"""


@dataclass(frozen=True)
class Upgrade:
    """A deployed stage, and the commit whose code it goes back to."""

    story: Story
    commit: str

    def rehearse(self) -> None:
        """Back, and forward again. Raises BrokenPromise."""
        self.story.accepted.append(post_json(self.story.visitor, GUS))
        wait_for_mails(self.story.copy, self.story.accepted[-1:])
        with step(f"chalice deploy of an older release, {self.commit}, gateway, smoke"):
            self.deploy_older()
        with step("it takes enquiries, and shows the receipts of newer ones"):
            newer = self.story.accepted[-1]
            receipt = self.story.visitor.ask("GET", newer.receipt_path)
            promise(
                receipt.status == 200 and newer.reference in receipt.text,
                f"the older release does not show the receipt of a newer enquiry: {receipt.status}",
            )
            self.story.accepted.append(post_json(self.story.visitor, FAY))
            require_stored(self.story.copy, self.story.accepted)
            wait_for_mails(self.story.copy, self.story.accepted[-1:])
        self.story.deploy("make deploy STAGE=dev: the newer release again")
        with step("what was written under the older release is read at the desk"):
            self.story.read_at_desk(*self.story.accepted[-2:])

    def deploy_older(self) -> None:
        """As a developer who has checked the commit out, on the resources of now."""
        copy = self.story.copy
        older = copy.folder.parent / "older"
        unpack_commit(self.commit, older)
        for name in (".chalice", "build"):
            (older / name).symlink_to(copy.folder / name)
        built = copy.run("-c", _BUILD, STAGE, machine_architecture(), str(older))
        project = Path(built.splitlines()[-1])
        copy.run(*CHALICE, "deploy", "--stage", STAGE, folder=project)
        for command in ("gateway", "smoke"):
            copy.run("-m", f"infrastructure.{command}", STAGE)


def older_commit(asked: str) -> str:
    """The commit to go back to: the one that is asked for, else the newest tag, else one with older data; empty where
    this copy has no history."""
    known = asked or _git("describe", "--tags", "--abbrev=0") or WITHOUT_RELEASES
    return _git("rev-parse", "--short", "--verify", "--quiet", f"{known}^{{commit}}")


def unpack_commit(commit: str, folder: Path) -> None:
    """Write what a commit would have deployed."""
    archive = subprocess.run(["git", "archive", commit, *RELEASED], cwd=ROOT, check=True, capture_output=True)
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as packed:
        packed.extractall(folder)  # noqa: S202  our own history


def _git(*command: str) -> str:
    try:
        run = subprocess.run(["git", *command], cwd=ROOT, check=False, capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    return run.stdout.strip() if run.returncode == 0 else ""
