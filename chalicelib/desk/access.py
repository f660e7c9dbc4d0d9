"""Who staff are, as Amazon Cognito says: the only module that talks to it. Its tokens are thrown away as they come.

How often somebody may guess one account is Cognito's to limit: after five wrong passwords it locks the account for a
second, and twice as long with every further one, up to 15 minutes; codes by mail and from an app have limits of their
own. How often one connection may guess, whatever account, `guesses` limits."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws import AWS_ERRORS
from chalicelib.context import AppContext
from chalicelib.errors import SignInRefused
from chalicelib.models.staff import GROUPS, Challenge, Staff
from chalicelib.observability import log

SHORTEST_PASSWORD = 12
"""As the user pool's policy says."""
_EVERYWHERE = {
    "LimitExceededException": "too_many",
    "TooManyFailedAttemptsException": "too_many",
    "CodeMismatchException": "wrong_code",
    "EnableSoftwareTokenMFAException": "wrong_code",
    "ExpiredCodeException": "old_code",
    "InvalidPasswordException": "weak_password",
    "PasswordHistoryPolicyViolationException": "weak_password",
    "PasswordResetRequiredException": "reset_required",
}
# An unknown name, a disabled account and a wrong password are told apart by nobody.
_SIGNING_IN = dict.fromkeys(
    ("NotAuthorizedException", "UserNotFoundException", "UserNotConfirmedException", "InvalidParameterException"),
    "wrong",
)
_ANSWERING = {
    "NotAuthorizedException": "over",
    "ResourceNotFoundException": "over",
    "InvalidParameterException": "weak_password",
}
_RESETTING = {
    **dict.fromkeys(("NotAuthorizedException", "UserNotFoundException", "ResourceNotFoundException"), "wrong_code"),
    "InvalidParameterException": "weak_password",
}
_CODE = re.compile(r"[0-9]{6}")


def sign_in(context: AppContext, user: str, password: str, *, wants_code_app: bool = False) -> Staff | Challenge:
    """Who that is, or what is asked next. `wants_code_app`: set one up although nobody demands it. Raises
    SignInRefused."""
    user = _name(user, "wrong")
    return _next(context, user, _with_password(context, user, password), wants_code_app=wants_code_app)


def choose_password(context: AppContext, challenge: Challenge, password: str) -> Staff | Challenge:
    """The first password of one's own. Raises SignInRefused."""
    return _next(context, challenge.user, _answer(context, challenge, "NEW_PASSWORD_REQUIRED", NEW_PASSWORD=password))


def give_code(context: AppContext, challenge: Challenge, code: str) -> Staff | Challenge:
    """The code that the app shows. Raises SignInRefused."""
    answer = _answer(context, challenge, "SOFTWARE_TOKEN_MFA", SOFTWARE_TOKEN_MFA_CODE=_digits(code))
    return _next(context, challenge.user, answer, gave_code=True)


def set_up_code_app(context: AppContext, challenge: Challenge, code: str, password: str) -> Staff | Challenge:
    """The first code of a new app. Where the pool itself demands no code, a token is needed here, and none was kept:
    so the password is asked for once more. Raises SignInRefused."""
    code = _digits(code)
    if challenge.session:
        session = _verify(context, code, Session=challenge.session)["Session"]
        answer = _answer(context, challenge.model_copy(update={"session": session}), "MFA_SETUP")
    else:
        answer = _with_password(context, challenge.user, password)
        if not _access_token(answer):
            raise SignInRefused("over")
        _verify(context, code, AccessToken=_access_token(answer))
    _ask(
        context.clients.cognito.admin_set_user_mfa_preference,
        _ANSWERING,
        UserPoolId=context.settings.user_pool_id,
        Username=challenge.user,
        SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True},
    )
    return _next(context, challenge.user, answer, gave_code=True)


def send_reset_code(context: AppContext, user: str) -> None:
    """Let Cognito mail a code, if there is such a user; nobody learns whether. Raises SignInRefused."""
    client_id, user = context.settings.user_pool_client_id, _name(user, "no_name")
    try:
        _ask(context.clients.cognito.forgot_password, _SIGNING_IN, ClientId=client_id, Username=user)
    except SignInRefused as refused:
        if refused.reason != "wrong":
            raise


def reset_password(context: AppContext, user: str, code: str, password: str) -> str:
    """A new password for the code from the mail; the user whose it is. Raises SignInRefused."""
    user, code = _name(user, "wrong_code"), re.sub(r"\s", "", code)
    if not code:
        raise SignInRefused("wrong_code")
    _ask(
        context.clients.cognito.confirm_forgot_password,
        _RESETTING,
        ClientId=context.settings.user_pool_client_id,
        Username=user,
        ConfirmationCode=code,
        Password=_long_enough(password),
    )
    return user


def confirm(context: AppContext, user: str) -> Staff | None:
    """The user as Cognito knows it now; None when it is unknown or disabled, or in no group of ours. It waits a few
    seconds at most: a page waits for it. Raises SignInRefused when Cognito does not answer."""
    return _known(context, context.clients.cognito_quick, user) if user else None


