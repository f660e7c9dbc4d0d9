"""django-contact-form, a published form-to-mail package: installed apart, served on loopback, killed and restarted."""

from __future__ import annotations

import subprocess
import sys
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Self
from urllib.parse import urlencode

from simulation.alternatives.endings import STAFF, Ending
from simulation.alternatives.smtp_faults import FaultyMailServer
from simulation.fault_plans import Plan
from simulation.scenario import ADDRESS, TRIES

FOLDER = Path(__file__).parent
ENVIRONMENT = FOLDER.parents[1] / "build" / "alternatives-venv"
REQUIREMENTS = FOLDER / "requirements.txt"
TIMEOUT_SECONDS = 0.5
"""How long the site waits for the mail server. Django's default is for ever, which would be a hang, not an answer."""
_FIELDS = urlencode({"name": "Ann Example", "email": ADDRESS, "body": "Please call me."})


def install() -> None:
    """Build the environment once; again when the pinned versions change. Raises CalledProcessError."""
    stamp = ENVIRONMENT / "installed.txt"
    if stamp.exists() and stamp.read_text("utf-8") == REQUIREMENTS.read_text("utf-8"):
        return
    pip = (ENVIRONMENT / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    subprocess.run((sys.executable, "-m", "venv", "--clear", ENVIRONMENT), check=True)
    subprocess.run((*pip, "-r", REQUIREMENTS), check=True)
    stamp.write_text(REQUIREMENTS.read_text("utf-8"), "utf-8")


class ContactFormSite:
    """The site's process and its mail server, running while entered."""

    def __enter__(self) -> Self:
        self.mail_server = FaultyMailServer(kill=self._kill).__enter__()
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._kill()
        self.mail_server.__exit__()

    def play(self, plan: Plan, staff: str = STAFF) -> Ending:
        """Let the visitor press the button until it says "received", at most four times. What the server took for
        anybody but `STAFF` bounces."""
        self.mail_server.begin(plan)
        answers: list[bool] = []
        while len(answers) < TRIES and not any(answers):
            answers.append(self._post())
        arrived = tuple("" for _ in self.mail_server.kept if staff == STAFF)
        return Ending(tuple(self.mail_server.trace), tuple(answers), 0, arrived)

    def _post(self) -> bool:
        if self._process.poll() is not None:
            self._start()
        connection = HTTPConnection("127.0.0.1", self._port)
        try:
            connection.request("POST", "/", _FIELDS, {"Content-Type": "application/x-www-form-urlencoded"})
            reply = connection.getresponse()
        except (HTTPException, OSError):
            # A reset can be seen before the process is gone; the next press has to meet a new one.
            self._process.wait(10)
            return False
        finally:
            connection.close()
        return reply.status == 302

    def _start(self) -> None:
        """As a process manager does when a worker has died."""
        command = (ENVIRONMENT / "bin" / "python", FOLDER / "django_site.py", str(self.mail_server.port), STAFF)
        self._process = subprocess.Popen((*command, str(TIMEOUT_SECONDS)), stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._port = int(self._process.stdout.readline())

    def _kill(self) -> None:
        process = self._process  # the mail server's thread kills, and the next press may start another meanwhile
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
