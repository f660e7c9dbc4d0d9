"""What must be said before a stage goes off the net."""

from __future__ import annotations

from pathlib import Path

import pytest

from infrastructure.account import Account
from infrastructure.destroy import ask_first
from infrastructure.failures import CannotContinue
from infrastructure.stages import StageFiles

ACCOUNT = Account("123456789012", "us-east-1", {})
FILES = StageFiles("prod", Path(), {"stages": {"prod": {}}}, {})


@pytest.mark.parametrize("confirmed", ["", "dev", "PROD"])
def test_where_nobody_sits_at_a_terminal_the_stage_is_named_twice(confirmed: str) -> None:
    with pytest.raises(CannotContinue, match="make destroy STAGE=prod CONFIRM=prod"):
        ask_first(ACCOUNT, FILES, confirmed)

    ask_first(ACCOUNT, FILES, "prod")
