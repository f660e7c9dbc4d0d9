"""E-mail addresses and telephone numbers in what people type, in any notation."""

from __future__ import annotations

import re
from typing import Any

from chalicelib.models.text import without_invisible

DEFAULT_REGION = "US"
_LOCAL_PART = r"[^\s@\"<>()\[\],;:\\.]+(?:\.[^\s@\"<>()\[\],;:\\.]+)*"
_LABEL = r"[^\W_](?:[\w\-]{0,61}[^\W_])?"
_ADDRESS = re.compile(
    rf"^(?P<local>{_LOCAL_PART})@(?P<domain>(?:{_LABEL}\.)+(?:[^\W\d_]{{2,63}}|xn--[a-z0-9\-]{{2,59}}))$"
)
_GMAIL = ("gmail.com", "googlemail.com")
_ANGLED = re.compile(r"<([^<>]+)>\s*$")


def read_email(typed: str) -> str:
    """The address in what was typed, its domain in ASCII; empty when there is none. `Jane <jane@x.org>` and
    `mailto:` are read too. Only syntax is judged: no name server is asked."""
    text = without_invisible(typed)[:320]
    angled = _ANGLED.search(text)
    address = (angled[1] if angled else re.split(r"[,;]", text)[0]).strip()
    address = re.sub(r"^mailto:", "", address, flags=re.IGNORECASE).rstrip(".")
    match = _ADDRESS.match(address)
    if match is None or len(match["local"]) > 64:
        return ""
    return _with_ascii_domain(match["local"], match["domain"])


def mailbox_of(address: str) -> str:
    """The mailbox behind an address, for counting only, never to send to or to show: lower case and without `+tag`;
    Gmail has one name for two domains and does not read dots. Source: Gmail Help, "Dots don't matter in Gmail
    addresses"."""
    local, _, domain = address.lower().rpartition("@")
    name = local.partition("+")[0]
    if domain in _GMAIL:
        domain, name = _GMAIL[0], name.replace(".", "")
    return f"{name or local}@{domain}"


def _with_ascii_domain(local: str, domain: str) -> str:
    try:
        ascii_domain = domain.lower() if domain.isascii() else domain.encode("idna").decode()
    except UnicodeError:
        return ""
    address = f"{local}@{ascii_domain}"
    return address if len(address) <= 254 else ""


def read_phone(typed: str, region: str = DEFAULT_REGION) -> str:
    """The number in what was typed as E.164 (`+12025550100`); empty when nobody could dial it. Possible numbers are
    enough: numbering plans change faster than libraries."""
    import phonenumbers  # 30 ms cold: only for enquiries with a number

    text = without_invisible(typed)[:200]
    for candidate in (text, re.sub(r"^\D*00", "+", text)):
        try:
            number = phonenumbers.parse(candidate, region)
        except phonenumbers.NumberParseException:
            continue
        if _is_dialable(number):
            return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    for found in phonenumbers.PhoneNumberMatcher(text, region, leniency=phonenumbers.Leniency.POSSIBLE):
        if _is_dialable(found.number):
            return str(phonenumbers.format_number(found.number, phonenumbers.PhoneNumberFormat.E164))
    return ""


def _is_dialable(number: Any) -> bool:
    """Whether the number has the length of a whole one. Without its area code nobody can call it back."""
    import phonenumbers

    return bool(
        phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
        and str(number.national_number).strip("0")
    )
