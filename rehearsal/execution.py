"""One Lambda execution environment: a process that runs AWS's own runtime client on the deployed package, and the
Runtime API on loopback that feeds it.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rehearsal.function_logs import FunctionLogs
from sandbox.gateway_answers import HttpAnswer
from sandbox.http_server import HttpServer
from sandbox.proxy_event import HttpRequest

INIT_SECONDS = 10.0
"""How long Lambda lets a function take before its first event."""
_LOOK_SECONDS = 0.1
_READY, _ANSWERED, _FAILED, _INIT_FAILED, _EXITED, _LATE = (
    "ready",
    "answered",
    "failed",
    "init failed",
    "exited",
    "late",
)


@dataclass(frozen=True)
class FunctionSetup:
    """A function as it was deployed. `environment` is its own, `surroundings` what a local AWS needs besides."""

    name: str
    arn: str
    handler: str
    runtime: str
    code: Path
    environment: Mapping[str, str]
    surroundings: Mapping[str, str]
    timeout_seconds: int
    memory_mb: int


@dataclass(frozen=True)
class Outcome:
    """What became of one event. `error` is empty, or `Unhandled` as Lambda's header says; `logged` are log events;
    `init_ms` is None when the environment was warm."""

    payload: bytes
    error: str
    logged: Sequence[str]
    duration_ms: float
    init_ms: float | None


@dataclass
class _Run:
    """One process, from its start to its end."""

    process: subprocess.Popen[bytes]
    events: queue.Queue[tuple[str, bytes] | None] = field(default_factory=queue.Queue)
    told: queue.Queue[tuple[str, bytes]] = field(default_factory=queue.Queue)


class ExecutionEnvironment:
    """One event at a time, as in Lambda; between two the process stands still, threads included."""

    def __init__(self, setup: FunctionSetup, command: Sequence[str]) -> None:
        self._setup = setup
        self._command = [*command, setup.handler]
        self._logs = FunctionLogs()
        self._lock = threading.Lock()
        self._run: _Run | None = None
        self._server = HttpServer(0)
        self._server.answer = self._answer
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def invoke(self, event: bytes) -> Outcome:
        """Run one event, in a new process when there is none."""
        with self._lock:
            began, request_id = time.monotonic(), str(uuid.uuid4())
            cold = self._run is None
            run = self._run or self._start()
            init_ms = None
            if cold:
                kind, payload = self._wait(run, INIT_SECONDS)
                init_ms = 1000 * (time.monotonic() - began)
                if kind != _READY:
                    return self._ended(kind, payload, request_id, init_ms)
                began = time.monotonic()
            run.process.send_signal(signal.SIGCONT)
            run.events.put((request_id, event))
            kind, payload = self._wait(run, self._setup.timeout_seconds)
            if kind not in (_ANSWERED, _FAILED):
                return self._ended(kind, payload, request_id, init_ms)
            duration_ms = 1000 * (time.monotonic() - began)
            self._freeze(run)
            error = "" if kind == _ANSWERED else "Unhandled"
            return Outcome(payload, error, self._logs.read(), duration_ms, init_ms)

    def stop(self) -> None:
        """End the process and the Runtime API."""
        with self._lock:
            self._kill()
            self._server.shutdown()
            self._server.server_close()
            self._logs.close()

    def _start(self) -> _Run:
        process = subprocess.Popen(
            self._command,
            cwd=self._setup.code,
            env=self._variables(),
            stdin=subprocess.DEVNULL,
            stdout=self._logs.printed,
            stderr=self._logs.printed,
            pass_fds=[self._logs.frames_number],
            # A group of its own: should this process die, the kernel wakes and ends what stands still in it.
            process_group=0,
        )
        self._run = _Run(process)
        return self._run

    def _variables(self) -> dict[str, str]:
        setup = self._setup
        region = setup.arn.split(":")[3]
        return {
            **setup.surroundings,
            **setup.environment,
            "_HANDLER": setup.handler,
            "_LAMBDA_TELEMETRY_LOG_FD": str(self._logs.frames_number),
            "AWS_DEFAULT_REGION": region,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{setup.runtime}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(setup.memory_mb),
            "AWS_LAMBDA_FUNCTION_NAME": setup.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{setup.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "rehearsal",
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._server.server_port}",
            "AWS_REGION": region,
            "LAMBDA_RUNTIME_DIR": str(Path(self._command[-2]).parent),
            "LAMBDA_TASK_ROOT": str(setup.code),
            "LANG": "en_US.UTF-8",
            "PATH": os.defpath,
            "TZ": ":UTC",
        }

    def _answer(self, request: HttpRequest) -> HttpAnswer:
        run = self._run
        parts = request.path.split("/")[3:]
        if run is None:
            return HttpAnswer(410)
        if parts == ["invocation", "next"]:
            return self._next(run)
        if parts == ["init", "error"]:
            run.told.put((_INIT_FAILED, request.body))
        else:
            run.told.put((_ANSWERED if parts[-1] == "response" else _FAILED, request.body))
        return HttpAnswer(202, [("Content-Type", "application/json")], b'{"status":"OK"}')

    def _next(self, run: _Run) -> HttpAnswer:
        run.told.put((_READY, b""))
        given = run.events.get()
        if given is None:
            return HttpAnswer(410)
        request_id, event = given
        deadline = int(1000 * (time.time() + self._setup.timeout_seconds))
        headers = [
            ("Content-Type", "application/json"),
            ("Lambda-Runtime-Aws-Request-Id", request_id),
            ("Lambda-Runtime-Deadline-Ms", str(deadline)),
            ("Lambda-Runtime-Invoked-Function-Arn", self._setup.arn),
            ("Lambda-Runtime-Trace-Id", f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]};Sampled=0"),
        ]
        return HttpAnswer(200, headers, event)

    def _wait(self, run: _Run, seconds: float) -> tuple[str, bytes]:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                return run.told.get(timeout=min(left, _LOOK_SECONDS))
            except queue.Empty:
                if run.process.poll() is not None and run.told.empty():
                    return _EXITED, str(run.process.returncode).encode()
        return _LATE, b""

    def _freeze(self, run: _Run) -> None:
        kind, _ = self._wait(run, self._setup.timeout_seconds)
        if kind == _READY:
            run.process.send_signal(signal.SIGSTOP)
        else:
            self._kill()

    def _ended(self, kind: str, payload: bytes, request_id: str, init_ms: float | None) -> Outcome:
        """A process that will take no further event."""
        self._kill()
        seconds = self._setup.timeout_seconds
        told = {
            _LATE: ("Sandbox.Timedout", f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"),
            _EXITED: ("Runtime.ExitError", f"RequestId: {request_id} Error: exit status {payload.decode()}"),
        }
        if kind in told:
            payload = json.dumps(dict(zip(("errorType", "errorMessage"), told[kind], strict=True))).encode()
        return Outcome(payload, "Unhandled", self._logs.read(), 1000.0 * seconds, init_ms)

    def _kill(self) -> None:
        if self._run is not None:
            self._run.process.kill()
            self._run.process.wait()
            self._run.events.put(None)
            self._run = None
