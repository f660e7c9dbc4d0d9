"""Every route of the desk: who may use it, and what answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.context import AppContext
from chalicelib.desk import refusals, sign_in
from chalicelib.desk.guard import View, Who, admit
from chalicelib.desk.requests import DeskRequest
from chalicelib.desk.static_files import show_file
from chalicelib.errors import AccessDenied, NotFound
from chalicelib.web import Reply, WebRequest


@dataclass(frozen=True)
class Route:
    """`path` is below the base URL; `{key}` stands for any one part."""

    method: str
    path: str
    view: View
    who: Who


ROUTES: tuple[Route, ...] = (
    Route("GET", "/desk/assets/{key}", show_file, "public"),
    Route("GET", "/desk/sign-in", sign_in.show_sign_in, "public"),
    Route("POST", "/desk/sign-in", sign_in.sign_in, "public"),
)


def answer_desk(context: AppContext, request: WebRequest) -> Reply:
    """Answer one request to the desk: find its route, admit it, run its view."""
    desk = DeskRequest(context, request)
    route = route_of(request, ROUTES)
    if route is None:
        return refusals.nothing_here(desk)
    try:
        return route.view(admit(desk, route.who))
    except AccessDenied as denied:
        return refusals.refuse_access(desk, denied)
    except NotFound:
        return refusals.nothing_here(desk)


def route_of(request: WebRequest, routes: Iterable[Route]) -> Route | None:
    """The route of a request; HEAD is a GET."""
    method = "GET" if request.method == "HEAD" else request.method
    given = [request.path_values[name] for name in ("page", "key", "act") if request.path_values.get(name)]
    return next((route for route in routes if route.method == method and _fits(route.path, given)), None)


def _fits(path: str, given: list[str]) -> bool:
    wanted = path.split("/")[2:]
    return len(wanted) == len(given) and all(want in ("{key}", have) for want, have in zip(wanted, given, strict=True))