def _known(context: AppContext, cognito: Any, user: str) -> Staff | None:
    whom = {"UserPoolId": context.settings.user_pool_id, "Username": user}
    try:
        found = _ask(cognito.admin_get_user, _SIGNING_IN, **whom)
        listed = _ask(cognito.admin_list_groups_for_user, _SIGNING_IN, **whom)
    except SignInRefused as refused:
        if refused.reason != "wrong":
            raise
        return None
    if "Enabled" not in found or "Groups" not in listed:
        raise SignInRefused("unavailable")
    groups = GROUPS & {group["GroupName"] for group in listed["Groups"]}
    return Staff(user=found["Username"], groups=tuple(sorted(groups))) if found["Enabled"] and groups else None


def _next(
    context: AppContext, user: str, answer: Mapping[str, Any], *, gave_code: bool = False, wants_code_app: bool = False
) -> Staff | Challenge:
    match answer.get("ChallengeName"):
        case "NEW_PASSWORD_REQUIRED":
            return Challenge(user=user, step="new_password", session=answer["Session"])
        case "SOFTWARE_TOKEN_MFA":
            return Challenge(user=user, step="code", session=answer["Session"])
        case "MFA_SETUP":
            started = _ask(context.clients.cognito.associate_software_token, _ANSWERING, Session=answer["Session"])
            return Challenge(user=user, step="set_up", session=started["Session"], secret=started["SecretCode"])
        case None if _access_token(answer):
            pass
        case unknown:
            log.error("sign-in asks for what the desk cannot ask", extra={"challenge": unknown})
            raise SignInRefused("unavailable")
    if not gave_code and (wants_code_app or context.settings.mfa_required):
        token = _access_token(answer)
        started = _ask(context.clients.cognito.associate_software_token, _ANSWERING, AccessToken=token)
        return Challenge(user=user, step="set_up", secret=started["SecretCode"])
    staff = _known(context, context.clients.cognito, user)
    if staff is None:
        raise SignInRefused("not_staff")
    return staff


def _with_password(context: AppContext, user: str, password: str) -> dict[str, Any]:
    if not password:
        raise SignInRefused("wrong")
    return _ask(
        context.clients.cognito.admin_initiate_auth,
        _SIGNING_IN,
        UserPoolId=context.settings.user_pool_id,
        ClientId=context.settings.user_pool_client_id,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": user, "PASSWORD": password},
    )


def _answer(context: AppContext, challenge: Challenge, name: str, **answers: str) -> dict[str, Any]:
    if "NEW_PASSWORD" in answers:
        _long_enough(answers["NEW_PASSWORD"])
    return _ask(
        context.clients.cognito.admin_respond_to_auth_challenge,
        _ANSWERING,
        UserPoolId=context.settings.user_pool_id,
        ClientId=context.settings.user_pool_client_id,
        ChallengeName=name,
        Session=challenge.session,
        ChallengeResponses={"USERNAME": challenge.user, **answers},
    )


def _verify(context: AppContext, code: str, **whose: str) -> dict[str, Any]:
    verified = _ask(context.clients.cognito.verify_software_token, _ANSWERING, UserCode=code, **whose)
    if verified.get("Status") != "SUCCESS":
        raise SignInRefused("wrong_code")
    return verified


def _ask(call: Callable[..., dict[str, Any]], reasons: Mapping[str, str], **parameters: Any) -> dict[str, Any]:
    """Cognito's answer. Its errors become ours; their text may name a user, so that only the code is logged."""
    try:
        return call(**parameters)
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        reason = {**_EVERYWHERE, **reasons}.get(code, "unavailable")
        reason = "too_many" if reason == "wrong" and "attempts exceeded" in message.lower() else reason
        level = log.error if reason == "unavailable" else log.info
        level("sign-in refused", extra={"code": code, "reason": reason})
        raise SignInRefused(reason) from None
    except AWS_ERRORS as error:
        log.error("sign-in does not answer", extra={"error_type": type(error).__name__})
        raise SignInRefused("unavailable") from None


def _access_token(answer: Mapping[str, Any]) -> str:
    """The proof that the password was right; empty when the answer is none."""
    return str(answer.get("AuthenticationResult", {}).get("AccessToken", ""))


def _name(typed: str, reason: str) -> str:
    """A user name as Cognito takes one; it would call anything else a mistake of ours."""
    name = typed.strip().lower()
    if not re.fullmatch(r"\S{1,128}", name):
        raise SignInRefused(reason)
    return name


def _digits(code: str) -> str:
    digits = re.sub(r"\s", "", code)
    if not _CODE.fullmatch(digits):
        raise SignInRefused("wrong_code")
    return digits


def _long_enough(password: str) -> str:
    """Cognito says so too; its sandbox does not everywhere."""
    if len(password) < SHORTEST_PASSWORD:
        raise SignInRefused("weak_password")
    return password
