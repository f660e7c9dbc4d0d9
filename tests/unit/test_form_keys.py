"""An entry of FORM_KEYS that can never fit is refused when the stage is set up, and disturbs no other while it runs."""

from __future__ import annotations

import pytest

from chalicelib.errors import ConfigurationError
from chalicelib.settings import read_settings, settings_or_defaults
from tests.conftest import ENVIRONMENT

HASHED = "0a" * 32
NEVER_FIT = [
    f"Homepage:{HASHED}",
    f"contact_us:{HASHED}",
    f":{HASHED}",
    HASHED,
    f"{'a' * 41}:{HASHED}",
    f"homepage:{HASHED.upper()}",
    f"homepage:{HASHED[1:]}",
    "homepage:300.1.2.3/99",
    "homepage:203.0.113.7/33",
    "homepage:203.0.113",
    "homepage:2001:db8::/129",
    "homepage:١.٢.٣.٤",
    f"homepage:{'٣' * 64}",
    "homepage:",
]


@pytest.mark.parametrize("entry", NEVER_FIT)
def test_an_entry_that_can_never_fit_is_named(entry: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_settings({**ENVIRONMENT, "FORM_KEYS": f"homepage:{HASHED}, {entry}"})

    assert ("FORM_KEYS",) == refused.value.names
    assert HASHED not in str(refused.value)


@pytest.mark.parametrize("entry", NEVER_FIT)
def test_an_entry_that_can_never_fit_leaves_the_others(entry: str) -> None:
    settings, problems = settings_or_defaults({**ENVIRONMENT, "FORM_KEYS": f"{entry}, homepage:{HASHED}"})

    assert (f"homepage:{HASHED}",) == settings.form_keys
    assert ("FORM_KEYS",) == problems


@pytest.mark.parametrize("server", ["203.0.113.7", "203.0.113.9/24", "2001:db8::1", "2001:db8::/32", "::1"])
def test_addresses_and_networks_of_servers_are_read(server: str) -> None:
    assert (f"homepage:{server}",) == read_settings({**ENVIRONMENT, "FORM_KEYS": f"homepage:{server}"}).form_keys
