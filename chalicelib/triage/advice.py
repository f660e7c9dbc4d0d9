"""Which advice a visitor gets from the rules that fired, most urgent first."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.models.assessment import Advice

_SAFETY = ("call_911", "call_988", "call_988_line", "help_for_other_988", "see_doctor_today", "be_safe")
_ORDINARY = ("we_call", "we_reply")
_PUBLIC_CODES = {"call_988_line": "call_988"}

ADVICE: dict[str, Advice] = {
    key: Advice(code=_PUBLIC_CODES.get(key, key), text_key=key) for key in (*_SAFETY, *_ORDINARY)
}
"""Every advice that a rule may name, by the key of its text (`wording/<language>/advice.json`). `call_988_line` is one
mild sentence under the contract's code `call_988`."""


def choose_advice(every: Iterable[str], at_final_level: Iterable[str]) -> tuple[Advice, ...]:
    """All safety advice in `every`, then the ordinary advice in `at_final_level`: a promise to call belongs to the
    level that decided the queue."""
    keys = {key for key in every if key in _SAFETY}
    if "call_988" in keys:
        keys.discard("call_988_line")
    keys.update(key for key in at_final_level if key in _ORDINARY)
    return tuple(advice for key, advice in ADVICE.items() if key in keys)
