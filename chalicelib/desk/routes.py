"""Every route of the desk: who may use it, and what answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.context import AppContext
from chalicelib.desk import (
    act_views,
    denials,
    enquiry_in_full,
    erasing,
    queue,
    search,
    settings_views,
    sign_in,
    telephone,
)
from chalicelib.desk.audit_views import show_audit
from chalicelib.desk.export_views import export_part, show_export
from chalicelib.desk.guard import View, Who, admit
from chalicelib.desk.guesses import limited, limited_mails
from chalicelib.desk.reports import show_reports
from chalicelib.desk.requests import DeskRequest, read_form
from chalicelib.desk.static_files import show_file
from chalicelib.desk.staying import tell_session
from chalicelib.errors import AccessDenied, NotFound
from chalicelib.web import Reply, WebRequest


@dataclass(frozen=True)
class Route:
    """`path` is below the base URL; `{key}` stands for any one part. `is_use` is False for what a page asks by itself
    while nobody touches it."""

    method: str
    path: str
    view: View
    who: Who
    is_use: bool = True


ROUTES: tuple[Route, ...] = (
    Route("GET", "/desk/assets/{key}", show_file, "public"),
    Route("GET", "/desk/sign-in", sign_in.show_sign_in, "public"),
    Route("POST", "/desk/sign-in", limited(sign_in.sign_in), "public"),
    Route("POST", "/desk/challenge", limited(sign_in.answer_challenge), "public"),
    Route("GET", "/desk/forgot", sign_in.show_forgot, "public"),
    Route("POST", "/desk/forgot", limited_mails(sign_in.forgot), "public"),
    Route("POST", "/desk/reset", limited(sign_in.reset), "public"),
    Route("POST", "/desk/sign-out", sign_in.sign_out, "staff"),
    Route("GET", "/desk/session", tell_session, "staff", is_use=False),
    Route("POST", "/desk/session", tell_session, "staff"),
    Route("GET", "/desk", queue.show_queue, "staff"),
    Route("GET", "/desk/queue.json", queue.tell_queue, "staff", is_use=False),
    Route("GET", "/desk/quarantine", queue.open_quarantine, "staff"),
    Route("GET", "/desk/search", search.show_search, "staff"),
    Route("POST", "/desk/search", search.search, "staff"),
    Route("GET", "/desk/new", telephone.show_new, "staff"),
    Route("POST", "/desk/new", telephone.take_down, "staff"),
    Route("GET", "/desk/new/{key}", telephone.show_taken_down, "staff"),
    Route("GET", "/desk/reports", show_reports, "staff"),
    Route("GET", "/desk/export", show_export, "manager"),
    Route("POST", "/desk/export", export_part, "manager"),
    Route("GET", "/desk/audit", show_audit, "manager"),
    Route("GET", "/desk/settings", settings_views.show_settings, "manager"),
    Route("POST", "/desk/settings", settings_views.save_settings, "manager"),
    Route("GET", "/desk/enquiries/{key}", erasing.show_enquiry, "staff"),
    Route("GET", "/desk/enquiries/{key}/state", erasing.show_state, "staff", is_use=False),
    Route("GET", "/desk/enquiries/{key}/whole", enquiry_in_full.show_whole, "staff"),
    Route("GET", "/desk/enquiries/{key}/history", enquiry_in_full.show_history, "staff"),
    Route("GET", "/desk/enquiries/{key}/erase", erasing.ask, "manager"),
    Route("POST", "/desk/enquiries/{key}/erase", erasing.erase, "manager"),
    *(Route("POST", f"/desk/enquiries/{{key}}/{act}", act_views.run_act, who) for act, who in act_views.ACTS),
)


def answer_desk(context: AppContext, request: WebRequest) -> Reply:
    """Answer one request to the desk: find its route, admit it, run its view."""
    desk = DeskRequest(context, request, form=read_form(request) if request.method == "POST" else {})
    route = route_of(request, ROUTES)
    if route is None:
        return denials.nothing_here(desk)
    try:
        admitted = admit(desk, route.who, is_use=route.is_use)
        if route.who != "public":
            context.stage_settings.fresh()
        return route.view(admitted)
    except AccessDenied as denied:
        return denials.refuse_access(desk, denied)
    except NotFound:
        return denials.nothing_here(desk)


def route_of(request: WebRequest, routes: Iterable[Route]) -> Route | None:
    """The route of a request; HEAD is a GET."""
    method = "GET" if request.method == "HEAD" else request.method
    given = [request.path_values[name] for name in ("page", "key", "act") if request.path_values.get(name)]
    return next((route for route in routes if route.method == method and _fits(route.path, given)), None)


def _fits(path: str, given: list[str]) -> bool:
    wanted = path.split("/")[2:]
    return len(wanted) == len(given) and all(want in ("{key}", have) for want, have in zip(wanted, given, strict=True))
