"""What must hold of mail: who gets it, and what follows from what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.notifications.mail_events import address_key
from chalicelib.storage.suppressions import address_hash
from simulation.model_ses import Fate
from simulation.runs import Run
from simulation.scenarios import ADDRESS, BACKUP, FRONT_DESK, NURSE
from simulation.world import STAGE_KEY

_ENDS: Mapping[Fate, tuple[str, bool, bool]] = {
    "delivered": ("delivered", False, False),
    "delayed": ("delivered", False, False),
    "silent": ("sent", False, False),
    "bounced": ("bounced", True, True),
    "bounced_for_now": ("bounced", True, False),
    "rejected": ("rejected", True, False),
    "complained": ("complained", False, True),
}
"""What each fate of the acknowledgement ends as: the row's status, whether the enquiry is flagged, whether the address
is suppressed."""
_SUPPRESSED = f"SUPPRESSION#{address_hash(STAGE_KEY, ADDRESS)}"


def _recipients(run: Run) -> Iterator[str]:
    """Each kind goes to those that it is for, and to nobody else."""
    if run.scenario.crowd:
        return
    for mail in run.mails:
        raised_at = run.acted.get("raise")
        is_danger = run.scenario.is_danger or (raised_at is not None and mail.at >= raised_at)
        staff = {FRONT_DESK, NURSE} if is_danger else {FRONT_DESK}
        wanted = {
            "acknowledgement": {ADDRESS}, "staff_alert": staff, "reminder": staff, "re_alert": {*staff, BACKUP},
            "backup_alert": {BACKUP}, "review_reminder": {FRONT_DESK}, "review_escalation": {BACKUP},
            "level_alert": staff,
        }  # fmt: skip
        kind = mail.tags["kind"]
        if kind in wanted and set(mail.to) != wanted[kind]:
            yield f"{kind} went to {', '.join(mail.to)}"


def _acknowledged(run: Run) -> Iterator[str]:
    """Whoever can be written to gets an acknowledgement, or it has visibly failed; nobody who is suppressed does."""
    if run.scenario.suppressed and any(ADDRESS in mail.to for mail in run.mails):
        yield "mail to a suppressed address"
    for enquiry_id in (enquiry["id"] for enquiry in run.told_of()):
        row = run.row(enquiry_id, "acknowledgement")
        if run.scenario.crowd and row is None:
            continue  # whoever left no address
        if row is None:
            yield "an enquiry without an acknowledgement"
        elif run.scenario.suppressed or run.sent()[f"{enquiry_id}_acknowledgement"]:
            continue
        elif row["status"] != "failed":
            yield f"no acknowledgement was sent, and the row is {row['status']}"


def _fates(run: Run) -> Iterator[str]:
    """What SES told of the visitor's mail stands on its row and, where it did not arrive, on the enquiry; the right
    address is suppressed, with the stage's key, and no other."""
    suppressed = {row["pk"] for row in run.rows if str(row["pk"]).startswith("SUPPRESSION#")}
    if not any(ADDRESS in mail.to for mail in run.mails):
        yield from ("suppressed without a mail" for _ in suppressed if not run.scenario.suppressed)
        return
    status, flagged, no_more = _ENDS[run.scenario.fate]
    if suppressed != ({_SUPPRESSED} if no_more else set()):
        yield f"{len(suppressed)} addresses are suppressed, and not the right one"
    for row in run.rows:
        if row.get("kind") == "acknowledgement" and row["status"] != status:
            yield f"an acknowledgement that was {run.scenario.fate} is {row['status']}"
        if row.get("sk") == "ENQUIRY" and ("email_bounced" in row["flags"]) != flagged:
            yield f"the flags are {row['flags']} after mail was {run.scenario.fate}"


def _written_again(run: Run) -> Iterator[str]:
    """Whose mail bounced or drew a complaint gets none when they write again, and staff are told as ever."""
    if not run.scenario.writes_again:
        return
    if not any(mail.tags["kind"] == "staff_alert" for mail in run.mails_again):
        yield "staff were not told of the second enquiry"
    unwanted = run.scenario.suppressed or any(ADDRESS in mail.to for mail in run.mails)
    if unwanted and any(ADDRESS in mail.to for mail in run.mails_again):
        yield "a second acknowledgement to an address that is suppressed"


def _staff_bounces(run: Run) -> Iterator[str]:
    """A staff address that bounces: a notice to all others and the topic; where nobody is left, the second channel."""
    for address, fate in run.scenario.staff_fates.items():
        if fate == "bounced" and any(address in mail.to for mail in run.mails):
            yield from _notice(run, address)
    for enquiry in run.enquiries():
        mails = [mail for mail in run.mails if mail.tags["notification_id"] == f"{enquiry['id']}_staff_alert"]
        lost = mails and all(run.scenario.fate_of(address) == "bounced" for mail in mails for address in mail.to)
        tried = run.alerts_about(enquiry["reference"], "on_call_failure")
        if lost and not tried and not run.has_failed(enquiry["id"], "on_call_failure"):
            yield "a staff alert reached nobody, and the second channel was not tried"


def _notice(run: Run, address: str) -> Iterator[str]:
    about = f"notice-bounced-{address_key(address)}"
    rows: dict[str, Any] = {
        row["kind"]: row for row in run.rows if row["pk"].startswith(f"NOTICE#{about}") and "kind" in row
    }
    mails = [mail for mail in run.mails if mail.tags["notification_id"].startswith(about)]
    if "staff_notice" not in rows or "on_call_notice" not in rows:
        yield "nobody was told of a staff address that bounces"
    elif not mails and rows["staff_notice"]["status"] != "failed":
        yield f"the notice of a bounce is {rows['staff_notice']['status']}"
    elif rows["on_call_notice"]["status"] not in ("sent", "failed"):
        yield f"the alert of a bounce is {rows['on_call_notice']['status']}"
    for mail in mails:
        if set(mail.to) != {FRONT_DESK, NURSE, BACKUP} - {address}:
            yield f"the notice of a bounce went to {', '.join(mail.to)}"


def _row_lost(run: Run) -> Iterator[str]:
    """An enquiry in no account is mended, and staff and whoever is on call hear of it."""
    if not run.scenario.loses_alert or run.world.struck:
        return
    told = [row["kind"] for row in run.rows if row["pk"].startswith("NOTICE#notice-unaccounted") and "kind" in row]
    if sorted(told) != ["on_call_notice", "staff_notice"]:
        yield f"of an enquiry in no account was told: {told}"


MAIL_CHECKS = (_recipients, _acknowledged, _fates, _written_again, _staff_bounces, _row_lost)
