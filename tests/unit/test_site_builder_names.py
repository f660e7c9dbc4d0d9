"""What holds for whatever names a site builder gives to its fields."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.intake.parsing import KNOWN_NAMES
from chalicelib.intake.site_builders import plain_fields

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
