"""How to reach a person: names of any script, addresses, telephone numbers in any notation."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

from chalicelib.models.text import clean_line, clean_text, without_invisible

MAX_NAME = 300
MAX_MESSAGE = 10_000
DEFAULT_REGION = "US"
_LOCAL_PART = r"[^\s@\"<>()\[\],;:\\.]+(?:\.[^\s@\"<>()\[\],;:\\.]+)*"
_LABEL = r"[^\W_](?:[\w\-]{0,61}[^\W_])?"
_ADDRESS = re.compile(
    rf"^(?P<local>{_LOCAL_PART})@(?P<domain>(?:{_LABEL}\.)+(?:[^\W\d_]{{2,63}}|xn--[a-z0-9\-]{{2,59}}))$"
)
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


def _name(typed: str) -> str:
    name = clean_line(typed)
    if len(name) > MAX_NAME:
        raise PydanticCustomError("name_too_long", "the name is too long")
    return name


def _email(typed: str) -> str:
    address = read_email(typed)
    if typed and not address:
        raise PydanticCustomError("email_unreadable", "not an e-mail address")
    return address


def _phone(typed: str) -> str:
    number = read_phone(typed) if typed else ""
    if typed and not number:
        raise PydanticCustomError("phone_unreadable", "not a telephone number")
    return number


def _message(typed: str) -> str:
    message = clean_text(typed)
    if len(message) > MAX_MESSAGE:
        raise PydanticCustomError("message_too_long", "the message is too long")
    return message


class ContactFields(BaseModel):
    """What must hold before the clinic can act, on cleaned text. The type of each error names its text in
    `wording/*/replies.json`."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    name: Annotated[str, AfterValidator(_name)] = ""
    email: Annotated[str, AfterValidator(_email)] = ""
    phone: Annotated[str, AfterValidator(_phone)] = ""
    message: Annotated[str, AfterValidator(_message)] = ""
