"""Telephone lines for people in danger, as data with the date on which each number was checked."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from chalicelib.models.vocabulary import Language

HelpLineName = Literal["emergency", "crisis", "veterans", "domestic_violence", "poison"]


class HelpLine(BaseModel):
    """One line: `tel`, `sms` and `chat` are URIs, empty when the line has none. Source: `help_lines.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: dict[Language, str]
    number: str
    tel: str
    sms: str = ""
    chat: str = ""
    hours: dict[Language, str]
    source: str
    checked_on: str


@cache
def help_lines() -> dict[HelpLineName, HelpLine]:
    """Every line by its name, emergency first."""
    stored = (Path(__file__).parent / "help_lines.json").read_bytes()
    return TypeAdapter(dict[HelpLineName, HelpLine]).validate_json(stored)
