"""The deployed functions, each run from its own package under its own settings."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from moto.awslambda.models import LambdaFunction, lambda_backends
from moto.core import DEFAULT_ACCOUNT_ID

from rehearsal.execution import ExecutionEnvironment, FunctionSetup, Outcome
from rehearsal.place import credentials


@dataclass(frozen=True)
class _Warm:
    setup: FunctionSetup
    environment: ExecutionEnvironment


class Functions:
    """Runs functions by name. A function that was changed since gets a new environment, as in Lambda."""

    def __init__(
        self, folder: Path, command: Sequence[str], surroundings: Mapping[str, str], lock: AbstractContextManager[Any]
    ) -> None:
        self._folder = folder
        self._command = command
        self._surroundings = surroundings
        self._moto = lock
        self._lock = threading.Lock()
        self._warm: dict[str, _Warm] = {}
        self._unpacked: dict[Path, dict[str, int]] = {}

    def invoke(self, name: str, event: bytes, region: str) -> Outcome:
        """Run a function, and keep what it logs in its log group. Raises KeyError when there is none of that name."""
        with self._moto:
            function = _function(name, region)
            setup = self._setup(function)
        outcome = self._environment(setup).invoke(event)
        with self._moto:
            function.logs_backend.ensure_log_group(function.logs_group_name)
            function.save_logs("\n".join(line.replace("\n", "\r") for line in outcome.logged))
        return outcome

    def stop(self) -> None:
        """End every process."""
        with self._lock:
            for warm in self._warm.values():
                warm.environment.stop()
            self._warm.clear()

    def written(self) -> list[str]:
        """Files that were written into a package's folder since it was unpacked: Lambda's is read-only."""
        return [
            str(name)
            for folder, sizes in self._unpacked.items()
            for name in sorted(_sizes(folder).items() ^ sizes.items())
        ]

    def _environment(self, setup: FunctionSetup) -> ExecutionEnvironment:
        with self._lock:
            warm = self._warm.get(setup.name)
            if warm is None or warm.setup != setup:
                if warm is not None:
                    warm.environment.stop()
                warm = self._warm[setup.name] = _Warm(setup, ExecutionEnvironment(setup, self._command))
            return warm.environment

    def _setup(self, function: LambdaFunction) -> FunctionSetup:
        return FunctionSetup(
            name=function.function_name,
            arn=function.function_arn,
            handler=str(function.handler),
            runtime=str(function.run_time),
            code=self._unpack(function.code_bytes),
            environment=dict(function.environment_vars),
            surroundings={**self._surroundings, **credentials(function.role)},
            timeout_seconds=int(function.timeout),
            memory_mb=int(function.memory_size),
        )

    def _unpack(self, package: bytes) -> Path:
        folder = self._folder / hashlib.sha256(package).hexdigest()[:16]
        if folder not in self._unpacked:
            with ZipFile(io.BytesIO(package)) as zipped:
                zipped.extractall(folder)
            for each in (folder, *folder.rglob("*")):
                each.chmod(0o555)
            self._unpacked[folder] = _sizes(folder)
        return folder


def _function(name: str, region: str) -> LambdaFunction:
    backend = lambda_backends[DEFAULT_ACCOUNT_ID][region]
    found = backend.get_function(name)
    if not isinstance(found, LambdaFunction):
        raise KeyError(name)
    return found


def _sizes(folder: Path) -> dict[str, int]:
    return {str(each): each.stat().st_size for each in folder.rglob("*") if each.is_file()}
