"""What no program can do for a deployed stage, or should not: looked up, so that only what is open is listed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from chalicelib.aws import AWS_ERRORS
from infrastructure.account import Account
from infrastructure.public_url import is_gateway_url
from infrastructure.smoke import Fetch, fetch
from infrastructure.stages import CONFIG_PATH, StageFiles

UNKNOWN = "(could not be looked up: {code})"


@dataclass(frozen=True)
class Deployed:
    """A deployed stage: `outputs` are those of its service stack, `identity` what SES sends as."""

    account: Account
    files: StageFiles
    outputs: Mapping[str, str]
    identity: str

    @property
    def stage(self) -> str:
        """Its name."""
        return self.files.name


def still_to_do(deployed: Deployed, look: Fetch = fetch) -> list[str]:
    """The open steps, in the order in which they are best taken, each of one or a few lines."""
    steps = [
        _looked_up("Verify the SES identity", partial(identity_step, deployed)),
        _looked_up("Leave the SES sandbox", partial(sandbox_step, deployed)),
        _looked_up("First manager of the desk", partial(manager_step, deployed)),
        _looked_up("Alarms", partial(topic_step, deployed, "AlarmTopicArn", "Alarms")),
        _looked_up("On-call alerts", partial(topic_step, deployed, "OnCallTopicArn", "On-call alerts")),
        _looked_up("Schedules", partial(schedules_step, deployed)),
        recipients_step(deployed.files),
        domain_step(deployed.files, look),
        "Sign AWS's business associate addendum, if you are under HIPAA: AWS Artifact, Agreements, in the console.",
        "Have rules, advice and translations signed off: nothing here is clinically validated (docs/triage.md).",
        f"Commit {CONFIG_PATH} and .chalice/deployed/{deployed.stage}.json: the next deployment needs both.",
    ]
    return [step for step in steps if step]


def _looked_up(title: str, step: Callable[[], str]) -> str:
    """What cannot be looked up is on the list all the same."""
    try:
        return step()
    except AWS_ERRORS as error:
        code = getattr(error, "response", {}).get("Error", {}).get("Code") or type(error).__name__
        return f"{title} {UNKNOWN.format(code=code)}"


def identity_step(deployed: Deployed) -> str:
    """Verify the sender; with the DNS records where SES wants them."""
    ses = deployed.account.client("sesv2")
    identity = deployed.identity
    told = ses.get_email_identity(EmailIdentity=identity)
    if told.get("VerifiedForSendingStatus"):
        return ""
    if "@" in identity:
        return f"Verify the SES identity {identity}: SES has sent it a mail with a link. Until then no mail goes out."
    records = dkim_records(identity, told.get("DkimAttributes", {}))
    listed = "".join(f"\n     {record}" for record in records) or " see the SES console"
    return f"Verify the SES identity {identity}: until then no mail goes out. Records for its DNS:{listed}"


def dkim_records(domain: str, dkim: Mapping[str, Any]) -> list[str]:
    """What to write into the domain's DNS."""
    zone = dkim.get("SigningHostedZone") or "dkim.amazonses.com"
    return [f"{token}._domainkey.{domain}  CNAME  {token}.{zone}" for token in dkim.get("Tokens", [])]


def sandbox_step(deployed: Deployed) -> str:
    """Ask AWS to let mail out to anybody."""
    if deployed.account.is_local or deployed.account.client("sesv2").get_account().get("ProductionAccessEnabled"):
        return ""
    return (
        "Leave the SES sandbox: until AWS grants it (a day), mail goes to verified addresses only. SES console, Account"
        " dashboard, Request production access."
    )


def manager_step(deployed: Deployed) -> str:
    """Somebody must be able to sign in."""
    cognito = deployed.account.client("cognito-idp")
    pool = deployed.files.variables["USER_POOL_ID"]
    if cognito.list_users_in_group(UserPoolId=pool, GroupName="manager", Limit=1)["Users"]:
        return ""
    return f"Open the desk for its first manager: make staff STAGE={deployed.stage} EMAIL=… GROUP=manager"


def topic_step(deployed: Deployed, output: str, title: str) -> str:
    """A topic without a confirmed subscriber tells nobody. Who subscribes is not shown."""
    topic = deployed.outputs[output]
    pages = deployed.account.client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    arns = [each["SubscriptionArn"] for page in pages for each in page["Subscriptions"]]
    if any(arn.startswith("arn:") for arn in arns):
        return ""
    if arns:
        return f"{title}: the subscription waits for its confirmation, by the link in the mail that AWS has sent."
    return f"{title} reach nobody yet: aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint …"


def schedules_step(deployed: Deployed) -> str:
    """The alarm on stopped schedules begins in alarm, when nobody has confirmed the subscription yet, and mails only
    on a change: schedules that never start are seen here alone."""
    alarm = f"enquiry-desk-{deployed.stage}-schedules-stopped"
    found = deployed.account.client("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
    if [each["StateValue"] for each in found] == ["OK"]:
        return ""
    return (
        "Schedules have not reported yet: they do within two hours of the first deployment, and no mail says so if not."
        f" Then look whether this says OK: aws cloudwatch describe-alarms --alarm-names {alarm} --query"
        " 'MetricAlarms[].StateValue' (if not: docs/operations.md)"
    )


def recipients_step(files: StageFiles) -> str:
    """Settings that are optional, and without which somebody is not told."""
    missing = [name for name in ("CLINICAL_EMAILS", "BACKUP_EMAILS", "PRIVACY_URL") if not files.variables.get(name)]
    return f"Consider setting {', '.join(missing)} in {CONFIG_PATH} (README, Settings)." if missing else ""


def domain_step(files: StageFiles, look: Fetch) -> str:
    """A domain of the clinic's, if it wants one; where it has one, whether that leads here."""
    url = files.settings.public_url
    if is_gateway_url(url):
        return (
            f'If you want a domain of your own (desk.your-domain): "api_gateway_custom_domain" and "PUBLIC_URL" in'
            f" {CONFIG_PATH} (docs/operations.md, Domain), and make deploy once more."
        )
    answer = look(f"{url}/health", None)
    if answer.fields.get("stage") == files.name:
        return ""
    return (
        f"PUBLIC_URL {url} does not lead to stage {files.name} yet ({answer.status or 'no answer'}); mails link to it."
    )
