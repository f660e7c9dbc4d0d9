"""What `make bench` compares still does the job on both sides; the figures themselves are no test."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from benchmarks.post import ENVIRONMENT
from benchmarks.stub_aws import StubAws


@pytest.mark.parametrize("handler", ["app", "bare"])
def test_both_handlers_store_and_poke_once(handler: str) -> None:
    with StubAws() as stub:
        environment = {**os.environ, **ENVIRONMENT, "AWS_ENDPOINT_URL": stub.url}
        command = [sys.executable, "-m", "benchmarks.accept", handler]
        run = subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=60)
        calls = dict(stub.calls)

    assert float(run.stdout.splitlines()[-1]) > 0
    assert {"GetItem": 1, "TransactWriteItems": 1, "SendMessageBatch": 1} == calls
