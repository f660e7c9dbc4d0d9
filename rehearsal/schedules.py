"""Fires the schedules: what EventBridge sends to the target of a rule."""

from __future__ import annotations

from datetime import UTC, datetime

from rehearsal.declared import Declared
from rehearsal.empty_account import EmptyAccount
from rehearsal.enquiries import invoke
from rehearsal.steps import same
from sandbox.events import schedule_event


def fire_all(account: EmptyAccount, declared: Declared) -> int:
    """Fire each rule once, and return how many there are. Raises BrokenPromise when a function fails."""
    for name in sorted(declared.schedules):
        fire(account, declared, name)
    return len(declared.schedules)


def fire(account: EmptyAccount, declared: Declared, name: str) -> None:
    """Fire the rule of one function, as of now."""
    function = declared.deployed_name(name)
    rule = account.client("events").describe_rule(Name=f"{function}-event")
    _, _, _, region, owner, _ = rule["Arn"].split(":", 5)
    event = schedule_event(
        rule["Name"].removeprefix(f"{declared.app}-"), datetime.now(UTC), account=owner, region=region
    )
    same([rule["Arn"]], event["resources"], f"rule of {name}")
    invoke(account, function, event)
