"""Bytes become names and values, or a refusal that says why."""

from __future__ import annotations

import json

import pytest

from chalicelib.errors import BodyTooLarge, MalformedBody, UnsupportedBody
from chalicelib.intake.form_body import MAX_BODY_BYTES, FormBody, decode_form

URLENCODED = "application/x-www-form-urlencoded"
BOUNDARY = "multipart/form-data; boundary=xyz"


def multipart_body(*parts: tuple[str, bytes]) -> bytes:
    """Each part is its Content-Disposition parameters and its content."""
    lines = b"".join(
        b"--xyz\r\nContent-Disposition: form-data; " + head.encode() + b"\r\n\r\n" + content + b"\r\n"
        for head, content in parts
    )
    return lines + b"--xyz--\r\n"


def pairs(content_type: str, body: bytes) -> list[tuple[str, str]]:
    return list(decode_form(content_type, body).pairs)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON;charset=UTF-8",
        'application/json; charset="utf-8"; profile=x',
    ],
)
def test_json_is_read_whatever_the_parameters(content_type: str) -> None:

    assert [("name", "Ana Núñez")] == pairs(content_type, '{"name": "Ana Núñez"}'.encode())


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/xml", "application/jsonp", "*/*", ";", "json"])
def test_any_other_type_is_refused(content_type: str) -> None:
    with pytest.raises(UnsupportedBody):
        decode_form(content_type, b'{"name": "Ann"}')


def test_repeated_names_stay_in_order() -> None:
    body = b"symptoms=swelling&name=Ann&symptoms=sweating&symptoms[]=stiffness"

    assert [
        ("symptoms", "swelling"),
        ("name", "Ann"),
        ("symptoms", "sweating"),
        ("symptoms[]", "stiffness"),
    ] == pairs(URLENCODED, body)


def test_lists_in_json_are_repeated_names() -> None:
    body = json.dumps({"symptoms": ["swelling", "sweating"], "peg_pain": 7, "consent": True, "phone": None}).encode()

    assert [
        ("symptoms", "swelling"),
        ("symptoms", "sweating"),
        ("peg_pain", "7"),
        ("consent", "true"),
    ] == pairs("application/json", body)


def test_numbers_stay_as_they_were_typed() -> None:
    body = b'{"a": 1e400, "b": 0.10, "c": ' + b"9" * 5_000 + b"}"

    assert [("a", "1e400"), ("b", "0.10"), ("c", "9" * 5_000)] == pairs("application/json", body)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ('{"address": {"city": "León", "zip": null}}', [("address[city]", "León")]),
        ('{"fields": [{"name": "email", "value": "a@b.example"}]}',
         [("fields[0][name]", "email"), ("fields[0][value]", "a@b.example")]),
        ('{"a": [1, [2, 3], {"b": [4, 5]}]}', [("a", "1"), ("a", '["2", "3"]'), ("a[2][b]", "4"), ("a[2][b]", "5")]),
        ('{"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}', [("a[b][c][d][e]", '{"f": "1"}')]),
    ],
)  # fmt: skip
def test_answers_within_an_answer_are_named_as_a_form_would(body: str, named: list[tuple[str, str]]) -> None:
    assert named == pairs("application/json", body.encode())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"name": "An',
        b"[]",
        b'"name"',
        b"null",
        b"12",
        b'{"name": "Ann", "name": "Bo"}',
        b'{"a": {"b": 1, "b": 2}}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": "\\ud800"}',
        b'{"\\udfff": "a"}',
        b'{"a": ["\\ud83d"]}',
        b'{"a": {"b": "\\ud83d"}}',
        b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b"{'name': 'Ann'}",
        b'{"a": "b"} x',
        b"\xff\xfe{\x00}\x00",
    ],
)
def test_json_that_is_no_plain_object_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedBody):
        decode_form("application/json", body)


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:

    assert [("name", "Ann")] == pairs("application/json", b'\xef\xbb\xbf{"name": "Ann"}')


@pytest.mark.parametrize("content_type", ["application/json", URLENCODED, BOUNDARY])
def test_64_kib_are_read_and_one_byte_more_is_refused(content_type: str) -> None:
    frames = {"application/json": (b'{"a":"', b'"}'), URLENCODED: (b"a=", b"")}
    start, end = frames.get(
        content_type, (b'--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\n', b"\r\n--xyz--\r\n")
    )
    fill = MAX_BODY_BYTES - len(start) - len(end)

    assert [("a", "x" * fill)] == pairs(content_type, start + b"x" * fill + end)
    with pytest.raises(BodyTooLarge):
        decode_form(content_type, start + b"x" * (fill + 1) + end)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (URLENCODED, "name=Núñez".encode()),
        (URLENCODED, b"name=N%C3%BA%C3%B1ez"),
        (URLENCODED, b"name=N%FA%F1ez"),
        (URLENCODED, "name=Núñez".encode("latin-1")),
        (URLENCODED + "; charset=iso-8859-1", b"name=N%FA%F1ez"),
        (URLENCODED + "; charset=windows-1252", b"name=N%FA%F1ez"),
        (URLENCODED + "; charset=klingon", b"name=N%C3%BA%C3%B1ez"),
        (URLENCODED + "; charset=utf-8", b"name=N%FA%F1ez"),
        (URLENCODED + "; charset=utf-7", b"name=N%C3%BA%C3%B1ez"),
        (URLENCODED + "; charset=\x00", b"name=N%C3%BA%C3%B1ez"),
        (BOUNDARY, multipart_body(('name="name"', "Núñez".encode()))),
        (BOUNDARY, multipart_body(('name="name"', "Núñez".encode("cp1252")))),
    ],
)
def test_text_is_read_though_its_charset_is_wrong(content_type: str, body: bytes) -> None:

    assert [("name", "Núñez")] == pairs(content_type, body)


def test_plus_and_percent_are_what_browsers_mean_by_them() -> None:

    assert [
        ("a b", "c d+e"),
        ("empty", ""),
        ("bare", ""),
        ("", "x"),
    ] == pairs(URLENCODED, b"a+b=c+d%2Be&empty=&bare&=x")


def test_ten_thousand_fields_are_read() -> None:
    body = "&".join(f"f{number}" for number in range(10_000)).encode()

    assert 10_000 == len(pairs(URLENCODED, body))


def test_multipart_fields_are_read_in_order() -> None:
    body = multipart_body(
        ('name="symptoms"', b"swelling"), ('name="message"', b"a\r\nb"), ('name="symptoms"', b"sweating")
    )

    assert [("symptoms", "swelling"), ("message", "a\r\nb"), ("symptoms", "sweating")] == pairs(BOUNDARY, body)


def test_an_untouched_file_box_is_no_file() -> None:
    form = decode_form(BOUNDARY, multipart_body(('name="name"', b"Ann"), ('name="scan"; filename=""', b"")))

    assert FormBody("multipart/form-data", (("name", "Ann"),)) == form


def test_a_file_is_left_out_and_told_of() -> None:
    form = decode_form(
        BOUNDARY, multipart_body(('name="scan"; filename="scan.png"', b"\x89PNG"), ('name="name"', b"Ann"))
    )

    assert FormBody("multipart/form-data", (("name", "Ann"),), has_file=True) == form


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", multipart_body(('name="a"', b"b"))),
        ("multipart/form-data; boundary=", multipart_body(('name="a"', b"b"))),
        ("multipart/form-data; boundary=other", multipart_body(('name="a"', b"b"))),
        (BOUNDARY, multipart_body(('name="a"', b"b"))[:-9]),
        (BOUNDARY, b"--xyz\r\nContent-Disposition: form-data; name=a"),
        (BOUNDARY, b"name=Ann"),
        (BOUNDARY, b""),
        (BOUNDARY, b"--xyz\r\nX: " + b"y" * 20_000 + b"\r\n\r\n\r\n--xyz--\r\n"),
        ("multipart/form-data; boundary=" + "x" * 5_000, b"--x"),
    ],
)
def test_a_broken_multipart_body_is_malformed(content_type: str, body: bytes) -> None:
    with pytest.raises(MalformedBody):
        decode_form(content_type, body)
