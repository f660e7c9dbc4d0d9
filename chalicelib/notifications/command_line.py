"""What every command of ours needs: a stage to work on, and AWS's errors in words for whoever typed it."""

from __future__ import annotations

from collections.abc import Mapping

from botocore.exceptions import ClientError, NoCredentialsError, PartialCredentialsError, ProfileNotFound

from chalicelib.context import AppContext, Clock, context_from

_NO_CREDENTIALS = (NoCredentialsError, PartialCredentialsError, ProfileNotFound)
_NOT_THERE = ("ResourceNotFoundException", "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


class CannotRun(Exception):
    """The message is one line for whoever typed the command."""


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
