"""Nothing is granted that a function does not use: each one is brought to all that it ever asks of AWS, and what its
role grants beyond that fails here. That nothing is used which is not granted, every functional test sees to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from chalice.local import LambdaContext

import app as app_module
from chalicelib.aws import Clients
from chalicelib.context import AppContext, Ids
from chalicelib.desk.acts import close, take
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.tombstone import Erasure
from chalicelib.notifications.worker import deliver_notification
from chalicelib.schedules.canary import run_canary
from chalicelib.storage.enquiries import load_enquiry, save_enquiry
from chalicelib.storage.erasure import erase_enquiry
from chalicelib.storage.outbox import due_notifications
from chalicelib.storage.viewings import keep_viewing
from chalicelib.storage.withdrawal_tokens import withdrawal_token
from sandbox.events import schedule_event, sqs_event
from sandbox.queues import open_queue
from sandbox.ses_publishing import publish_mail_events
from sandbox.staff import PEOPLE, add_people
from tests.aws_calls import API, JOBS, recorded_calls
from tests.builders import an_acceptance, an_enquiry
from tests.conftest import REGION, STAGE_KEY, SettableClock, numbered_ids
from tests.desk_site import MANAGER, DeskSite, signed_in
from tests.fake_api import FakeApi, client_error, clients_with
from tests.functional.conftest import Install
from tests.functional.test_desk_acts import do
from tests.functional.test_desk_erasing import erase
from tests.functional.test_desk_settings import save
from tests.functional.test_desk_sign_in import cookies, go_on, sign_in
from tests.functional.test_desk_telephone import take_down
from tests.role_grants import granted, needs_of
from tests.website import FORM_TYPE, Answer, Website

OF_ITS_LOG = ("logs:CreateLogStream (Log)", "logs:PutLogEvents (Log)")
OF_ITS_QUEUE = ("sqs:ReceiveMessage (Receive)", "sqs:DeleteMessage (Receive)", "sqs:GetQueueAttributes (Receive)")
USED_BY_LAMBDA = {
    **dict.fromkeys({API, *JOBS}, OF_ITS_LOG),
    **dict.fromkeys(("deliver_notification", "record_delivery_event"), OF_ITS_LOG + OF_ITS_QUEUE),
}
"""What Lambda itself does in a function's name: it writes the log and polls the queue."""
EMERGENCY = {"name": "Ann Example", "email": "ann@mail.example", "urgent_signs": "chest_breathing", "consent": "yes"}
BOUNCES = "bounce@mail.example"


