"""What the sandbox prints while it starts and when it stands."""

from __future__ import annotations

from sandbox.ports import Ports
from sandbox.staff import PEOPLE

_TABLE = "enquiry-desk-local-enquiries"


def progress(what: str, how_far: str) -> None:
    """One line of progress."""
    print(f"{what:<12} {how_far}", flush=True)


def app_notice(ports: Ports, base_path: str) -> str:
    """Where everything is, with the application."""
    root = f"http://127.0.0.1:{ports.app}"
    places = {
        "Demo page": f"{root}{base_path}/",
        "Form": f"{root}{base_path}/form",
        "Desk": f"{root}{base_path}/desk",
        **{f"  {person.groups[-1]}": f"{person.email}, password: {person.password}" for person in PEOPLE},
        "Mailbox": f"{root}/sandbox/mailbox",
        "Alerts": f"{root}/sandbox/alerts",
    }
    post = f"curl -d name=Ann -d email=ann@mail.example -d message=Hello {root}{base_path}/enquiries"
    return _block("The enquiry desk is running.", places | _aws_places(ports) | {"Try": post}, "Ctrl-C stops it.")


def aws_notice(ports: Ports, *, with_pump: bool) -> str:
    """Where everything is, without the application."""
    root = f"http://127.0.0.1:{ports.aws}"
    places = _aws_places(ports) | {"Mailbox": f"{root}/sandbox/mailbox", "Alerts": f"{root}/sandbox/alerts"}
    hint = "" if ports == Ports(8000, 5555) else " (it expects AWS_PORT 5555 and PORT 8000: see .chalice/config.json)"
    command = f"chalice local --stage local{hint}" if with_pump else "python -m sandbox run --use-aws"
    title = "AWS, its resources and the pump are running." if with_pump else "AWS and its resources are running."
    return _block(title, places, f"Now run: {command}\nCtrl-C stops it.")


def _aws_places(ports: Ports) -> dict[str, str]:
    endpoint = f"http://127.0.0.1:{ports.aws}"
    keys = "AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandbox AWS_DEFAULT_REGION=us-east-1"
    return {
        "AWS endpoint": endpoint,
        "Look inside": f"{keys} aws --endpoint-url {endpoint} dynamodb scan --table-name {_TABLE}",
    }


def _block(title: str, places: dict[str, str], last: str) -> str:
    lines = [f"  {name:<13} {place}" for name, place in places.items()]
    return "\n".join(("", title, "", *lines, "", last, ""))
