"""What holds for whatever names a site builder gives to its fields."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.intake.form_body import decode_form
from chalicelib.intake.parsing import KNOWN_NAMES, parse_submission
from chalicelib.intake.site_builders import plain_fields
from tests.web_requests import SETTINGS, a_request

PIECES = ["fields", "data", "wpforms", "form", "name", "value", "type", "title", "id", "0", "1", "first", "[", "]", "."]
NAMES = st.lists(st.sampled_from(PIECES), min_size=1, max_size=9).map("".join)
BRACKETED = st.lists(st.sampled_from(PIECES[:12]), min_size=2, max_size=5).map(
    lambda parts: parts[0] + "".join(f"[{part}]" for part in parts[1:])
)
PAIRS = st.lists(st.tuples(NAMES | BRACKETED, st.text(max_size=30) | st.sampled_from(["ann@mail.example", "email"])))
UNKNOWN = st.sampled_from(["a[b]", "doctor[name]", "fields[pain]", "data[x][y]"])
OFTEN = settings(max_examples=300, deadline=None, derandomize=True, database=None)
PLAIN = ["name", "email", "message", "peg_pain", "symptoms[]", "Where does it hurt?", "your-name", "1", "_next"]


@OFTEN
@given(PAIRS)
def test_no_name_breaks_the_reading_and_no_name_gets_lost(pairs: list[tuple[str, str]]) -> None:
    assert all(name for name, _ in plain_fields(tuple(pairs), KNOWN_NAMES))


@OFTEN
@given(st.lists(st.tuples(st.sampled_from(PLAIN[:-3] + PLAIN[-1:]), st.text(max_size=30))))
def test_a_form_with_plain_names_comes_back_as_it_was(pairs: list[tuple[str, str]]) -> None:
    assert tuple((name.removesuffix("[]"), value) for name, value in pairs) == tuple(
        (name.removesuffix("[]"), value) for name, value in plain_fields(tuple(pairs), KNOWN_NAMES)
    )


@OFTEN
@given(
    st.lists(st.tuples(st.sampled_from(["a[b]", "doctor[name]", "fields[pain]", "data[x][y]"]), st.text(max_size=9)))
)
def test_every_value_of_an_unknown_field_is_kept_in_order(pairs: list[tuple[str, str]]) -> None:
    kept = [value for _, value in plain_fields(tuple(pairs), KNOWN_NAMES)]

    assert [value for _, value in pairs] == kept


KEYS = ["a", "0", "1", "name", "email", "data", "fields", "answers", "form", "value", "label", "type", "title", "id",
        "raw_value", "first", "last", "required", "tel-1", "textarea-2", "form_id", "nonce", "consent",
        "pain"]  # fmt: skip
WORDS = st.sampled_from(["I cannot breathe", "My left hand hurts", "Ann Example", "yes", "12", "tel", "textarea"])
MARKED = st.tuples(WORDS, st.integers(0, 10**6)).map(lambda said: f"{said[0]} q{said[1]}")
NESTED = st.recursive(
    MARKED | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)
BODIES = st.dictionaries(st.sampled_from(KEYS), NESTED, min_size=1, max_size=5)


def said_in(nested: object) -> list[str]:
    """Every text at the leaves."""
    if isinstance(nested, dict | list):
        return [text for inner in (nested.values() if isinstance(nested, dict) else nested) for text in said_in(inner)]
    return [str(nested)]


@OFTEN
@given(BODIES)
def test_whatever_was_said_is_found_again(body: dict[str, object]) -> None:
    form = decode_form("application/json", json.dumps(body).encode())
    submission = parse_submission(form, a_request(), SETTINGS).submission
    found = str((submission.contact, submission.answers, submission.consent.wording))

    assert [] == [text for text in said_in(body) if " q" in text and text not in found]


@OFTEN
@given(st.lists(st.tuples(st.sampled_from(sorted(KNOWN_NAMES)), st.text(max_size=30))))
def test_the_contracts_names_are_left_alone(pairs: list[tuple[str, str]]) -> None:
    assert tuple(pairs) == plain_fields(tuple(pairs), KNOWN_NAMES)
