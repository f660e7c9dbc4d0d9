"""Opens, changes and closes accounts for the desk: `python -m infrastructure.staff_account STAGE EMAIL [GROUP]
[CODE_APP]`, as `make staff` does. GROUP is `staff` (also when none is named), `manager`, or `none`, which closes the
account; CODE_APP `off` forgets the code app of somebody who has lost their telephone, and nothing else unless a GROUP
is named. Whatever is changed, whoever had signed in under that name signs in anew."""

from __future__ import annotations

import os
import re
import secrets
import sys
from typing import Any

from chalicelib.aws import AWS_ERRORS, Clients
from chalicelib.settings import settings_or_defaults
from chalicelib.storage.sessions import end_sessions_of
from chalicelib.storage.table import Table
from infrastructure.stage_command import LOCAL, stage_variables
from sandbox.ports import CannotStart

GROUPS = ("staff", "manager")
_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+")
_ALPHABET = "23456789bcdfghjkmnpqrstvwxyz"


def change_account(
    cognito: Any, pool: str, table: Table, email: str, group: str, *, mails: bool, forget_code_app: bool = False
) -> str:
    """Make it so, and say what was done. A new user is mailed a temporary password by Cognito; without `mails` it is
    in the answer. Without a `group` it is `staff`, but where a code app is forgotten: then rights and state stay as
    they are. Open sessions end. Raises ValueError for an address or a group that is none."""
    email = email.strip().lower()
    if not _ADDRESS.fullmatch(email):
        raise ValueError("EMAIL must be an address such as ann@clinic.example")
    group = group or ("" if forget_code_app else "staff")
    if group and group not in (*GROUPS, "none"):
        raise ValueError("GROUP must be staff, manager or none")
    told = _change(
        cognito, {"UserPoolId": pool, "Username": email}, group, mails=mails, forget_code_app=forget_code_app
    )
    end_sessions_of(table, email)
    return told


def _change(cognito: Any, user: dict[str, str], group: str, *, mails: bool, forget_code_app: bool) -> str:
    email = user["Username"]
    if group == "none":
        cognito.admin_disable_user(**user)
        return f"{email} can no longer sign in; open sessions are ended."
    if not group:
        _forget_code_app(cognito, user)
        return f"The code app is forgotten; {email} keeps the group."
    told = _open_account(cognito, user, email, mails=mails)
    for name in GROUPS:
        change = cognito.admin_add_user_to_group if name == group else cognito.admin_remove_user_from_group
        change(**user, GroupName=name)
    if forget_code_app:
        _forget_code_app(cognito, user)
        told += " The code app is forgotten."
    return f"{email} is in group {group}. {told}"


def _forget_code_app(cognito: Any, user: dict[str, str]) -> None:
    cognito.admin_set_user_mfa_preference(**user, SoftwareTokenMfaSettings={"Enabled": False, "PreferredMfa": False})


def _open_account(cognito: Any, user: dict[str, str], email: str, *, mails: bool) -> str:
    password = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))
    attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
    delivery = {"DesiredDeliveryMediums": ["EMAIL"]} if mails else {"MessageAction": "SUPPRESS"}
    try:
        cognito.admin_create_user(**user, TemporaryPassword=password, UserAttributes=attributes, **delivery)
    except cognito.exceptions.UsernameExistsException:
        cognito.admin_enable_user(**user)
        if cognito.admin_get_user(**user)["UserStatus"] != "FORCE_CHANGE_PASSWORD":
            return "The account was there already."
        if mails:  # the first password has never been used, and may have ended
            cognito.admin_create_user(**user, TemporaryPassword=password, MessageAction="RESEND")
        else:
            cognito.admin_set_user_password(**user, Password=password, Permanent=False)
    if mails:
        return "Cognito has sent a temporary password by mail; it ends after 7 days."
    return f"The temporary password is {password}"


def main() -> int:
    """Do what the command line says; 2 when it cannot be done."""
    stage, email, group, code_app = [*(given.strip() for given in sys.argv[1:]), "", "", "", ""][:4]
    try:
        variables = stage_variables(stage, os.environ)
        os.environ.clear()
        os.environ.update(variables)
        clients, pool = Clients(variables), variables.get("USER_POOL_ID", "")
        table = Table(clients, settings_or_defaults(variables)[0].table)
        if not pool:
            raise ValueError("USER_POOL_ID is missing: an output of the stack, for .chalice/config.json")
        options = {"mails": stage != LOCAL, "forget_code_app": code_app == "off"}
        told = change_account(clients.cognito, pool, table, email, group, **options)
    except (CannotStart, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except AWS_ERRORS as error:
        sys.stderr.write(f"AWS refused: {error}\n")
        return 2
    sys.stdout.write(f"{told}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
