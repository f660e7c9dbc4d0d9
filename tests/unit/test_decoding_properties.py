"""What holds of decoding, numbers, destinations and tables, whatever is typed."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from typing import Any
from urllib.parse import unquote, urlencode

from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.errors import Refusal
from chalicelib.export.csv_table import BYTE_ORDER_MARK, csv_table
from chalicelib.intake.form_body import FORM_TYPES, FormBody, decode_form
from chalicelib.intake.origins import safe_destination
from chalicelib.models.addresses import read_phone
from tests.web_requests import SETTINGS, a_draft, a_request

MANY = settings(max_examples=200, deadline=None, derandomize=True, database=None)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
PAIRS = st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=8)
CHARSETS = st.sampled_from(["", "utf-8", "latin-1", "utf-16", "utf-7", "idna", "rot13", "x" * 50, "\x00", '"'])
SNIPPETS = st.sampled_from(
    [
        *(
            b"--b",
            b"--b--",
            b"\r\n",
            b"\r\n\r\n",
            b'Content-Disposition: form-data; name="a"',
            b"{",
            b'"a":',
            b"[" * 500,
        ),
        *(
            b"%",
            b"&",
            b"=",
            b"\xff",
            b"\x00",
            b"\xed\xa0\x80",
            b"\\ud800",
            b"NaN",
            b"Content-Type: text/plain; charset=",
        ),
    ]
)
OURS = {"https://clinic.example", "https://www.clinic.example", "https://desk.clinic.example"}
URL_PIECES = st.sampled_from(
    [
        *("https:", "http:", "ftp:", "javascript:", "data:", "/", "//", "\\", "@", ":", ":443", ":80", "#", "?", "."),
        *("clinic.example", "www.clinic.example", "evil.example", "user", "\t", "\n", "\r", "\x00", " ", "\u3002"),
        *("\uff0f", "%00", "%2e", "%2f", "%5c", "[::1]", "xn--", "\u202e", "ı", "\xad", "clinic", "example", "..", ";"),
    ]
)
REFERERS = st.sampled_from(
    ["", "https://clinic.example/a/b?c", "https://evil.example/", "https://clinic.example@evil/x"]
)
SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"
UNSEEN = (
    "".join(map(chr, range(0x21)))
    + "\x7f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff\u2060"
    + "".join(map(chr, [*range(0x2000, 0x2010)]))
)
CELLS = st.text(st.sampled_from([*SIGNS, "\t", "\r", "\n", "\x00", ";", ",", '"', "'", " ", "\u200b", "a", "1"])) | TEXT
INVISIBLE = st.sampled_from(list("\u200b\u200e\u200f\u202a\u202c\u202d\u202e\u2060\u2066\u2069\ufeff\u061c\u00ad"))
NUMBERS = st.sampled_from(["(202) 555-0123", "+1 202-555-0123", "+34 612 345 678", "0044 20 7946 0018", "2025550123"])


def decoded(content_type: str, body: bytes) -> FormBody | Refusal:
    try:
        return decode_form(content_type, body)
    except Refusal as refusal:
        return refusal


@MANY
@given(st.sampled_from(FORM_TYPES), CHARSETS, st.binary(max_size=300) | st.lists(SNIPPETS, max_size=14).map(b"".join))
def test_any_bytes_of_any_type_and_charset_have_an_answer(kind: str, charset: str, body: bytes) -> None:
    content_type = f"{kind}; boundary=b" + (f"; charset={charset}" if charset else "")

    assert isinstance(decoded(content_type, body), FormBody | Refusal)


@MANY
@given(PAIRS)
@example([("name", "Zoë \U0001f600"), ("", ""), ("a&b=c", "%+ \r\n")])
def test_what_a_browser_sends_as_a_form_comes_back(pairs: list[tuple[str, str]]) -> None:
    form = decoded("application/x-www-form-urlencoded", urlencode(pairs).encode())

    assert isinstance(form, FormBody)
    assert [_unmarked(pair) for pair in pairs] == list(form.pairs)


@MANY
@given(PAIRS)
@example([('a "quoted" name', "line\r\nends"), ("symptoms[]", "--b"), ("ñ", "\x00\x1b")])
def test_what_a_browser_sends_as_multipart_comes_back(pairs: list[tuple[str, str]]) -> None:
    form = decoded("multipart/form-data; boundary=b0undary", _as_browser(pairs))

    assert isinstance(form, FormBody)
    assert [_unmarked(pair) for pair in pairs] == [(_unescaped(name), value) for name, value in form.pairs]


@MANY
@given(st.dictionaries(TEXT, TEXT | st.lists(TEXT, max_size=3), max_size=6))
def test_what_a_script_sends_as_json_comes_back(data: dict[str, Any]) -> None:
    form = decoded("application/json", json.dumps(data).encode())
    sent = [(name, each) for name, value in data.items() for each in (value if isinstance(value, list) else [value])]

    assert isinstance(form, FormBody)
    assert sent == list(form.pairs)


@MANY
@given(st.text(max_size=40) | NUMBERS)
def test_a_number_that_was_read_reads_the_same_again(typed: str) -> None:
    number = read_phone(typed)

    assert number == read_phone(number)


@MANY
@given(NUMBERS, st.lists(st.tuples(st.integers(0, 20), INVISIBLE), max_size=8))
def test_signs_that_nobody_sees_change_no_number(typed: str, signs: list[tuple[int, str]]) -> None:
    pasted = typed
    for place, sign in signs:
        pasted = pasted[:place] + sign + pasted[place:]

    assert "" != read_phone(typed) == read_phone(pasted)


@MANY
@given(NUMBERS | TEXT)
def test_a_number_is_kept_as_it_was_typed(typed: str) -> None:
    contact = a_draft(phone=typed).submission.contact
    kept = unicodedata.normalize("NFC", " ".join(typed.split()))

    assert re.fullmatch(r"(\+[1-9]\d{5,14})?", contact.phone_e164)
    if kept.isprintable() and typed.isprintable():
        assert kept == contact.phone


@MANY
@given(st.lists(URL_PIECES, max_size=9).map("".join) | st.text(max_size=40), REFERERS)
@example("https:\\\\clinic.example@evil.example/", "")
@example("https://clinic.example\\.evil.example/", "")
@example("//evil.example", "https://clinic.example/")
def test_nobody_is_sent_to_a_site_that_is_not_on_the_list(typed: str, referer: str) -> None:
    destination = safe_destination(typed, a_request(Referer=referer), SETTINGS)

    assert destination == "" or _origin_in_a_browser(destination) in OURS
    assert destination.isprintable()


@MANY
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5))
@example([("=1+1", "x\n=cmd"), ('"', "\x00=1"), ("\u200b=1", "a;@x")])
def test_a_table_comes_back_and_holds_no_formula(rows: list[tuple[str, str]]) -> None:
    table = csv_table(["one", "two"], rows)
    header, *back = csv.reader(io.StringIO(table.removeprefix(BYTE_ORDER_MARK), newline=""), strict=True)
    cells = [cell for row in back for cell in row]

    assert ["one", "two"] == header
    assert [_unguarded(cell) for row in rows for cell in row] == [_unguarded(cell) for cell in cells]
    assert [] == [cell for cell in cells if cell[:1] in ("\t", "\r", "\n") and cell]
    for cell in cells:
        assert [] == [part for part in re.split(r"[;\t\r\n]", cell) if part.lstrip(UNSEEN)[:1] in tuple(SIGNS)]


def _unmarked(pair: tuple[str, str]) -> tuple[str, str]:
    """A byte order mark at the start of a text is none of it."""
    return pair[0].removeprefix("\ufeff"), pair[1].removeprefix("\ufeff")


def _as_browser(pairs: list[tuple[str, str]]) -> bytes:
    """Multipart as browsers write it: names with escapes, values as they are. Source: HTML, section 4.10.21.8."""
    escapes = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})
    parts = (
        f'--b0undary\r\nContent-Disposition: form-data; name="{name.translate(escapes)}"\r\n\r\n{value}\r\n'
        for name, value in pairs
    )
    return f"{''.join(parts)}--b0undary--\r\n".encode()


def _unescaped(name: str) -> str:
    return name.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")


def _unguarded(cell: str) -> str:
    return cell.replace("'", "").replace("\x00", "")


def _origin_in_a_browser(url: str) -> str:
    """Where a browser would go: it strips, turns backslashes, ignores tabs and line ends, reads past user names, and
    folds the host. Source: WHATWG URL."""
    plain = re.sub(r"[\t\r\n]", "", url.strip("".join(map(chr, range(0x21))))).replace("\\", "/")
    scheme, colon, rest = plain.partition(":")
    if not colon or not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme):
        return ""
    authority = re.split(r"[/?#]", rest.lstrip("/"), maxsplit=1)[0]
    host = unicodedata.normalize("NFKC", unquote(authority.rpartition("@")[2])).lower().replace("\u3002", ".")
    default = {"http": ":80", "https": ":443"}.get(scheme.lower(), "")
    return f"{scheme.lower()}://{host.removesuffix(default)}"
