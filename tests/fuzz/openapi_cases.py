"""Requests that schemathesis makes from our OpenAPI document, right ones and wrong ones, and what must hold of each
answer."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CheckContext, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.fuzz.played_service import PlayedService

AT_ONCE = 100
"""Cases of one operation before the next has its turn."""
SHARES = {"POST /enquiries": 5, "POST /f/{form}": 5, "POST /form": 2, "POST /withdraw/{token}": 2}
"""How often an operation has its turn; once, where nothing is said."""
WAYS: list[dict[str, str]] = [
    {},
    {"Accept": "application/json"},
    {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"},
    {"Accept": "*/*", "Sec-Fetch-Mode": "cors", "Origin": "https://evil.example"},
    {"Sec-Fetch-Mode": "cors", "Origin": "https://clinic.example", "Accept-Language": "es"},
    {"X-Requested-With": "XMLHttpRequest", "Origin": "null"},
]
ON_EVERY_ANSWER = (
    "strict-transport-security",
    "x-content-type-options",
    "permissions-policy",
    "content-security-policy",
    "referrer-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "cache-control",
)
TRACE = re.compile(rb'Traceback \(most recent|File "[^"]{1,200}", line \d|botocore\.exceptions')
"""A pattern that does not match itself: hypothesis tries texts that it finds in our own code."""


def _has_security_headers(_context: CheckContext, response: Any, _case: Any) -> None:
    missing = [name for name in ON_EVERY_ANSWER if name not in response.headers]

    assert missing == [], "headers are missing"


def _shows_no_trace(_context: CheckContext, response: Any, _case: Any) -> None:
    assert TRACE.search(response.content) is None, "an answer shows how we work"


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    _has_security_headers,
    _shows_no_trace,
]


@dataclass
class Run:
    """What has been sent: how many cases of each operation, and the statuses of their answers."""

    service: PlayedService
    sent: Counter[str] = field(default_factory=Counter)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """Cases sent so far."""
        return sum(self.sent.values())


def send_cases(service: PlayedService, cases: int, first_seed: int) -> Run:
    """Send at least so many. The same seed sends the same. Raises what schemathesis raises for the first answer that
    breaks a rule, with the smallest request that it found."""
    document = schemathesis.openapi.from_wsgi("/openapi.json", service)
    operations = [found.ok() for found in document.get_all_operations()]
    turns = [operation for operation in operations for _ in range(SHARES.get(operation.label, 1))]
    run, turn = Run(service), 0
    while run.total < cases:
        for number, operation in enumerate(turns):
            mode = GenerationMode.NEGATIVE if (number + turn) % 2 else GenerationMode.POSITIVE
            if run.total < cases:
                at_once = min(AT_ONCE, cases // len(turns) + 1)
                _send_some(run, operation, mode, at_once, first_seed + turn * len(turns) + number)
        turn += 1
    return run


def _send_some(run: Run, operation: Any, mode: GenerationMode, cases: int, its_seed: int) -> None:
    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @seed(its_seed)
    @given(case=operation.as_strategy(generation_mode=mode), way=st.sampled_from(WAYS), is_known=st.booleans())
    def send(case: Any, way: dict[str, str], is_known: bool) -> None:
        if is_known and "token" in case.path_parameters:
            case.path_parameters["token"] = run.service.known_token()
        answer = case.call(headers=way)
        run.sent[operation.label] += 1
        run.statuses[operation.label, answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)

    try:
        send()
    except Unsatisfiable:  # nothing can be wrong about a request that has no parts
        return
