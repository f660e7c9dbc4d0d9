"""Spam or not, from weak signals. A verdict quarantines; it never refuses, and it never silences a person in danger."""

from __future__ import annotations

from chalicelib.models.enquiry import SpamVerdict

THRESHOLD = 100
_WEIGHTS = {"honeypot_filled": 100, "canary_unverified": 100, "foreign_origin": 20}
"""Points of each signal. A filled honeypot is enough by itself, and so is the mark of a test that cannot be proved:
another stage's or a forged one; a forgotten second domain of the clinic is not."""


def screen(
    *, honeypot_filled: bool, foreign_origin: bool, is_danger: bool, canary_unverified: bool = False
) -> SpamVerdict:
    """Weigh the signals. `is_danger`: an emergency or crisis rule fired, and such an enquiry is never quarantined."""
    signals = {
        "honeypot_filled": honeypot_filled,
        "canary_unverified": canary_unverified,
        "foreign_origin": foreign_origin,
    }
    reasons = tuple(name for name, present in signals.items() if present)
    score = sum(_WEIGHTS[name] for name in reasons)
    return SpamVerdict(score=score, reasons=reasons, quarantined=score >= THRESHOLD and not is_danger)
