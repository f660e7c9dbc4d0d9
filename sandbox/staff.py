"""Two people who work at the sandbox's desk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chalicelib.aws import Clients
from chalicelib.settings import Settings


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in; `groups` as in the template."""

    email: str
    password: str
    groups: tuple[str, ...]


PEOPLE = (
    Person("staff@example.com", "sandbox front desk", ("staff",)),
    Person("manager@example.com", "sandbox manager desk", ("staff", "manager")),
)


def add_people(clients: Clients, settings: Settings) -> None:
    """Let them sign in at once, without a first password to change."""
    for person in PEOPLE:
        add_person(clients.cognito, settings.user_pool_id, person)


def add_person(cognito: Any, pool: str, person: Person, *, permanent: bool = True) -> None:
    """Add one to the user pool; without `permanent` the password must be changed at first."""
    cognito.admin_create_user(
        UserPoolId=pool,
        Username=person.email,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": person.email}, {"Name": "email_verified", "Value": "true"}],
    )
    cognito.admin_set_user_password(
        UserPoolId=pool, Username=person.email, Password=person.password, Permanent=permanent
    )
    for group in person.groups:
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=person.email, GroupName=group)
