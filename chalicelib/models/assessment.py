"""What triage says of one set of answers."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from chalicelib.models.vocabulary import SAFETY_ADVICE, Level


class Advice(BaseModel):
    """One piece of advice for the visitor. `code` is the contract's; `text_key` names its wording (two texts may
    share a code)."""

    model_config = ConfigDict(frozen=True)

    code: str
    text_key: str


def advice_code(text_key: str) -> str:
    """The contract's code of a text: the mild 988 line (`call_988_line`) is `call_988` too."""
    return text_key.removesuffix("_line")


class FiredRule(BaseModel):
    """A rule that applied, why, and the answers or words that made it apply."""

    model_config = ConfigDict(frozen=True)

    id: str
    level: Level | None = None
    reason: str
    evidence: tuple[str, ...] = ()


class Assessment(BaseModel):
    """The level is the maximum of the rules that fired; only a named person with a reason may lower it. `text_version`
    is that of the words and weights by which a text was read, empty when there was none."""

    model_config = ConfigDict(frozen=True)

    level: Level
    flags: tuple[str, ...] = ()
    fired: tuple[FiredRule, ...] = ()
    advice: tuple[Advice, ...] = ()
    rules_version: str
    text_version: str = ""

    @property
    def safety_advice(self) -> tuple[Advice, ...]:
        """The advice that cannot wait for a call, most urgent first."""
        return tuple(item for item in self.advice if item.code in SAFETY_ADVICE)

    @property
    def is_danger(self) -> bool:
        """Whether an emergency or crisis rule fired."""
        return self.level in ("emergency", "crisis")
