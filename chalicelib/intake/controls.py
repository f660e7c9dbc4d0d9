"""Fields that steer a form service instead of answering a question (form conventions): read, never shown as answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

HONEYPOTS = frozenset({"_gotcha", "botcheck", "bot-field", "_honey", "_honeypot", "__fl_hp", "blank_spot"})
"""`blank_spot` is that of our own form: robots that know form services leave `_gotcha` alone, and no browser or
password manager takes it for a name, an address or a number."""
_NEXT = ("_next", "redirect", "_redirect", "_success_url", "options[redirect]", "retURL")
_ERROR_URL = ("_error_url", "options[redirectError]")
_LANGUAGE = ("_language", "_lang")
_DROPPED = frozenset(
    {
        "g-recaptcha-response", "h-captcha-response", "cf-turnstile-response", "altcha", "recaptcha_response",
        "access_key", "form-name", "ccemail", "gclid", "fbclid", "msclkid", "ttclid",
    }
)  # fmt: skip
_REPLY_TO = frozenset({"_replyto", "replyto"})
_CARRIED = frozenset({*_NEXT, *_ERROR_URL, "_form_version"})
_NO = frozenset({"", "0", "false", "off", "no", "undefined", "null"})

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Controls:
    """What the control fields said. `trapped` is what came in honeypots; `carried` are those that a form must
    send again when it comes back with an error."""

    trapped: tuple[str, ...] = ()
    next_url: str = ""
    error_url: str = ""
    language: str = ""
    form_version: str = ""
    idempotency: str = ""
    canary: str = ""
    rendered: str = ""
    form_key: str = ""
    carried: dict[str, str] = field(default_factory=dict)

    @property
    def honeypot_filled(self) -> bool:
        """Whether anything came in a honeypot."""
        return bool(self.trapped)


def split_controls(pairs: Pairs) -> tuple[Controls, Pairs]:
    """Separate control fields from answers. `_replyto` is an answer: it comes before `email`, as Formspree has it."""
    controls = [(name, value.strip()) for name, value in pairs if is_control(name)]
    reply_to = [("email", value) for name, value in pairs if name in _REPLY_TO and value.strip()]
    answers = [(name, value) for name, value in pairs if not is_control(name) and name not in _REPLY_TO]
    first = _first_values(controls)
    return (
        Controls(
            trapped=tuple(value for name, value in controls if name in HONEYPOTS and value.lower() not in _NO),
            next_url=_first(first, _NEXT),
            error_url=_first(first, _ERROR_URL),
            language=_first(first, _LANGUAGE),
            form_version=first.get("_form_version", "")[:40],
            idempotency=first.get("_idempotency", ""),
            canary=first.get("_canary", ""),
            rendered=first.get("_rendered", ""),
            form_key=first.get("_key", ""),
            carried={name: value for name, value in first.items() if name in _CARRIED},
        ),
        tuple(reply_to + answers),
    )


def is_control(name: str) -> bool:
    """Whether a field of this name steers and answers nothing."""
    if name in _REPLY_TO:
        return False
    return name.startswith("_") or name in HONEYPOTS or name in _DROPPED or name in _NEXT or name in _ERROR_URL


def _first_values(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    first: dict[str, str] = {}
    for name, value in pairs:
        if value:
            first.setdefault(name, value)
    return first


def _first(values: dict[str, str], names: tuple[str, ...]) -> str:
    return next((values[name] for name in names if name in values), "")
