"""`make staff`: accounts for the desk."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.aws import Clients
from chalicelib.context import AppContext
from chalicelib.desk.access import choose_password, confirm, sign_in
from chalicelib.models.staff import Challenge, Staff
from chalicelib.storage.sessions import load_session, start_session
from infrastructure.staff_account import change_account

ANN = "ann@clinic.example"


def change(aws: Clients, context: AppContext, group: str, email: str = ANN, **options: Any) -> str:
    pool = context.settings.user_pool_id
    return change_account(aws.cognito, pool, context.table, email, group, **{"mails": False, **options})


def test_a_new_member_of_staff_gets_a_password_for_the_first_sign_in(aws: Clients, context: AppContext) -> None:
    told = change(aws, context, "staff", " Ann@Clinic.example")
    password = told.rpartition(" ")[2]
    asked = sign_in(context, ANN, password)

    assert isinstance(asked, Challenge)
    assert "new_password" == asked.step
    assert confirm(context, ANN) == Staff(user=ANN, groups=("staff",))


def test_a_temporary_password_that_nobody_used_is_replaced(aws: Clients, context: AppContext) -> None:
    change(aws, context, "staff")
    password = change(aws, context, "staff").rpartition(" ")[2]

    assert isinstance(sign_in(context, ANN, password), Challenge)


def test_an_account_in_use_keeps_its_password(aws: Clients, context: AppContext) -> None:
    password = change(aws, context, "staff").rpartition(" ")[2]
    asked = sign_in(context, ANN, password)
    assert isinstance(asked, Challenge)
    choose_password(context, asked, "a sentence of my own")

    assert "there already" in change(aws, context, "manager")
    assert Staff(user=ANN, groups=("manager",)) == sign_in(context, ANN, "a sentence of my own")


def test_where_cognito_mails_the_password_nobody_else_sees_it(aws: Clients, context: AppContext) -> None:
    told = change(aws, context, "staff", mails=True)

    assert "by mail" in told


def test_a_group_is_changed_and_an_account_closed_and_opened_again(aws: Clients, context: AppContext) -> None:
    change(aws, context, "staff")
    change(aws, context, "manager")
    promoted = confirm(context, ANN)
    change(aws, context, "none")
    closed = confirm(context, ANN)
    told = change(aws, context, "staff", forget_code_app=True)

    assert promoted == Staff(user=ANN, groups=("manager",))
    assert closed is None
    assert confirm(context, ANN) == Staff(user=ANN, groups=("staff",))
    assert "code app is forgotten" in told


@pytest.mark.parametrize("group", ["manager", "none"])
def test_a_forgotten_code_app_changes_no_rights_unless_a_group_is_named(
    aws: Clients, context: AppContext, group: str
) -> None:
    change(aws, context, "manager")
    change(aws, context, group)
    before = confirm(context, ANN)
    told = change(aws, context, "", forget_code_app=True)

    assert before == confirm(context, ANN)
    assert "The code app is forgotten" in told


def test_without_a_group_a_new_account_is_one_of_the_staff(aws: Clients, context: AppContext) -> None:
    change(aws, context, "")

    assert Staff(user=ANN, groups=("staff",)) == confirm(context, ANN)


@pytest.mark.parametrize("group", ["none", "staff"])
def test_whoever_had_signed_in_is_signed_out(aws: Clients, context: AppContext, group: str) -> None:
    change(aws, context, "manager")
    for session_id, user in (("1", ANN), ("2", ANN), ("3", "bob@clinic.example")):
        start_session(context.table, session_id, Staff(user=user, groups=("manager",)), context.clock())
    change(aws, context, group)
    open_still = [number for number in "123" if load_session(context.table, number, context.clock())]

    assert ["3"] == open_still


@pytest.mark.parametrize(("email", "group"), [("ann", "staff"), ("", "staff"), (ANN, "boss")])
def test_what_is_no_address_or_no_group_is_refused(aws: Clients, context: AppContext, email: str, group: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        change(aws, context, group, email)
