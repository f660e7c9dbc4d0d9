"""How to reach a person: what must hold of names, addresses, telephone numbers and messages."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

from chalicelib.models.addresses import read_email, read_phone
from chalicelib.models.text import clean_line, clean_text

MAX_NAME = 300
MAX_MESSAGE = 10_000


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
