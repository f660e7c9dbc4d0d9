"""`python -m sandbox run`: a post is stored and reaches the clinic, whatever fails meanwhile."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from tests.sandbox_process import STANDS, Sandbox, ask, free_port, running, running_sandbox, wait_until

pytestmark = pytest.mark.sandbox


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Iterator[Sandbox]:
    """The shared sandbox, mended afterwards."""
    yield running_sandbox
    for service in ("ses", "dynamodb", "sqs", "sns"):
        running_sandbox.set_fault(service, None)


def post(url: str, **fields: Any) -> Any:
    """Post an enquiry as JSON and return the answer's JSON."""
    answer = ask(f"{url}/enquiries", {"name": "Ann Lee", "email": f"ann{time.time_ns()}@mail.example", **fields})

    assert answer.status == 200, answer.body
    return answer.json


def wait_for_mails(sandbox: Sandbox, reference: str, count: int = 2) -> list[dict[str, Any]]:
    """The mails about one enquiry, once there are so many."""
    return wait_until(
        lambda: mails if len(mails := sandbox.mails(reference)) >= count else None, f"{count} mails about {reference}"
    )


def stored_enquiry(sandbox: Sandbox, enquiry_id: str) -> dict[str, Any]:
    """The stored item, read as any AWS client would."""
    keys = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
    endpoint = f"http://127.0.0.1:{sandbox.aws_port}"
    table = boto3.client("dynamodb", endpoint_url=endpoint, region_name="us-east-1", **keys)
    key = {"pk": {"S": f"ENQUIRY#{enquiry_id}"}, "sk": {"S": "ENQUIRY"}}
    item: dict[str, Any] = table.get_item(TableName="enquiry-desk-local-enquiries", Key=key)["Item"]
    return item


def test_start_prints_where_everything_is(sandbox: Sandbox) -> None:
    output = sandbox.command.output

    assert f"{sandbox.root}/form" in output
    assert f"{sandbox.root}/sandbox/mailbox" in output
    assert f"http://127.0.0.1:{sandbox.aws_port}" in output


def test_post_is_stored_where_any_aws_client_can_see_it(sandbox: Sandbox) -> None:
    answer = post(sandbox.url)

    assert stored_enquiry(sandbox, answer["id"])["reference"] == {"S": answer["reference"]}


def test_post_becomes_a_mail_to_the_clinic_and_one_to_the_person(sandbox: Sandbox) -> None:
    mails = wait_for_mails(sandbox, post(sandbox.url, email="ann@mail.example")["reference"])

    assert {("staff_alert", "frontdesk@clinic.example"), ("acknowledgement", "ann@mail.example")} == {
        (mail["kind"], mail["to"][0]) for mail in mails
    }
    assert all(mail["text"] and mail["html"] and mail["subject"] and mail["from"] for mail in mails)


def test_mailbox_for_people_shows_the_mail(sandbox: Sandbox) -> None:
    reference = post(sandbox.url)["reference"]
    wait_for_mails(sandbox, reference)
    page = ask(f"{sandbox.root}/sandbox/mailbox")

    assert page.headers["content-type"].startswith("text/html")
    assert reference in page.body.decode()


def test_emergency_raises_an_alert(sandbox: Sandbox) -> None:
    reference = post(sandbox.url, urgent_signs=["chest_breathing"])["reference"]
    alert = wait_until(lambda: sandbox.alerts(reference), "the alert")[0]

    assert {"topic", "subject", "message", "at"} == set(alert)


def test_demo_page_stands_at_the_root(sandbox: Sandbox) -> None:
    page = ask(f"{sandbox.root}/")

    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")


@pytest.mark.parametrize("path", ["/..%2f..%2fREADME.md", "/../__main__.py", "/%2e%2e/pump.py"])
def test_demo_site_serves_nothing_outside_its_folder(sandbox: Sandbox, path: str) -> None:
    assert ask(f"{sandbox.root}{path}").status == 404


