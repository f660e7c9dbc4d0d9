"""A desk with years behind it, in memory: thousands of enquiries, and one that much was done with."""

from __future__ import annotations

from datetime import timedelta

import app as app_module
from benchmarks.counted_dynamodb import CountedDynamoDB
from benchmarks.post import FIELDS
from chalicelib.aws import Clients
from chalicelib.context import context_from
from chalicelib.models.history_chain import HistoryEvent
from chalicelib.models.submission import Contact
from chalicelib.storage.enquiries import enquiry_item
from chalicelib.storage.history import append_event
from chalicelib.storage.lookups import lookup_items
from chalicelib.storage.table import marshal
from simulation.world import ENVIRONMENT, STAGE_KEY, World
from tests.builders import a_contact, a_submission, an_enquiry
from tests.desk_site import STAFF, DeskSite, signed_in

LEVELS = ("info", "routine", "priority", "urgent", "crisis", "emergency")
SEARCHABLE = 10
"""Every tenth can be found by name: many more than a page of results shows."""
NOTE = "Spoke to her sister, who will tell her to call back in the afternoon. " * 2


class BusyDesk:
    """`site` is the browser of a member of staff, answered once the application runs on `context`; `aws` counts what
    each request asks of DynamoDB. The enquiries came one a minute until now."""

    def __init__(self, waiting: int, closed: int) -> None:
        world = World()
        self.aws = CountedDynamoDB(world.dynamodb)
        clients = self.aws.answer_for(Clients(ENVIRONMENT))
        clients.sqs = world.clients.sqs
        self._quick = context_from(ENVIRONMENT, clock=world.clock, clients=world.clients)
        self.context = context_from(ENVIRONMENT, clock=world.clock, clients=clients)
        for number in range(waiting):
            self._store(number, "new")
        for number in range(waiting, waiting + closed):
            self._store(number, "booked")
        self.site: DeskSite = signed_in(app_module, self._quick, STAFF)

    def _store(self, number: int, status: str) -> None:
        received = self._quick.clock() - timedelta(minutes=number)
        enquiry = an_enquiry(
            id=f"enquiry-{number:05d}",
            reference=f"{number // 10_000:03d}-{number % 10_000:04d}",
            level=LEVELS[number % 6],
            status=status,
            flags=("minor", "interpreter") if number % 3 == 0 else (),
            received_at=received,
            contact_by=received + timedelta(hours=1 + number % 50),
            submission=a_submission(contact=_contact(number)),
        )
        table = self._quick.table
        lookups = lookup_items(STAGE_KEY, enquiry) if number % SEARCHABLE == 0 else ()
        for item in (enquiry_item(enquiry), *lookups):
            table.client.put_item(TableName=table.name, Item=marshal(item))

    def worked_enquiry(self, events: int) -> str:
        """An enquiry with full answers that this often something was done with; its id."""
        answer = self.site.post_json("/enquiries", FIELDS)
        enquiry_id: str = answer.json()["id"]
        for number in range(events - 1):
            at, salt = self._quick.clock(), f"{number:032x}"
            event = HistoryEvent(kind="note", by=STAFF.user, at=at, facts={"text": NOTE}, salt=salt)
            append_event(self._quick.table, enquiry_id, event)
        return enquiry_id


def _contact(number: int) -> Contact:
    mail, phone = f"ann{number}@mail.example", f"+1202556{number:04d}"
    return a_contact(name=f"Ann Example-{number}", email=mail, email_address=mail, phone=phone, phone_e164=phone)
