"""The rehearsal's execution environment: AWS's runtime client in a process, on a handler of the test's own."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rehearsal.execution import ExecutionEnvironment, FunctionSetup, Outcome
from rehearsal.managed_runtime import RUNTIME, build_runtime

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the runtime client is built for Linux only")

ARN = "arn:aws:lambda:us-east-1:123456789012:function:example"
Run = Callable[..., Outcome]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Runs a handler's source on events, one after the other, in one environment; returns the last outcome."""
    environments: list[ExecutionEnvironment] = []
    command = build_runtime(tmp_path / "runtime", gateway_port=1)
    (tmp_path / "code").mkdir()

    def run_events(source: str, *events: Any, timeout_seconds: int = 10) -> Outcome:
        (tmp_path / "code" / "example.py").write_text(source)
        setup = FunctionSetup(
            name="example",
            arn=ARN,
            handler="example.handler",
            runtime=RUNTIME,
            code=tmp_path / "code",
            environment={"STAGE": "test"},
            surroundings={},
            timeout_seconds=timeout_seconds,
            memory_mb=128,
        )
        environments.append(ExecutionEnvironment(setup, command))
        return [environments[-1].invoke(json.dumps(event).encode()) for event in events][-1]

    yield run_events
    for environment in environments:
        environment.stop()


def error_of(outcome: Outcome) -> str:
    return str(json.loads(outcome.payload)["errorType"])


def test_handler_sees_its_event_its_settings_and_its_context(run: Run) -> None:
    outcome = run(
        "import os\n"
        "def handler(event, context):\n"
        "    return [event['n'], os.environ['STAGE'], context.invoked_function_arn, 'PYTHONPATH' in os.environ]\n",
        {"n": 1},
    )

    assert "" == outcome.error
    assert [1, "test", ARN, False] == json.loads(outcome.payload)


def test_environment_is_kept_warm_between_events(run: Run) -> None:
    outcome = run("seen = []\ndef handler(event, _):\n    seen.append(event)\n    return seen\n", 1, 2)

    assert [1, 2] == json.loads(outcome.payload)
    assert outcome.init_ms is None


def test_each_log_message_and_printed_line_is_one_event(run: Run) -> None:
    outcome = run(
        "import logging\n"
        "def handler(event, _):\n"
        "    logging.getLogger().warning('two\\nlines')\n"
        "    print('printed')\n",
        {},
    )

    framed, printed = outcome.logged

    assert framed.endswith("two\nlines\n")
    assert "printed" == printed


def test_only_what_lambda_provides_can_be_imported(run: Run) -> None:
    provided = run("import boto3\ndef handler(*_):\n    return boto3.__name__\n", {})
    missing = run("import pydantic\ndef handler(*_):\n    return 1\n", {})

    assert "" == provided.error
    assert ("Unhandled", "Runtime.ImportModuleError") == (missing.error, error_of(missing))


def test_error_timeout_and_end_of_the_process_are_told_apart(run: Run) -> None:
    raised = run("def handler(*_):\n    raise ValueError('x')\n", {})
    late = run("import threading\ndef handler(*_):\n    threading.Event().wait()\n", {}, timeout_seconds=1)
    ended = run("import os\ndef handler(*_):\n    os._exit(3)\n", {})

    assert ["ValueError", "Sandbox.Timedout", "Runtime.ExitError"] == [error_of(each) for each in (raised, late, ended)]
    assert {"Unhandled"} == {each.error for each in (raised, late, ended)}


def test_process_that_ended_is_replaced(run: Run) -> None:
    outcome = run("import os\ndef handler(event, _):\n    return os._exit(3) if event == 1 else event\n", 1, 2)

    assert b"2" == outcome.payload


def test_nothing_outside_the_machine_is_found(run: Run) -> None:
    outcome = run(
        "import socket\n"
        "def handler(*_):\n"
        "    try:\n"
        "        socket.create_connection(('example.com', 80), 1)\n"
        "    except socket.gaierror as error:\n"
        "        return str(error)\n",
        {},
    )

    assert "nothing outside this machine" in json.loads(outcome.payload)


def test_no_bytecode_is_written(run: Run, tmp_path: Path) -> None:
    run("def handler(*_):\n    return 1\n", {})

    assert ["example.py"] == [each.name for each in (tmp_path / "code").iterdir()]
