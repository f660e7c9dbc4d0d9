"""What every command of ours needs: a stage to work on, and AWS's errors in words for whoever typed it."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from botocore.exceptions import ClientError, NoCredentialsError, PartialCredentialsError, ProfileNotFound

from chalicelib.aws import AWS_ERRORS
from chalicelib.context import AppContext, Clock, context_from, system_clock

Command = Callable[[AppContext, TextIO], int]
"""What a command does with a stage; it returns the exit code."""

_NO_CREDENTIALS = (NoCredentialsError, PartialCredentialsError, ProfileNotFound)
_NOT_THERE = ("ResourceNotFoundException", "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


class CannotRun(Exception):
    """The message is one line for whoever typed the command."""


@dataclass(frozen=True)
class Program:
    """A program of several commands; `command_of` reads its arguments, or raises CannotRun."""

    name: str
    usage: str
    command_of: Callable[[Sequence[str]], Command]

    def run(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str],
        stdout: TextIO,
        stderr: TextIO,
        clock: Clock = system_clock,
    ) -> int:
        """Run a command and return the exit code: its own, or 2 when it cannot run."""
        try:
            if list(argv) in (["-h"], ["--help"]):
                print(self.usage, file=stdout)
                return 0
            command = self.command_of(argv)
            return command(connected(environment, clock), stdout)
        except CannotRun as error:
            print(f"{self.name}: {error}", file=stderr)
        except AWS_ERRORS as error:
            print(f"{self.name}: {in_words(error, environment)}", file=stderr)
        return 2

    def start(self) -> None:
        """Run what the command line says, and exit with its code."""
        # What the application logs is for Lambda; here the commands say what they did.
        logging.getLogger().addHandler(logging.NullHandler())
        try:
            sys.exit(self.run(sys.argv[1:], os.environ, sys.stdout, sys.stderr))
        except (BrokenPipeError, KeyboardInterrupt):
            sys.stderr.close()
            sys.exit(1)


def connected(environment: Mapping[str, str], clock: Clock) -> AppContext:
    """The surroundings of the stage that the environment names. Raises CannotRun without one."""
    if not environment.get("STAGE", "").strip():
        raise CannotRun("STAGE is not set: say which stage, as in STAGE=prod")
    return context_from(environment, clock=clock)


def in_words(error: Exception, environment: Mapping[str, str]) -> str:
    """One line about one of `AWS_ERRORS`; nothing of its text, which may name a user."""
    stage = environment.get("STAGE", "")
    if isinstance(error, _NO_CREDENTIALS):
        return "no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    if not isinstance(error, ClientError):
        return f"AWS cannot be reached ({type(error).__name__}){'; is `make run` on?' if stage == 'local' else ''}"
    code = str(error.response["Error"].get("Code", ""))
    if code in _NOT_THERE:
        return f"stage {stage} has no such table or queue in this account and region ({error.operation_name})"
    return f"AWS refused {error.operation_name}: {code}"
