"""A request to the desk in its own terms: who asks, what the form holds, and the proof that it is our own form."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from chalicelib.context import AppContext
from chalicelib.models.staff import Session, Staff
from chalicelib.web import WebRequest, origin_of

COOKIE = "__Host-desk_session"
CHALLENGE_COOKIE = "__Host-desk_sign_in"
"""Browsers take a cookie of such a name from this very host only: no other site of the clinic's domain can put its own
in the place of ours."""
MAX_FIELDS = 100
MAX_BYTES = 256 * 1024
"""Room for a note of 10,000 characters, each of which may take 12 in a form, carried along through a sign-in."""
TOKEN_FIELD = "form_token"  # noqa: S105  the name of a field
_PAGE = re.compile(r"/desk(/[A-Za-z0-9._~-]+)*")
_QUERY = re.compile(r"[A-Za-z0-9._~%=&+*-]{1,1500}")
_SIGN_IN = {"sign-in", "challenge", "forgot", "reset"}
_NO_PAGES = {".", "..", "sign-out", "assets", *_SIGN_IN}
SENT_HOME = "moved"
"""In the query of whoever was sent on to PUBLIC_URL: once, because a proxy there may ask us by another name."""


@dataclass(frozen=True)
class DeskRequest:
    """`session` is None where nobody need have signed in. `form` holds the fields of a post, the last of each name."""

    context: AppContext
    request: WebRequest
    session: Session | None = None
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def current_session(self) -> Session:
        """The session of whoever asks. Raises RuntimeError in a public view."""
        if self.session is None:
            raise RuntimeError("a public view has no session")
        return self.session

    @property
    def staff(self) -> Staff:
        """Who asks. Raises RuntimeError in a public view."""
        return self.current_session.staff

    @property
    def session_hash(self) -> str:
        """What stands for the session in the table. Raises RuntimeError in a public view."""
        if self.session is None:
            raise RuntimeError("a public view has no session")
        return self.session.hash

    @property
    def key(self) -> str:
        """The part of the path that names one thing, such as an enquiry id."""
        return self.request.path_values.get("key", "")

    @property
    def path(self) -> str:
        """The path below the base URL, `/desk/enquiries/…`."""
        parts = [
            self.request.path_values[name] for name in ("page", "key", "act") if self.request.path_values.get(name)
        ]
        return "/".join(["/desk", *(quote(part, safe="") for part in parts)])

    @property
    def path_and_query(self) -> str:
        """The same with what a page was asked for: filters, a day, a page of a list. What an act has just done
        (`done`) is said once."""
        query = urlencode({name: value for name, value in self.request.query.items() if name != "done"})
        return f"{self.path}?{query}" if query else self.path

    @property
    def form_token(self) -> str:
        """What our own forms carry in this session."""
        return form_token(self.session.hash) if self.session else ""

    def with_session(self, session: Session) -> DeskRequest:
        """The same request, of somebody who has signed in."""
        return replace(self, session=session)

    def link(self, path: str) -> str:
        """An address of the desk, `/desk…`, below the base URL."""
        return f"{self.request.base_url}{path}"


def form_token(hashed: str) -> str:
    """Bound to one session: nobody else can know it."""
    return hmac.new(hashed.encode(), b"form token", hashlib.sha256).hexdigest()


def read_form(request: WebRequest) -> dict[str, str]:
    """The fields of an urlencoded post; empty when it is none, too large, or cannot be read."""
    kind = request.header("content-type").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded" or len(request.body) > MAX_BYTES:
        return {}
    try:
        text = request.body.decode("ascii")
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict"))
    except ValueError:
        return {}


def session_id_of(request: WebRequest) -> str:
    """The session id in the cookie, empty when there is none."""
    return cookie_of(request, COOKIE)


def cookie_of(request: WebRequest, name: str) -> str:
    """The value of a cookie, empty when there is none. The clinic's other sites may set cookies of any shape for the
    whole domain: what stands before ours must not hide it, as it does from `http.cookies`."""
    for pair in request.header("cookie").split(";"):
        given, _, value = pair.strip().partition("=")
        if given == name:
            return value
    return ""


def is_from_ourselves(request: WebRequest) -> bool:
    """Whether a browser says that one of our own pages posted this. Where nobody knows our address (`chalice local`),
    the browser's own word for it."""
    if not request.base_url:
        return request.header("sec-fetch-site") == "same-origin"
    ours = origin_of(request.base_url)
    return bool(ours) and request.header("origin") == ours


def is_reached_elsewhere(request: WebRequest) -> bool:
    """Whether a browser came by another name than PUBLIC_URL's, such as the gateway's own. Anybody can write the Host
    header: it decides only whether somebody is sent on to our own address."""
    ours = urlsplit(request.base_url)
    host, port = request.header("host").lower(), {"http": ":80", "https": ":443"}.get(ours.scheme, "")
    is_ours = host.removesuffix(port) == ours.netloc.lower().removesuffix(port)
    return bool(host and ours.netloc) and not is_ours and SENT_HOME not in request.query


def is_sign_in(request: WebRequest) -> bool:
    """Whether this belongs to signing in: what is typed there never comes back in a page."""
    return request.path_values.get("page") in _SIGN_IN


def safe_next(path: str) -> str:
    """Where to go after sign-in: a page of the desk with its query, never anywhere else."""
    page, asked, query = path.partition("?")
    is_page = _PAGE.fullmatch(page) and not _NO_PAGES & set(page.split("/"))
    if not is_page:
        return "/desk"
    return path if not asked or _QUERY.fullmatch(query) else page


def page_of(path: str) -> str:
    """The page that an act posted to `/desk/{page}/{key}/{act}` belongs to."""
    return safe_next("/".join(path.split("/")[:4]))


def cookie_header(session_id: str, max_age_seconds: int) -> str:
    """`Lax`, so that a link from a mail arrives signed in; an empty id takes the cookie away."""
    return f"{COOKIE}={session_id}; Path=/; Max-Age={max_age_seconds}; HttpOnly; Secure; SameSite=Lax"


def challenge_cookie(sign_in_id: str, max_age_seconds: int) -> str:
    """For a sign-in under way; no other site's link begins one."""
    return f"{CHALLENGE_COOKIE}={sign_in_id}; Path=/; Max-Age={max_age_seconds}; HttpOnly; Secure; SameSite=Strict"
