"""Which words in contact fields the application screens as text: those that are no name, address, number or choice.

The command line has no intake to ask; a test holds the two together."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from chalicelib.models.text import clean_line
from chalicelib.models.vocabulary import CHOICES
from chalicelib.wording.language_choice import known_language

CONTROL_NAMES = frozenset(
    {
        "blank_spot", "botcheck", "bot-field", "redirect", "options[redirect]", "options[redirectError]", "retURL",
        "g-recaptcha-response", "h-captcha-response", "cf-turnstile-response", "altcha", "recaptcha_response",
        "access_key", "form-name", "ccemail", "gclid", "fbclid", "msclkid", "ttclid",
    }
)  # fmt: skip
"""Fields that steer a form service. Those that begin with `_` are left out too."""
REPLY_TO = frozenset({"_replyto", "replyto"})
"""Other names of `email`."""

_EMAIL = re.compile(r"(?:mailto:)?[^\s@]+@[^\s@]+\.[^\s@.]{2,}\.?", re.IGNORECASE)
_NUMBER_IN_FULL = 10
_MAX_NAME, _MAX_BEST_TIME = 300, 100

_USABLE: Mapping[str, Callable[[str], bool]] = {
    "name": lambda value: len(value) <= _MAX_NAME,
    "first_name": bool,
    "last_name": bool,
    "email": lambda value: bool(_EMAIL.fullmatch(_address_in(value))),
    "phone": lambda value: sum(char.isdecimal() for char in value) >= _NUMBER_IN_FULL,
    "preferred_contact": lambda value: value.lower() in CHOICES["preferred_contact"],
    "best_time": lambda value: len(value) <= _MAX_BEST_TIME,
    "language": lambda value: known_language(value) is not None,
    "page_url": lambda value: bool(re.match(r"https?://[^/?#]", value)),
    "referrer": lambda value: bool(re.match(r"https?://[^/?#]", value)),
}
CONTACT_NAMES = frozenset({*_USABLE, "consent"})
"""Fields that are read elsewhere."""


def words_for_screening(typed: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The fields as triage reads them: of contact fields only the values that nothing else could use."""
    return {name: _unused(name, values, typed) for name, values in typed.items() if name != "consent"}


def _unused(name: str, values: Sequence[str], typed: Mapping[str, Sequence[str]]) -> list[str]:
    if name not in _USABLE:
        return list(values)
    given = [value for value in map(clean_line, values) if value]
    # An address or a number is looked for in every value, anything else is the first one.
    candidates = given if name in ("email", "phone") else given[:1]
    used = next(filter(_USABLE[name], candidates), None)
    if used is None or (name in ("first_name", "last_name") and any(map(clean_line, typed.get("name", ())))):
        return given
    return [] if name == "language" else [value for value in given if value != used]


def _address_in(typed: str) -> str:
    angled = re.search(r"<([^<>]+)>\s*$", typed)
    return (angled[1] if angled else re.split(r"[,;]", typed)[0]).strip()
