"""CSV that every reader reads alike, and that no spreadsheet calculates."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from chalicelib.export.csv_table import BYTE_ORDER_MARK, csv_table, safe_cell
from chalicelib.export.enquiry_columns import ANSWERS, COLUMNS, row_of
from chalicelib.models.answers import Answers
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.submission import Attribution, Consent, Contact
from tests.builders import RECEIVED_AT, a_contact, a_submission, an_enquiry

NOT_EXPORTED = {
    "submission",
    "assessment",
    "verdict",
    "base_url",
    "is_test",
    "undo",
    "lookups_missing",
    "hold",
    "given_at",
    "withdrawn_at",
    "version",
}
"""What stands in columns of its own, or is no answer and no state."""


def read(table: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(table.removeprefix(BYTE_ORDER_MARK), newline=""), strict=True))


@pytest.mark.parametrize("cell", ["", "plain", 'a "quoted" word', "a,b", "two\r\nlines", "Ünïcode 日本 🙂", "a\nb\n"])
def test_a_cell_comes_back_as_it_was(cell: str) -> None:

    assert [["one", "two"], [cell, "x"]] == read(csv_table(["one", "two"], [[cell, "x"]]))


def test_a_table_is_in_quotes_with_crlf_and_a_byte_order_mark() -> None:

    assert '\ufeff"one","two"\r\n"say ""a""","b"\r\n' == csv_table(["one", "two"], [['say "a"', "b"]])


@pytest.mark.parametrize("sign", list("=+-@＝＋－＠"))
@pytest.mark.parametrize("before", ["", " ", "\u200b", "\ufeff ", "\xa0", "\t", "\r", "\n", "\x00"])
def test_no_cell_is_a_formula(sign: str, before: str) -> None:

    assert safe_cell(f"{before}x") == (f"'{before}x" if before in list("\t\r\n\x00") else f"{before}x")
    assert safe_cell(f"{before}{sign}cmd|' /C calc'!A0").startswith("'")


@pytest.mark.parametrize(
    ("typed", "safe"),
    [
        ("x;=1+1", "x;'=1+1"),
        ("list\n- one\n- two", "list\n'- one\n'- two"),
        ("a\t@SUM(A1)", "a\t'@SUM(A1)"),
        ("1+1=2, see a-b@c.example", "1+1=2, see a-b@c.example"),
        ("+1 202 555 0123", "'+1 202 555 0123"),
    ],
)
def test_what_another_reader_takes_for_a_cell_is_no_formula_either(typed: str, safe: str) -> None:

    assert safe == safe_cell(typed)


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="as many cells"):
        csv_table(["one", "two"], [["only"]])


def test_every_answer_and_every_state_has_a_column() -> None:
    parts = (Contact, Consent, Attribution)
    named = {*Enquiry.model_fields, *Answers.model_fields, *(name for part in parts for name in part.model_fields)}
    wanted = named - NOT_EXPORTED - {"given", "form_version", "wording"}

    assert set() == wanted - set(COLUMNS)
    assert set(ANSWERS) == set(Answers.model_fields)


def test_answers_stand_in_their_columns() -> None:
    answers = Answers(
        pain_areas=("leg_foot", "back_neck"),
        peg_pain=0,
        leave_message=False,
        message="=HYPERLINK(1)",
        other_answers={"colour": ("blue",)},
    )
    enquiry = an_enquiry(submission=a_submission(answers=answers, contact=a_contact(name="Zoë")))
    row = dict(zip(COLUMNS, row_of(enquiry), strict=True))

    assert "leg_foot; back_neck" == row["pain_areas"]
    assert ("0", "no", "") == (row["peg_pain"], row["leave_message"], row["interpreter"])
    assert ("Zoë", '{"colour": ["blue"]}') == (row["name"], row["other_answers"])
    assert RECEIVED_AT.strftime("%Y-%m-%dT%H:%M:%SZ") == row["received_at"]
    assert "'=HYPERLINK(1)" in csv_table(list(row), [list(row.values())])


def test_every_column_is_documented_in_its_order() -> None:
    document = (Path(__file__).parents[2] / "docs" / "export.md").read_text("utf-8")

    assert list(COLUMNS) == re.findall(r"^\| `(\w+)` \|", document, re.MULTILINE)
