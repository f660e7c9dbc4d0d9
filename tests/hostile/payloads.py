"""The hostile payloads as they are kept, and the request that each of them makes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from chalicelib.desk.requests import COOKIE, TOKEN_FIELD, form_token
from chalicelib.storage.sessions import session_hash
from sandbox.proxy_event import HttpRequest
from tests.website import FORM_TYPE

Place = tuple[str, str]
KEPT: tuple[Place, ...] = (("json", "message"), ("form", "name"), ("multipart", "story"))
"""Where an enquiry that is accepted holds a text as it was typed."""
ANYWHERE: tuple[Place, ...] = (
    *KEPT,
    ("refused", "message"),
    ("json_name", "story"),
    ("header", "Accept-Language"),
    ("query", "form"),
    ("path", "/f/"),
    ("cookie", "__Host-desk_session"),
    ("desk", "search"),
)
"""Places of a text that could do harm anywhere."""
FILE = Path(__file__).parent / "payloads.jsonl"
OURS = "https://desk.clinic.example"
PAGE = [("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate")]
SCRIPT = [("Accept", "application/json")]
MULTIPART = "multipart/form-data; boundary=hostile"


@dataclass(frozen=True)
class Payload:
    """`place` says where it goes: a field of JSON, form or multipart (`name`), one of a form that is refused and comes
    back with what was typed (`refused`), the name of a field (`json_name`), a header, a value of the query, a part of
    the path (after `name`), a cookie, a field of the desk, or the whole body (`name` is its type)."""

    number: int
    family: str
    place: str
    name: str
    text: str

    @property
    def is_kept(self) -> bool:
        """Whether an enquiry that is accepted holds it."""
        return (self.place, self.name) in KEPT

    @property
    def is_shown(self) -> bool:
        """Whether it is the one of the places of its text at which it is looked at: a page of the desk takes long."""
        return self.is_kept and self.number // len(ANYWHERE) % len(KEPT) == KEPT.index((self.place, self.name))

    def request(self, session_id: str) -> HttpRequest:
        """The request that carries it; `session_id` is that of somebody at the desk."""
        if self.place in ("json", "json_name", "form", "multipart"):
            return self._post()
        if self.place == "refused":
            fields = urlencode({self.name: self.text, "story": self.text}, errors="surrogatepass").encode()
            return _sent("POST", "/enquiries", [("Content-Type", FORM_TYPE), *PAGE], fields)
        if self.place == "body":
            headers = [("Content-Type", self.name), *(PAGE if self.number % 2 else SCRIPT)]
            return _sent("POST", "/enquiries", headers, _octets(self.text))
        if self.place == "desk":
            return self._at_the_desk(session_id)
        if self.place == "cookie":
            return _sent("GET", "/desk", [("Cookie", f"x=y; {self.name}={self.text}"), *PAGE])
        if self.place == "path":
            return self._in_path()
        if self.place == "query":
            return _sent("GET", "/form", PAGE, query=f"{self.name}={_quoted(self.text)}")
        return _sent("POST", "/enquiries", [(self.name, self.text), ("Content-Type", FORM_TYPE)], self._form({}))

    def _post(self) -> HttpRequest:
        fields = {self.text: "kept"} if self.place == "json_name" else {self.name: self.text}
        if self.place in ("json", "json_name"):
            body = json.dumps({**self._person(), **fields}).encode()
            return _sent("POST", "/enquiries", [("Content-Type", "application/json"), *SCRIPT], body)
        if self.place == "form":
            return _sent("POST", "/f/homepage", [("Content-Type", FORM_TYPE), *PAGE], self._form(fields))
        body = "".join(
            f'--hostile\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in {**self._person(), **fields}.items()
        )
        whole = f"{body}--hostile--\r\n".encode("utf-8", "surrogatepass")
        return _sent("POST", "/enquiries", [("Content-Type", MULTIPART), *PAGE], whole)

    def _at_the_desk(self, session_id: str) -> HttpRequest:
        cookie = ("Cookie", f"{COOKIE}={session_id}")
        if self.name == "next":
            return _sent("GET", "/desk/sign-in", PAGE, query=f"next={_quoted(self.text)}")
        fields = {TOKEN_FIELD: form_token(session_hash(session_id)), "q": self.text}
        body = urlencode(fields, errors="surrogatepass").encode()
        headers = [cookie, ("Origin", OURS), ("Content-Type", FORM_TYPE), *PAGE]
        return _sent("POST", "/desk/search", headers, body)

    def _in_path(self) -> HttpRequest:
        path = f"{self.name}{_quoted(self.text) or '%20'}"
        if self.name == "/f/":
            return _sent("POST", path, [("Content-Type", FORM_TYPE), *PAGE], self._form({}))
        return _sent("GET", path, PAGE)

    def _person(self) -> dict[str, str]:
        """Somebody else each time: the same answers again would be a repeat."""
        return {"name": "Ann Example", "email": f"ann{self.number}@mail.example"}

    def _form(self, fields: dict[str, str]) -> bytes:
        return urlencode({**self._person(), **fields}, errors="surrogatepass").encode()


def all_payloads() -> Iterator[Payload]:
    """Those of the file, in its order."""
    for line in FILE.read_text("ascii").splitlines():
        kept = json.loads(line)
        yield Payload(kept["number"], kept["family"], kept["place"], _whole(kept["name"]), _whole(kept["text"]))


def _whole(kept: Any) -> str:
    return kept if isinstance(kept, str) else "".join(piece * times for piece, times in kept)


def _octets(text: str) -> bytes:
    """A body of one character a byte; what is more is UTF-8."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")


def _sent(method: str, path: str, headers: list[tuple[str, str]], body: bytes = b"", *, query: str = "") -> HttpRequest:
    return HttpRequest(method, path, query, headers, body, "203.0.113.9")
