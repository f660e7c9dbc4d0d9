"""Names of any script, addresses, telephone numbers in any notation."""

from __future__ import annotations

import pytest

from chalicelib.intake.contact import MAX_MESSAGE
from chalicelib.models.addresses import read_email, read_phone
from tests.web_requests import a_draft


@pytest.mark.parametrize(
    "typed",
    [
        "(202) 555-0123",
        "202.555.0123",
        "2025550123",
        "+1 202 555 0123",
        "1-202-555-0123",
        "001 202 555 0123",
        "\u202d202\u2011555\u20110123\u202c",
        "\u200e+1\u00a0202\u00a0555\u00a00123",
        "202 555 0123 (mobile)",
        "call me: 202-555-0123",
        "tel:+1-202-555-0123",
        "２０２５５５０１２３",
    ],
)
def test_a_number_is_read_in_any_notation(typed: str) -> None:

    assert "+12025550123" == read_phone(typed)


@pytest.mark.parametrize(
    ("typed", "number"), [("+52 55 1234 5678", "+525512345678"), ("0034 912 345 678", "+34912345678")]
)
def test_a_foreign_number_keeps_its_country(typed: str, number: str) -> None:

    assert number == read_phone(typed)


@pytest.mark.parametrize("typed", ["", "none", "12", "ask my wife", "@", "+", "0" * 500, "\x00", "1" * 40])
def test_what_nobody_could_dial_is_no_number(typed: str) -> None:

    assert "" == read_phone(typed)


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("ann@mail.example", "ann@mail.example"),
        ("  Ann.O'Neil+crps@Mail.Example  ", "Ann.O'Neil+crps@mail.example"),
        ("Ann Example <ann@mail.example>", "ann@mail.example"),
        ("mailto:ann@mail.example", "ann@mail.example"),
        ("ann@mail.example.", "ann@mail.example"),
        ("\u200bann@mail.example\ufeff", "ann@mail.example"),
        ("ann@mail.example, bo@mail.example", "ann@mail.example"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("josé@mail.example", "josé@mail.example"),
        ("x" * 64 + "@mail.example", "x" * 64 + "@mail.example"),
    ],
)
def test_an_address_is_read(typed: str, address: str) -> None:

    assert address == read_email(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ann",
        "ann@",
        "@mail.example",
        "ann@mail",
        "ann@@mail.example",
        "ann example@mail.example",
        "ann@mail..example",
        ".ann@mail.example",
        "ann@-mail.example",
        "x" * 65 + "@mail.example",
        "ann@" + "a" * 64 + ".example",
        "ann@mail.123",
        "ann@[127.0.0.1]",
        '"ann"@mail.example',
        "a@" + "b." * 200 + "example",
    ],
)
def test_what_no_mail_server_takes_is_no_address(typed: str) -> None:

    assert "" == read_email(typed)


@pytest.mark.parametrize(
    "typed", ["ann@mail.example\r\nBcc: bo@mail.example", "ann@mail.example%0aBcc:x@y.example", "a\x00nn@mail.example"]
)
def test_an_address_brings_no_header_with_it(typed: str) -> None:
    address = read_email(typed)

    assert not set(address) & set("\r\n\x00 ,;<>")
    assert address.count("@") <= 1


@pytest.mark.parametrize(
    "name",
    [
        "Ann",
        "Nguyễn Thị Minh Khai",
        "محمد بن سلمان",
        "Ωμέγα",
        "李小龍",
        "O’Connor-Smith, Jr.",
        "علی\u200cرضا",
        "X Æ A-12",
        "Null",
    ],
)
def test_a_name_of_any_script_is_kept_as_it_is(name: str) -> None:
    draft = a_draft(name=name)

    assert name == draft.submission.contact.name
    assert () == draft.problems
    assert {} == draft.submission.answers.other_answers


def test_a_name_loses_line_ends_and_control_characters() -> None:

    assert "Ann Bcc: x Example" == a_draft(name="Ann\r\nBcc: x\x00\u202e Example\u200b").submission.contact.name


def test_an_unreadable_number_beside_a_good_address_is_a_flag() -> None:
    draft = a_draft(phone="ask my wife")

    assert () == draft.problems
    assert "phone_unreadable" in draft.submission.flags
    assert "ask my wife" == draft.submission.contact.phone
    assert "" == draft.submission.contact.phone_e164
    assert {"phone": ("ask my wife",)} == draft.submission.answers.other_answers


def test_an_unreadable_address_beside_a_good_number_is_a_flag_and_is_screened() -> None:
    draft = a_draft(phone="202-555-0123", email="ann at mail")

    assert () == draft.problems
    assert "email_unreadable" in draft.submission.flags
    assert "ann at mail" == draft.submission.contact.email
    assert "" == draft.submission.contact.email_address
    assert {"email": ("ann at mail",)} == draft.submission.answers.other_answers


def test_two_unreadable_ways_are_two_problems() -> None:
    draft = a_draft(phone="12", email="ann")

    assert {
        ("phone", "TYPE_TEXT"),
        ("email", "TYPE_EMAIL"),
    } == {(problem.field, problem.code) for problem in draft.problems}


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"name": ""}, "name", "REQUIRED_FIELD_MISSING"),
        ({"name": " \u200b "}, "name", "REQUIRED_FIELD_EMPTY"),
        ({"email": ""}, "email", "REQUIRED_FIELD_MISSING"),
        ({"email": "  "}, "email", "REQUIRED_FIELD_EMPTY"),
        ({"email": "ann"}, "email", "TYPE_EMAIL"),
        ({"email": "", "phone": "12"}, "phone", "TYPE_TEXT"),
        ({"name": "x" * 301}, "name", "TYPE_TEXT"),
        ({"message": "x" * (MAX_MESSAGE + 1)}, "message", "TYPE_TEXT"),
    ],
)
def test_what_must_be_mended_names_field_and_code(fields: dict[str, str], field: str, code: str) -> None:

    assert [(field, code)] == [(problem.field, problem.code) for problem in a_draft(**fields).problems]


def test_a_message_of_10000_characters_is_kept_whole() -> None:
    draft = a_draft(message="ñ" * MAX_MESSAGE)

    assert () == draft.problems
    assert "ñ" * MAX_MESSAGE == draft.submission.answers.message


def test_the_first_way_that_can_be_read_is_used_and_the_others_are_kept() -> None:
    draft = a_draft(("email", "ann"), ("phone", "12"), ("phone", "202-555-0123"), ("phone", "202-555-0124"))

    assert "ann@mail.example" == draft.submission.contact.email_address
    assert "+12025550123" == draft.submission.contact.phone_e164
    assert {"email": ("ann",), "phone": ("12", "202-555-0124")} == draft.submission.answers.other_answers


@pytest.mark.parametrize("typed", ["555-0142", "1234567", "0000000000"])
def test_a_number_without_its_area_code_is_not_readable(typed: str) -> None:
    assert "" == read_phone(typed)


def test_a_mail_link_is_an_address_in_any_case() -> None:
    assert "a@x.example" == read_email("MAILTO:a@x.example")
