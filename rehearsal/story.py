"""The story of a deployed stage, from an empty account to one that holds nothing but data. Each part raises
BrokenPromise at the first thing that does not hold."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from infrastructure.templates import DATA_TEMPLATE, SERVICE_TEMPLATE, read_template
from rehearsal.comparison import PROBE, Comparison
from rehearsal.declared import Declared, declared_by
from rehearsal.empty_account import EmptyAccount
from rehearsal.enquiries import (
    Accepted,
    Person,
    post_base64,
    post_json,
    post_multipart,
    post_urlencoded,
    require_stored,
    wait_for_mails,
)
from rehearsal.inventory import Inventory, inventory_of
from rehearsal.log_checks import check_logs, logged
from rehearsal.package_checks import check_package
from rehearsal.schedules import fire, fire_all
from rehearsal.steps import promise, same, say, step, wait_for
from rehearsal.visitor import Visitor, signed_in
from rehearsal.wiring import Wiring
from rehearsal.working_copy import CHALICE, STAGE, TABLE, VARIABLES, WorkingCopy

MANAGER, PASSWORD = "manager@clinic.example", "a sentence for the rehearsal"
ANN = Person("Ann Rehearsal", "ann@example.com", "My hand hurts since March.")
BEN = Person("Ben Rehearsal", "ben@example.com", "May I come on a Tuesday?")
CAL = Person("Cal Rehearsal", "cal@example.com", "¿Cuánto cuesta? Gracias, Cal")
DEE = Person("Dee Rehearsal", "bounce@simulator.amazonses.com", "A message with an umlaut: schön.")


@dataclass
class Story:
    """One working copy and one account. `accepted` grows by every enquiry that was answered."""

    copy: WorkingCopy
    accepted: list[Accepted] = field(default_factory=list)
    declared: Declared = field(init=False)

    def __post_init__(self) -> None:
        self.declared = declared_by(self.copy)

    @property
    def account(self) -> EmptyAccount:
        """Where the stage is deployed."""
        return self.copy.account

    @property
    def visitor(self) -> Visitor:
        """Somebody new, at the address of now."""
        return Visitor(self.copy.api["rest_api_url"].rstrip("/"), self.account.trusted)

    def deploy(self, words: str = "make deploy STAGE=dev in an empty account") -> str:
        """Deploy, with everything that belongs to it, and return what was said."""
        with step(words):
            said = self.copy.run("-m", "infrastructure.deploy", STAGE)
            problem = "Deployed, but not everything works"
            promise(problem not in said, said)
            return said

    def compare(self) -> None:
        """Hold what exists against what is declared."""
        with step("what exists is what app.py and the templates declare"):
            comparison = Comparison(self.copy, self.declared)
            comparison.compare()
            Wiring(comparison).check()
        with step("the package: bytecode for every module, no name twice, within its size"):
            check_package(self.account, self.package)

    @property
    def package(self) -> Path:
        """The zip that Chalice has uploaded."""
        (package,) = (self.copy.folder / "build" / "project" / STAGE / ".chalice" / "deployments").glob("*.zip")
        return package

    def answer(self) -> None:
        """The gateway and its own answers."""
        with step("the gateway: pages, preflight, HEAD, our error shape where nothing is"):
            visitor = self.visitor
            same(200, visitor.ask("GET", "/form").status, "GET /form")
            health = visitor.ask("GET", "/health?deep=1")
            same((200, []), (health.status, health.fields["settings_to_mend"]), "GET /health?deep=1")
            head = visitor.ask("HEAD", "/health")
            same((200, b""), (head.status, head.body), "HEAD /health")
            asked = {"Origin": "https://clinic.example", "Access-Control-Request-Method": "POST"}
            preflight = visitor.ask("OPTIONS", "/enquiries", **asked)
            same("https://clinic.example", preflight.headers.get("access-control-allow-origin"), "preflight")
            for path in ("/nothing", "/desk/a/b/c/d"):
                nothing = visitor.ask("GET", path, Accept="application/json")
                same((404, VARIABLES["CLINIC_PHONE"]), (nothing.status, nothing.fields.get("phone")), f"GET {path}")
                same("*", nothing.headers.get("access-control-allow-origin"), f"GET {path}")

    def take(self) -> None:
        """Enquiries in every encoding, all the way to their mails and what became of those."""
        with step("enquiries in four encodings → stored → queue → mail → delivery event"):
            visitor = self.visitor
            ordinary = [post_json(visitor, ANN), post_urlencoded(visitor, BEN), post_multipart(visitor, CAL)]
            bounced = post_base64(self.account, self.declared, DEE)
            self.accepted += [*ordinary, bounced]
            require_stored(self.copy, self.accepted)
            wait_for_mails(self.copy, ordinary)
            wait_for_mails(self.copy, [bounced], "bounced")

    def run_schedules(self) -> None:
        """Every schedule once, and the canary until it has arrived."""
        with step("schedules: each fired once; the canary posts, and is seen to arrive"):
            fire_all(self.account, self.declared)
            wait_for(self._canary_arrived, "the canary has not arrived", seconds=60)

    def _canary_arrived(self) -> bool:
        fire(self.account, self.declared, "run_canary")
        told = logged(self.account)[self.declared.deployed_name("run_canary")]
        return any(json.loads(line)["message"] == "canary arrived" for line in told)

    def open_desk(self) -> None:
        """A manager gets an account, signs in, and reads an enquiry."""
        with step("desk: make staff, sign in, the queue, an enquiry"):
            same(200, self.visitor.ask("GET", "/desk/sign-in").status, "GET /desk/sign-in")
            self.copy.run("-m", "infrastructure.staff_account", STAGE, MANAGER, "manager")
            # As its owner does with the temporary one.
            self.account.client("cognito-idp").admin_set_user_password(
                UserPoolId=self.copy.config["environment_variables"]["USER_POOL_ID"],
                Username=MANAGER,
                Password=PASSWORD,
                Permanent=True,
            )
            self.read_at_desk(*self.accepted)

    def desk(self) -> Visitor:
        """A manager who has signed in."""
        return signed_in(self.visitor, MANAGER, PASSWORD)

    def read_at_desk(self, *accepted: Accepted) -> None:
        """Sign in, and find enquiries in the queue and by themselves."""
        desk = self.desk()
        queue = desk.ask("GET", "/desk", Accept="text/html")
        for each in accepted:
            promise(each.reference in queue.text, f"the queue of the desk ({queue.status}) lacks an enquiry")
            page = desk.ask("GET", f"/desk/enquiries/{each.id}", Accept="text/html")
            shown = page.status == 200 and each.person.name in page.text and each.person.email in page.text
            promise(shown, f"the desk does not show an enquiry: {page.status}")

    def look_at_logs(self) -> None:
        """What the functions have logged, and that they wrote nowhere."""
        with step("logs: JSON, no errors, nothing that was typed; no call beyond a role"):
            state = self.account.state()
            same([], list(state["written"]), "files written into the package's read-only folder")
            self.nothing_refused()
            check_logs(self.account, self.accepted)

    def nothing_refused(self) -> None:
        """That no function asked for more than its role grants, but for our own probe."""
        refused = self.account.state()["refused"]
        same([], [call for call in refused if PROBE not in call], "calls that a role does not grant")

    def deploy_again(self) -> None:
        """A second deployment changes nothing."""
        before, config = self._facts(), self.copy.config
        self.deploy("make deploy STAGE=dev again")
        with step("nothing has changed by it"):
            same(before, self._facts(), "what stands")
            same(config, self.copy.config, "configuration")

    def deploy_plainly(self) -> None:
        """Chalice's own command from the root: it wipes the gateway's answers, which are put back."""
        with step("plain chalice deploy from the root; make smoke says what it wiped"):
            self.copy.run(*CHALICE, "deploy", "--stage", STAGE)
            said = self.copy.run("-m", "infrastructure.smoke", STAGE, fails=True)
            promise(f"make gateway STAGE={STAGE}" in said, f"the smoke test does not say how to mend it: {said}")
        with step("make gateway STAGE=dev puts it back, and make smoke is content"):
            self.copy.run("-m", "infrastructure.gateway", STAGE)
            self.copy.run("-m", "infrastructure.smoke", STAGE)

    def _facts(self) -> dict[str, object]:
        """What stands, and which version of it."""
        functions = self.account.client("lambda").list_functions()["Functions"]
        code = {each["FunctionName"]: each["CodeSha256"] for each in functions}
        return {**inventory_of(self.account), "code": code, "URL": self.copy.api["rest_api_url"]}

    def destroy(self) -> Inventory:
        """Take the stage down, and list what is left."""
        with step("make destroy STAGE=dev: nothing but data is left"):
            self.copy.run("-m", "infrastructure.destroy", STAGE, STAGE)
            left = inventory_of(self.account)
            unwanted = {kind: names for kind, names in left.items() if kind not in _may_stay()}
            promise(not unwanted, f"destroyed, and still there: {unwanted}")
            same({f"enquiry-desk-{STAGE}-data"}, left.get("stacks"), "stacks that are left")
            same({TABLE, self.copy.table}, left.get("tables"), "tables that are left")
        for kind, names in left.items():
            say(f"left: {kind}: {', '.join(sorted(names))}")
        return left

    def come_back(self, left: Inventory) -> None:
        """Deploy once more: the stage takes up its data again."""
        old = self.accepted[0]
        self.deploy("make deploy STAGE=dev once more takes the data up again")
        with step("an old enquiry is read at the desk, a new one is taken"):
            stands = inventory_of(self.account)
            same({kind: left[kind] for kind in _DATA}, {kind: stands[kind] for kind in _DATA}, "data")
            self.read_at_desk(old)
            self.accepted.append(post_json(self.visitor, Person("Eve Rehearsal", "eve@example.com", "Once more.")))
            wait_for_mails(self.copy, self.accepted[-1:])
            self.nothing_refused()


_DATA = ("tables", "keys", "user pools")
_KIND_OF_TYPE = {
    "AWS::DynamoDB::Table": "tables",
    "AWS::KMS::Key": "keys",
    "AWS::KMS::Alias": "key aliases",
    "AWS::Cognito::UserPool": "user pools",
    "AWS::SES::EmailIdentity": "SES identities",
    "AWS::Logs::LogGroup": "log groups",
    "AWS::IAM::Role": "roles",
}


def _may_stay() -> set[str]:
    """Kinds that the templates keep: those of the data stack, and what carries `DeletionPolicy: Retain`."""
    data = read_template(DATA_TEMPLATE.read_text("utf-8"))["Resources"].values()
    service = read_template(SERVICE_TEMPLATE.read_text("utf-8"))["Resources"].values()
    kept = [*data, *(each for each in service if each.get("DeletionPolicy", "").startswith("Retain"))]
    return {"stacks", *(_KIND_OF_TYPE[each["Type"]] for each in kept if each["Type"] in _KIND_OF_TYPE)}