@dataclass(frozen=True)
class Service:
    """One stage, as its visitors, its staff and AWS start it."""

    aws: Clients
    clock: SettableClock
    install: Install
    ids: Ids
    settings: dict[str, str]

    def website(self) -> Website:
        """The instance that answers requests knows its account by them."""
        self.install(ids=self.ids, **self.settings)
        return Website(app_module)

    def job_instance(self) -> AppContext:
        """A new one, which looks its queue up: what queues and schedules bring names no account."""
        return self.install(ids=self.ids, AWS_ACCOUNT_ID=None, **self.settings)

    def post(self, **fields: str) -> Enquiry:
        """An enquiry by the website."""
        enquiry_id = self.website().post_json("/enquiries", {**EMERGENCY, **fields}).json()["id"]
        return load_enquiry(self.job_instance().table, enquiry_id)

    def run(self, job: str) -> None:
        """What the clock starts."""
        self.job_instance()
        event = schedule_event(job, self.clock(), account="123456789012", region=REGION)
        getattr(app_module, job)(event, LambdaContext(job, 1024, 20_000))

    def work_off(self, job: str, kind: str) -> None:
        """Hand over all that lies in a queue."""
        self.job_instance()
        queue = open_queue(self.aws.sqs, f"enquiry-desk-test-{kind}", "123456789012")
        answer = self.aws.sqs.receive_message(QueueUrl=queue.url, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            getattr(app_module, job)(sqs_event(message, queue.arn), LambdaContext(job, 1024, 20_000))
            queue.delete(message)

    def deliver(self) -> None:
        """Everything in the outbox whose time has come."""
        self.clock.advance(minutes=1)
        self.run("sweep_outbox")
        self.work_off("deliver_notification", "notifications")

    def tell(self) -> None:
        """What SES has to tell of what was mailed."""
        publish_mail_events(REGION, self.clock())
        for _ in range(3):
            self.work_off("record_delivery_event", "mail-events")

    def deliver_badly(self, **apis: Any) -> None:
        """The same, while services of AWS do not work."""
        context = self.job_instance()
        broken = replace(context, clients=clients_with({"AWS_DEFAULT_REGION": REGION}, **apis))
        self.clock.advance(minutes=1)
        for owner, name in due_notifications(context.table, self.clock()):
            deliver_notification(broken, f"{owner}_{name}")


@pytest.fixture
def service(aws: Clients, clock: SettableClock, install: Install) -> Service:
    return Service(aws, clock, install, numbered_ids(), {})


def visit_and_work_at_the_desk(service: Service) -> None:
    enquiry = service.post(urgent_signs="none")
    context = service.install(ids=service.ids)
    add_people(service.aws, context.settings)
    browser = DeskSite(app_module)
    sign_in(browser, password="wrong password")
    go_on(browser, sign_in(browser, code_app="on"), code="123456", password=PEOPLE[0].password)
    signed = go_on(browser, sign_in(browser), code="123456")
    staff = DeskSite(app_module, cookies(signed)["desk_session"])
    manager = signed_in(app_module, context, MANAGER)
    answers = [
        staff.get("/desk"),
        staff.search("Ann"),
        staff.get("/desk/reports"),
        staff.post("/desk/session"),
        manager.get("/desk/export?from=2026-03-01&to=2026-03-03"),
        *work_on_it(staff, enquiry),
        take_down(staff),
        erase(manager, context, enquiry.id),
        save(manager, staff_emails="desk@clinic.example"),
        staff.post("/desk/sign-out"),
    ]

    assert [answer.status for answer in answers] == [200] * 5 + [303] * 8


def work_on_it(staff: DeskSite, enquiry: Enquiry) -> list[Answer]:
    return [
        do(staff, enquiry.id, "take"),
        do(staff, enquiry.id, "raise", 2, level="urgent", reason="says more by telephone"),
        do(staff, enquiry.id, "reply", 3),
        do(staff, enquiry.id, "note", 4, note="Called back"),
    ]


def send_what_waits_and_say_what_cannot_be_sent(service: Service) -> None:
    service.post()
    service.deliver()
    service.clock.advance(hours=24)
    service.run("send_digest")
    service.deliver()
    leave_quarantine_alone(service)
    service.deliver()
    flooded = replace(service, settings={"ALERTS_AT_ONCE": "1", "PAGES_AT_ONCE": "1"})
    flooded.post(email="third@mail.example", urgent_signs="none")
    flooded.post(email="fourth@mail.example", urgent_signs="none")
    for _ in range(7):
        flooded.deliver()
    service.post(email="other@mail.example")
    service.deliver_badly(sns=FakeApi(client_error("NotFound")), ses=FakeApi(client_error("MessageRejected")))


def hear_that_mail_to_everybody_bounced(service: Service) -> None:
    bouncing = replace(service, settings={"STAFF_EMAILS": "bounce@clinic.example", "CLINICAL_EMAILS": ""})
    bouncing.post(email=BOUNCES, urgent_signs="none")
    bouncing.deliver()
    bouncing.tell()
    service.clock.advance(hours=24)
    service.run("send_digest")
    service.deliver()
    service.tell()


def poke_what_is_due(service: Service) -> None:
    service.post()
    service.clock.advance(minutes=2)
    service.run("sweep_outbox")


def climb_the_ladder(service: Service) -> None:
    service.post()
    service.clock.advance(minutes=15)
    service.run("check_response_clocks")


def mend_what_nobody_was_told_of(service: Service) -> None:
    table = service.job_instance().table
    save_enquiry(table, an_acceptance(an_enquiry(lookups_missing=True)))
    begin_to_erase(service, service.post())
    service.clock.advance(hours=1)
    service.run("reconcile_enquiries")


def begin_to_erase(service: Service, enquiry: Enquiry) -> None:
    """As a manager's click does that is cut off after its first step."""
    table, now = service.job_instance().table, service.clock()
    keep_viewing(table, enquiry.id, MANAGER.user, now)
    erase_enquiry(table, STAGE_KEY, enquiry, Erasure(by=MANAGER.user, at=now, reason="asked", salt="5a17"))


def write_the_digest(service: Service) -> None:
    service.post()
    service.clock.advance(hours=1)
    service.run("send_digest")


def let_one_canary_arrive_and_miss_the_next(service: Service) -> None:
    def visit(_url: str, body: bytes) -> int:
        return service.website().post_raw("/enquiries", body, FORM_TYPE, Accept="text/html").status

    def nobody_home(_url: str, _body: bytes) -> int:
        raise ConnectionRefusedError

    run_canary(service.job_instance(), visit)
    service.deliver()
    service.tell()
    service.clock.advance(minutes=5)
    run_canary(service.job_instance(), visit)
    service.clock.advance(hours=1)
    run_canary(service.job_instance(), nobody_home)
    service.clock.advance(minutes=15)
    run_canary(service.job_instance(), nobody_home)


def count_what_comes_in_changes_and_turns_out_to_be_spam(service: Service) -> None:
    enquiry = service.post()
    service.run("count_for_reports")
    take(service.job_instance(), enquiry.id, by=MANAGER.user, version=1)
    service.run("count_for_reports")
    close(service.job_instance(), enquiry.id, "spam", "", by=MANAGER.user, version=2)
    service.run("count_for_reports")


def leave_quarantine_alone(service: Service) -> None:
    service.post(urgent_signs="none", _gotcha="filled")
    service.clock.advance(days=2)
    service.run("check_quarantine")


def keep_a_withdrawn_emergency_no_longer(service: Service) -> None:
    enquiry = service.post()
    withdraw(service, enquiry)
    service.run("count_for_reports")
    keep_viewing(service.job_instance().table, enquiry.id, MANAGER.user, service.clock())
    service.clock.advance(hours=73)
    service.run("apply_retention")


def withdraw(service: Service, enquiry: Enquiry) -> None:
    """The button behind the link in the mail."""
    path = f"/withdraw/{withdrawal_token(STAGE_KEY, enquiry.id)}"

    assert service.website().post_raw(path, b"withdraw=yes", FORM_TYPE).status == 303


SCENARIOS: dict[str, Callable[[Service], None]] = {
    API: visit_and_work_at_the_desk,
    "deliver_notification": send_what_waits_and_say_what_cannot_be_sent,
    "record_delivery_event": hear_that_mail_to_everybody_bounced,
    "sweep_outbox": poke_what_is_due,
    "check_response_clocks": climb_the_ladder,
    "reconcile_enquiries": mend_what_nobody_was_told_of,
    "send_digest": write_the_digest,
    "run_canary": let_one_canary_arrive_and_miss_the_next,
    "count_for_reports": count_what_comes_in_changes_and_turns_out_to_be_spam,
    "check_quarantine": leave_quarantine_alone,
    "apply_retention": keep_a_withdrawn_emergency_no_longer,
}


@pytest.mark.parametrize("function", sorted({API, *JOBS}))
def test_a_function_uses_all_that_its_role_grants(service: Service, function: str) -> None:
    with recorded_calls() as calls:
        SCENARIOS[function](service)
    needs = [need for call in calls for need in needs_of(call)]
    unused = {words for grant in granted("test") if grant.function == function for words in grant.unused(needs)}

    assert unused == {f"{function}: {words}" for words in USED_BY_LAMBDA[function]}


def test_every_role_is_of_a_function_that_is_brought_to_use_it() -> None:

    assert {grant.function for grant in granted("test")} == set(SCENARIOS)