def test_tick_moves_the_clock_of_mail_and_alerts_too(sandbox: Sandbox) -> None:
    now = sandbox.tick(24 * 60)["now"]
    reference = post(sandbox.url)["reference"]

    assert wait_for_mails(sandbox, reference)[0]["at"][:13] >= now[:13]


def test_tick_moves_the_service_clock(sandbox: Sandbox) -> None:
    before = sandbox.tick(0)["now"]
    answer = sandbox.tick(90)

    assert answer["moved_minutes"] == 90
    assert before < answer["now"]
    assert {"now", "moved_minutes", "delivered"} == set(answer)


@pytest.mark.parametrize("minutes", ["-1", "soon", "99999999999"])
def test_tick_refuses_what_is_no_number_of_minutes(sandbox: Sandbox, minutes: str) -> None:
    assert ask(f"{sandbox.root}/sandbox/tick?minutes={minutes}", b"").status == 400


@pytest.mark.parametrize("fault", ["down", "throttled", "paused"])
def test_mail_that_ses_refuses_for_now_arrives_after_it_is_mended(sandbox: Sandbox, fault: str) -> None:
    sandbox.set_fault("ses", fault)
    reference = post(sandbox.url)["reference"]
    sandbox.tick(1)
    unsent = sandbox.mails(reference)
    sandbox.set_fault("ses", None)
    sandbox.tick(120)

    assert unsent == []
    assert {"staff_alert", "acknowledgement"} == {mail["kind"] for mail in wait_for_mails(sandbox, reference)}


@pytest.mark.parametrize("fault", ["silent", "garbled"])
def test_mail_that_ses_took_without_a_readable_answer_is_not_sent_twice(sandbox: Sandbox, fault: str) -> None:
    sandbox.set_fault("ses", fault)
    reference = post(sandbox.url)["reference"]
    wait_for_mails(sandbox, reference)
    sandbox.set_fault("ses", None)
    sandbox.tick(5)

    assert sorted(mail["kind"] for mail in sandbox.mails(reference)) == ["acknowledgement", "staff_alert"]


def test_mail_that_never_reached_ses_is_sent_when_no_event_tells_of_it(sandbox: Sandbox) -> None:
    sandbox.set_fault("ses", "lost")
    reference = post(sandbox.url)["reference"]
    sandbox.tick(0)
    unsent = sandbox.mails(reference)
    sandbox.set_fault("ses", None)
    sandbox.tick(5)

    assert unsent == []
    assert sorted(mail["kind"] for mail in sandbox.mails(reference)) == ["acknowledgement", "staff_alert"]


def test_bounced_acknowledgement_flags_the_enquiry(sandbox: Sandbox) -> None:
    enquiry_id = post(sandbox.url, email="bounce@mail.example")["id"]

    assert wait_until(lambda: "email_bounced" in str(stored_enquiry(sandbox, enquiry_id)["flags"]), "the flag")


def test_enquiry_that_nobody_acts_on_gets_louder(sandbox: Sandbox) -> None:
    reference = post(sandbox.url, urgent_signs=["chest_breathing"])["reference"]
    sandbox.tick(11)
    after_minutes = {mail["kind"] for mail in sandbox.mails(reference)}
    sandbox.tick(4 * 24 * 60)
    in_the_end = {mail["kind"] for mail in sandbox.mails(reference)}

    assert "re_alert" in after_minutes
    assert {"reminder", "backup_alert"} <= in_the_end


def test_tick_sends_a_test_enquiry_through_its_own_server(sandbox: Sandbox) -> None:
    sandbox.tick(60)
    sandbox.tick(10)

    assert wait_until(lambda: "canary arrived" in sandbox.command.output, "the canary")
    assert "canary late" not in sandbox.command.output


def test_post_is_a_success_without_queue_and_the_sweeper_delivers_it(sandbox: Sandbox) -> None:
    sandbox.set_fault("sqs", "down")
    reference = post(sandbox.url)["reference"]
    sandbox.set_fault("sqs", None)
    sandbox.tick(5)

    assert len(wait_for_mails(sandbox, reference)) == 2


