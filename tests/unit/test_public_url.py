"""Which address a stage has, and which functions must be told."""

from __future__ import annotations

from typing import Any

import pytest

from infrastructure.public_url import public_url, tell_functions

OWN = "https://abc123.execute-api.us-east-1.amazonaws.com/dev"


@pytest.mark.parametrize(
    ("given", "settled"),
    [
        ("", OWN),
        (OWN, OWN),
        ("https://old456.execute-api.us-east-1.amazonaws.com/dev", OWN),
        ("https://desk.clinic.example", "https://desk.clinic.example"),
    ],
)
def test_a_domain_of_the_clinic_stays_and_the_address_of_a_lost_api_gives_way(given: str, settled: str) -> None:
    assert settled == public_url(given, OWN)


class Lambdas:
    """Functions with their environments."""

    def __init__(self, **environments: dict[str, str]) -> None:
        self.environments = environments
        self.waited: list[str] = []

    def get_function_configuration(self, FunctionName: str) -> Any:
        found = self.environments[FunctionName]
        return {"Environment": {"Variables": found}} if found else {}

    def update_function_configuration(self, FunctionName: str, Environment: Any) -> None:
        self.environments[FunctionName] = Environment["Variables"]

    def get_waiter(self, _name: str) -> Lambdas:
        return self

    def wait(self, FunctionName: str) -> None:
        self.waited.append(FunctionName)


def test_only_functions_that_do_not_know_the_address_are_changed() -> None:
    said: list[str] = []
    lambdas = Lambdas(a={"STAGE": "dev"}, b={"PUBLIC_URL": OWN}, c={})
    tell_functions(lambdas, {"x": "a", "y": "b", "z": "c"}, OWN, said.append)

    assert ["a", "c"] == lambdas.waited
    assert {"STAGE": "dev", "PUBLIC_URL": OWN} == lambdas.environments["a"]
    assert "2 functions" in said[0]


def test_when_all_know_it_nothing_is_said() -> None:
    said: list[str] = []
    tell_functions(Lambdas(b={"PUBLIC_URL": OWN}), {"y": "b"}, OWN, said.append)

    assert [] == said
