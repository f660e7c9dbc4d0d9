"""The names that websites give to the same field."""

from __future__ import annotations

import pytest

from chalicelib.intake.parsing import KNOWN_NAMES
from chalicelib.models.fields import canonical_name, group


@pytest.mark.parametrize("name", sorted(KNOWN_NAMES))
def test_every_name_of_the_contract_is_its_own(name: str) -> None:

    assert name == canonical_name(name, KNOWN_NAMES)


@pytest.mark.parametrize("name", sorted(KNOWN_NAMES))
def test_every_name_is_known_in_other_spellings(name: str) -> None:
    camel = "".join(part.capitalize() for part in name.split("_"))

    assert name == canonical_name(name.upper(), KNOWN_NAMES)
    assert name == canonical_name(name.replace("_", "-"), KNOWN_NAMES)
    assert name == canonical_name(camel, KNOWN_NAMES)


@pytest.mark.parametrize("name", ["Insurance", "how did you hear of us?", "", "名前", "name2", "emails", "[]"])
def test_an_unknown_name_stays_as_it_is(name: str) -> None:

    assert name == canonical_name(name, KNOWN_NAMES)


def test_values_are_grouped_in_the_order_in_which_they_came() -> None:
    pairs = [("b", "1"), ("Email", "2"), ("b[]", "3"), ("email", "4"), ("your-email", "5")]

    assert {"b": ["1", "3"], "email": ["2", "4", "5"]} == group(pairs, KNOWN_NAMES)
