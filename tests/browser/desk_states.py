"""Every page of the desk in every state that it can be seen in, each brought about as staff would."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from playwright.sync_api import Page

from chalicelib.context import AppContext
from chalicelib.desk.requests import TOKEN_FIELD, form_token
from chalicelib.schedules.report_counts import count_for_reports
from chalicelib.storage.enquiries import save_enquiry
from chalicelib.storage.lookups import lookup_items
from chalicelib.storage.sessions import session_hash
from chalicelib.storage.viewings import keep_viewing
from sandbox.staff import PEOPLE, Person, add_people, add_person
from tests.builders import ENQUIRY_ID, RECEIVED_AT, an_acceptance, an_enquiry
from tests.conftest import STAGE_KEY
from tests.desk_site import BASE, STAFF, DeskSite

NEWCOMER = Person("new@example.com", "temporary password", ("staff",))
LONG_NAME = "a.very.long.name.of.staff@department-of-pain-medicine.clinic.example"
LEVELS = ("info", "routine", "priority", "urgent", "crisis", "emergency")
ANSWERS: dict[str, Any] = {
    "name": "Ann Example",
    "email": "ann@mail.example",
    "phone": "(202) 555-0123",
    "best_time": "mornings, before nine",
    "interpreter": "yes",
    "self_harm": "may_act",
    "urgent_signs": ["cold_limb", "overdose"],
    "symptoms": ["touch_hurts", "skin_colour"],
    "peg_pain": 9,
    "campaign_code": "a question of the site's own",
    "message": "My foot is cold and blue since the cast. I want to kill myself.",
}
_SEND = """([action, fields]) => {
  const form = Object.assign(document.createElement("form"), {method: "post", action});
  for (const [name, value] of Object.entries(fields)) {
    form.append(Object.assign(document.createElement("input"), {type: "hidden", name, value}));
  }
  document.body.append(form);
  form.submit();
}"""


@dataclass(frozen=True)
class Scene:
    """A browser that has signed in, and the application behind it."""

    page: Page
    desk: DeskSite
    context: AppContext

    def open(self, path: str) -> None:
        """Show a page."""
        self.page.goto(f"{BASE}{path}")

    def send(self, path: str, **fields: str) -> None:
        """Send a form from a page of ours and show what answers; what redirects is shown nowhere."""
        self.open("/desk/sign-in")
        token = form_token(session_hash(self.desk.session_id))
        with self.page.expect_navigation():
            self.page.evaluate(_SEND, [f"{BASE}{path}", {TOKEN_FIELD: token, **fields}])

    def store(self, **overrides: Any) -> str:
        """An enquiry that has come; its id."""
        enquiry = an_enquiry(**overrides)
        lookups = lookup_items(STAGE_KEY, enquiry)
        save_enquiry(self.context.table, replace(an_acceptance(enquiry), lookups=lookups))
        return enquiry.id

    def store_queue(self) -> None:
        """One enquiry of each level, two of them overdue, with all that a row may show."""
        for number, level in enumerate(LEVELS):
            self.store(
                id=f"enquiry-{number}",
                reference=f"K7F-{number:04d}",
                level=level,
                contact_by=RECEIVED_AT + timedelta(minutes=30 * (number - 1)),
                owner=("", STAFF.user, LONG_NAME)[number % 3],
                flags=("minor", "interpreter") if number % 2 else (),
                attempts=number,
            )

    def post_answers(self, **more: Any) -> str:
        """An enquiry that came through a form; its id."""
        answer = self.desk.post_json("/enquiries", {**ANSWERS, **more})

        assert 200 == answer.status, answer.text
        found: str = answer.json()["id"]
        return found

    def add_people(self) -> None:
        """Accounts, one of which has never signed in."""
        add_people(self.context.clients, self.context.settings)
        add_person(self.context.clients.cognito, self.context.settings.user_pool_id, NEWCOMER, permanent=False)
        self.page.context.clear_cookies()


State = Callable[[Scene], None]


def _sign_in(scene: Scene, person: Person = PEOPLE[0], **fields: str) -> None:
    scene.add_people()
    scene.send("/desk/sign-in", user=person.email, password=person.password, **fields)


def _after(step: State, path: str, **fields: str) -> State:
    """What answers a form that is sent after another step."""

    def state(scene: Scene) -> None:
        step(scene)
        scene.send(path, **fields)

    return state


def _at(path: str) -> State:
    return lambda scene: scene.open(path)


def _sent(path: str, **fields: str) -> State:
    return lambda scene: scene.send(path, **fields)


def _queue(query: str = "") -> State:
    def state(scene: Scene) -> None:
        scene.store_queue()
        scene.open(f"/desk{query}")

    return state


def _second_page(scene: Scene) -> None:
    for number in range(51):
        scene.store(id=f"enquiry-{number}", reference=f"K7F-{number:04d}")
    scene.open("/desk")


def _quarantine(scene: Scene) -> None:
    scene.store(status="quarantined")
    scene.open("/desk?quarantine=1")


def _enquiry(**overrides: Any) -> State:
    def state(scene: Scene) -> None:
        scene.open(f"/desk/enquiries/{scene.store(**overrides)}")

    return state


def _act(name: str, version: int = 1, **fields: str) -> State:
    """What answers an act that cannot be done."""

    def state(scene: Scene) -> None:
        scene.send(f"/desk/enquiries/{scene.store()}/{name}", version=str(version), seen="1", **fields)

    return state


def _with_everything(scene: Scene) -> None:
    scene.post_answers(name="Ann Before")
    enquiry_id = scene.post_answers()
    keep_viewing(scene.context.table, enquiry_id, LONG_NAME, scene.context.clock())
    scene.open(f"/desk/enquiries/{enquiry_id}")


def _done(scene: Scene) -> None:
    enquiry_id = scene.store()
    scene.desk.post(f"/desk/enquiries/{enquiry_id}/take", {"version": "1"})
    scene.open(f"/desk/enquiries/{enquiry_id}?done=take")


def _conflict(scene: Scene) -> None:
    enquiry_id = scene.store()
    scene.desk.post(f"/desk/enquiries/{enquiry_id}/acknowledge", {"version": "1"})
    typed = {"status": "closed", "reason": "Called back by the ward."}
    scene.send(f"/desk/enquiries/{enquiry_id}/status", version="1", seen="1", **typed)


def _signed_out_meanwhile(scene: Scene) -> None:
    enquiry_id = scene.store()
    scene.page.context.clear_cookies()
    scene.send(f"/desk/enquiries/{enquiry_id}/note", note="Half a note.")


def _earlier_session(scene: Scene) -> None:
    scene.send(f"/desk/enquiries/{scene.store()}/note", note="Half a note.", **{TOKEN_FIELD: "of another session"})


def _search(typed: str) -> State:
    def state(scene: Scene) -> None:
        scene.store_queue()
        answer = scene.desk.post("/desk/search", {"q": typed})
        if answer.status == 303:
            scene.open(answer.headers["location"].removeprefix(BASE))
        else:
            scene.send("/desk/search", q=typed)

    return state


def _taken_down(scene: Scene) -> None:
    answer = scene.desk.post("/desk/new", {"entry": "1", "name": "Ann Example", "phone": "(202) 555-0123", **_SIGNS})
    scene.open(f"/desk/new/{answer.headers['location'].rpartition('/')[2]}")


def _audit(scene: Scene) -> None:
    for typed in ("Ann", "ann@mail.example"):
        scene.desk.post("/desk/search", {"q": typed})
    scene.open("/desk/audit")


def _export(scene: Scene) -> None:
    scene.store()
    scene.open("/desk/export?from=2026-03-01&to=2026-03-02")


def _reports(scene: Scene) -> None:
    """Something to draw in every report."""
    for number, level in enumerate(LEVELS):
        values = {"attempts": 1, "first_try_at": RECEIVED_AT + timedelta(hours=number), "first_target_at": RECEIVED_AT}
        scene.store(id=f"enquiry-{number}", reference=f"K7F-{number:04d}", level=level, status="contacted", **values)
    count_for_reports(scene.context)
    scene.open("/desk/reports")


def _saved(scene: Scene) -> None:
    scene.desk.post("/desk/settings", {"version": "0", **_SETTINGS})
    scene.open("/desk/settings?saved=1")


_SIGNS = {"sign_cold_limb": "yes", "self_harm": "may_act", "language": "en"}
_SETTINGS = {
    "staff_emails": "frontdesk@clinic.example",
    "opening_hours": "Mon-Fri 09:00-17:00",
    "cover_rota": "Monday: Dr Lee, +1 202-555-0100",
}
_CODE_APP: State = lambda scene: _sign_in(scene, code_app="on")  # noqa: E731
_NEWCOMER: State = lambda scene: _sign_in(scene, NEWCOMER)  # noqa: E731


def _code(scene: Scene) -> None:
    """Of an app that was set up before."""
    scene.add_people()
    who = {"user": PEOPLE[0].email, "password": PEOPLE[0].password}
    asked = scene.desk.post("/desk/sign-in", {**who, "code_app": "on"}).headers["set-cookie"]
    scene.desk.post("/desk/challenge", {"code": "123456", **who}, Cookie=asked.partition(";")[0])
    scene.send("/desk/sign-in", **who)


def _erased(scene: Scene) -> None:
    path = f"/desk/enquiries/{scene.store()}"
    scene.desk.post(f"{path}/erase", {"version": "1", "reason": "asked", "reference": "K7F-3Q9M"})
    scene.open(path)


PUBLIC: Mapping[str, State] = {
    "sign-in": _at("/desk/sign-in?next=/desk/enquiries/1"),
    "signed out": _at("/desk/sign-in?signed_out=1"),
    "wrong password": lambda scene: _sign_in(scene, replace(PEOPLE[0], password="wrong")),
    "first password": _NEWCOMER,
    "first password refused": _after(_NEWCOMER, "/desk/challenge", new_password="a", again="b"),
    "code app": _CODE_APP,
    "code app, wrong code": _after(_CODE_APP, "/desk/challenge", code="12", password=PEOPLE[0].password),
    "code": _code,
    "forgotten": _at("/desk/forgot"),
    "reset": _after(lambda scene: scene.add_people(), "/desk/forgot", user=PEOPLE[0].email),
    "reset refused": _after(lambda scene: scene.add_people(), "/desk/reset", user=PEOPLE[0].email, code="1"),
    "session over": _signed_out_meanwhile,
}
WORKING: Mapping[str, State] = {
    "queue, empty": _at("/desk"),
    "queue": _queue(),
    "queue, more than a page": _second_page,
    "queue, filtered": _queue("?level=urgent&whose=nobody"),
    "queue, nothing fits": _queue("?level=info&overdue=1"),
    "queue, lost place": _queue("?after=nowhere"),
    "quarantine": _quarantine,
    "quarantine, empty": _at("/desk?quarantine=1"),
    "search": _at("/desk/search"),
    "search, found": _search("Ann"),
    "search, nothing": _search("nobody@mail.example"),
    **{f"enquiry, {level}": _enquiry(level=level) for level in LEVELS},
    "enquiry with everything": _with_everything,
    "enquiry in quarantine": _enquiry(status="quarantined"),
    "enquiry, closed": _enquiry(status="booked"),
    "enquiry, taken": _done,
    "enquiry in full": lambda scene: scene.open(f"/desk/enquiries/{scene.post_answers()}/whole"),
    "history of an enquiry": lambda scene: scene.open(f"/desk/enquiries/{scene.post_answers()}/history"),
    "attempt refused": _act("attempt", channel="phone"),
    "reply refused": _act("reply", words="Please call."),
    "assignment refused": _act("assign", to="nobody@clinic.example"),
    "conflict": _conflict,
    "form of an earlier session": _earlier_session,
    "telephone": _at("/desk/new"),
    "telephone refused": _sent("/desk/new", entry="1", phone="555", consent="yes", **_SIGNS),
    "taken down": _taken_down,
    "reports": _reports,
    "reports, empty": _at("/desk/reports"),
    "reports, no month": _at("/desk/reports?month=13"),
    "no access": _at("/desk/settings"),
    "no such enquiry": _at(f"/desk/enquiries/{ENQUIRY_ID}"),
}
MANAGING: Mapping[str, State] = {
    "enquiry of a manager": _enquiry(level="urgent"),
    "erase": lambda scene: scene.open(f"/desk/enquiries/{scene.store()}/erase"),
    "erase refused": _act("erase", reason="other"),
    "erased": _erased,
    "settings": _at("/desk/settings"),
    "settings saved": _saved,
    "settings refused": _sent("/desk/settings", version="0", staff_emails="nobody", opening_hours="always"),
    "settings, conflict": _sent("/desk/settings", version="7", **_SETTINGS),
    "audit": _audit,
    "export": _at("/desk/export"),
    "export of a span": _export,
    "export refused": _at("/desk/export?from=x&to="),
}