def test_post_is_an_honest_503_without_table(sandbox: Sandbox) -> None:
    sandbox.set_fault("dynamodb", "down")
    answer = ask(f"{sandbox.url}/enquiries", {"name": "Ann Lee", "email": "ann@mail.example"})

    assert answer.status == 503
    assert (answer.json["errors"][0]["code"], answer.json["phone"]) == ("NOT_STORED", "+1 202-555-0100")


def test_app_keeps_serving_while_mail_is_slow(sandbox: Sandbox) -> None:
    sandbox.set_fault("ses", "slow")
    post(sandbox.url)
    began = time.monotonic()
    statuses = [ask(f"{sandbox.url}/health").status for _ in range(20)]

    assert statuses == [200] * 20
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "body", [{"service": "s3", "fault": "down"}, {"service": "ses", "fault": "sad"}, {"service": "ses"}, b"no"]
)
def test_unknown_fault_gets_a_word_of_what_there_is(sandbox: Sandbox, body: Any) -> None:
    answer = ask(f"{sandbox.root}/sandbox/faults", body)

    assert answer.status == 400
    assert answer.json["error"]


def test_unknown_path_and_method_get_the_service_error_shape(sandbox: Sandbox) -> None:
    path, method = ask(f"{sandbox.url}/nope"), ask(f"{sandbox.url}/health", method="DELETE")

    assert (path.status, path.json["errors"][0]["code"]) == (404, "FORM_NOT_FOUND")
    assert (method.status, method.headers["access-control-allow-origin"]) == (405, "*")


def test_everything_works_below_a_base_path() -> None:
    with running_sandbox("/api") as sandbox:
        answer = post(sandbox.url)
        receipt = ask(answer["next"])
        mails = wait_for_mails(sandbox, answer["reference"])
        outside = ask(f"{sandbox.root}/enquiries", {"name": "Ann"})

    assert answer["next"].startswith(f"{sandbox.root}/api/received/")
    assert receipt.status == 200
    assert any(f"{sandbox.root}/api/desk/enquiries/" in mail["text"] for mail in mails)
    assert outside.status == 404


@pytest.mark.parametrize("variable", ["PORT", "AWS_PORT"])
def test_busy_port_gets_one_line_that_names_port_and_variable(variable: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        environment = {"PORT": str(free_port()), "AWS_PORT": str(free_port()), variable: str(port)}
        with running("-m", "sandbox", "run", **environment) as command:
            status = command.process.wait(10)
            command.wait_for(f"Port {port} is busy")

    assert status == 1
    assert f"{variable}=" in command.output
    assert len(command.output.splitlines()) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_leaves_no_process_and_frees_the_ports(number: signal.Signals) -> None:
    with running_sandbox() as sandbox:
        aws_process = _child_of(sandbox.command.process.pid)
        status = sandbox.command.stop(number)

    assert status == 0
    assert "Traceback" not in sandbox.command.output
    assert not os.path.exists(f"/proc/{aws_process}")
    for port in (int(sandbox.root.rpartition(":")[2]), sandbox.aws_port):
        socket.create_server(("127.0.0.1", port)).close()


def test_aws_process_ends_when_the_application_is_killed() -> None:
    with running_sandbox() as sandbox:
        aws_process = _child_of(sandbox.command.process.pid)
        sandbox.command.stop(signal.SIGKILL)

        assert wait_until(lambda: not os.path.exists(f"/proc/{aws_process}"), "the end of the AWS process")


def test_stopping_while_it_starts_leaves_nothing_behind() -> None:
    port, aws_port = free_port(), free_port()
    with running("-m", "sandbox", "run", PORT=str(port), AWS_PORT=str(aws_port)) as command:
        command.wait_for("AWS (moto)")
        status = command.stop()

    assert status == 0
    assert STANDS not in command.output
    assert "Traceback" not in command.output
    socket.create_server(("127.0.0.1", aws_port)).close()


def _child_of(parent: int) -> int:
    with open(f"/proc/{parent}/task/{parent}/children") as children:
        return int(children.read().split()[0])
