"""Two thousand hostile payloads, kept as data: none gives a 5xx or a stack trace, none comes back as markup or as a
header, and an enquiry that is accepted is stored as it was typed and shown as text at the desk."""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest

from chalicelib.desk.requests import COOKIE
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.text import clean_line, clean_text
from chalicelib.storage.enquiries import load_enquiry
from chalicelib.storage.sessions import start_session
from chalicelib.web import origin_of
from sandbox.gateway_answers import HttpAnswer
from sandbox.proxy_event import HttpRequest
from tests.desk_site import STAFF
from tests.fuzz.openapi_cases import ON_EVERY_ANSWER, TRACE
from tests.fuzz.played_service import PlayedService, played_service
from tests.hostile.payloads import FILE, PAGE, Payload, all_payloads
from tests.hostile.write_payloads import written

SESSION = "5e" * 32
SLICES = 7
PARTS = [0, *(pytest.param(part, marks=pytest.mark.hostile) for part in range(1, SLICES))]
"""Tests that share the payloads: a failure names its payload, and ends only its own part. The first part has some of
each family, at nearly each place."""
DESTINATIONS = {"https://desk.clinic.example", "https://clinic.example"}
SCHEMES = {"", "https", "tel", "sms", "mailto"}
LINKS = {"href", "src", "action", "formaction", "data", "srcdoc", "poster"}
NEVER = {"iframe", "object", "embed", "base", "math", "noscript", "frame"}


class _Markup(HTMLParser):
    """What a browser would act on: tags, attributes, the text of inline scripts, and all text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str]] = []
        self.inline: list[str] = []
        self.text = ""
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(name, value or "") for name, value in attrs]
        self._in_script = tag == "script"

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002  the parser's name for it
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.inline.append(data)
        else:
            self.text += data


def read(page: str) -> _Markup:
    markup = _Markup()
    markup.feed(page)
    markup.close()
    return markup


@pytest.fixture(scope="module")
def service() -> Iterator[PlayedService]:
    """One instance for all of them, with somebody at the desk."""
    with played_service(ALLOWED_ORIGINS="https://clinic.example", ASK_SELF_HARM="true") as played:
        start_session(played.context.table, SESSION, STAFF, played.context.clock())
        yield played


def assert_harmless(answer: HttpAnswer) -> None:
    """No fault of ours, nothing of our works, all security headers, no header of theirs."""
    headers = {name.lower(): value for name, value in answer.headers}
    text = f"{answer.headers}"

    assert answer.status < 500
    assert TRACE.search(answer.body) is None
    assert [] == [name for name in ON_EVERY_ANSWER if name not in headers]
    assert "x-injected" not in headers
    assert not {"\\r", "\\n", "\\x00"} & {text[at : at + 2] for at in range(len(text))}
    assert "location" not in headers or origin_of(headers["location"]) in DESTINATIONS
    if headers["content-type"].startswith("text/html"):
        assert_only_our_markup(answer.body.decode(), headers["content-security-policy"])


def assert_only_our_markup(page: str, policy: str) -> None:
    """Nothing in a page runs, loads or leads away that is not ours."""
    markup = read(page)
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in markup.inline]

    assert not NEVER & set(markup.tags)
    assert [] == [name for name, _ in markup.attributes if name.startswith(("on", "xmlns", "style"))]
    assert [] == [value for name, value in markup.attributes if (name, value) == ("http-equiv", "refresh")]
    assert [] == [given for given in hashes if given not in policy]
    for name, value in markup.attributes:
        if name in LINKS:
            assert urlsplit(value).scheme in SCHEMES
            assert "evil.example" not in urlsplit(value).netloc
            assert not value.startswith("//")


def stored_text(enquiry: Enquiry, payload: Payload) -> str:
    submission = enquiry.submission
    if payload.name == "message":
        return submission.answers.message
    if payload.name == "name":
        return submission.contact.name
    return "".join(submission.answers.other_answers.get("story", ()))


def assert_kept_and_shown(service: PlayedService, payload: Payload) -> None:
    """Stored as typed: what cannot be seen has gone, all else is there. Each text is read at the desk once."""
    enquiry = load_enquiry(service.context.table, service.enquiry_ids()[-1])
    cleaned = clean_line(payload.text) if payload.name == "name" else clean_text(payload.text)

    assert cleaned == stored_text(enquiry, payload)
    if payload.text.isprintable() and unicodedata.is_normalized("NFC", payload.text):
        assert payload.text.split() == cleaned.split()
    if payload.is_shown:
        assert_shown_as_text(service, enquiry, cleaned)


def assert_shown_as_text(service: PlayedService, enquiry: Enquiry, cleaned: str) -> None:
    path = f"/desk/enquiries/{enquiry.id}"
    page = service.answer(HttpRequest("GET", path, "", [("Cookie", f"{COOKIE}={SESSION}"), *PAGE], b"", "203.0.113.9"))

    assert 200 == page.status
    assert_harmless(page)
    assert " ".join(cleaned.split()) in " ".join(read(page.body.decode()).text.split())


def is_accepted(answer: HttpAnswer) -> bool:
    return answer.status in (200, 303)


@pytest.mark.parametrize("part", PARTS)
def test_no_hostile_payload_does_harm(service: PlayedService, part: int) -> None:
    for payload in list(all_payloads())[part::SLICES]:
        answer = service.answer(payload.request(SESSION))
        try:
            assert_harmless(answer)
            if payload.is_kept and is_accepted(answer):
                assert_kept_and_shown(service, payload)
        except AssertionError as error:
            error.add_note(f"payload {payload.number}, {payload.family} in {payload.place} {payload.name[:40]!r}")
            raise


def test_there_are_two_thousand_and_each_is_another() -> None:
    payloads = list(all_payloads())

    assert len(payloads) >= 2_000
    assert len(payloads) == len({(each.place, each.name, each.text) for each in payloads})
    assert FILE.read_text("ascii") == written()
