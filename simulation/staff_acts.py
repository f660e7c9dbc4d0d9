"""What members of staff do in a run, and the person who withdraws, without faults of their own."""

from __future__ import annotations

from chalicelib.desk import acts
from chalicelib.intake.withdrawal import withdraw
from chalicelib.storage.enquiries import load_enquiry
from chalicelib.storage.withdrawal_tokens import withdrawal_token
from chalicelib.web import WebRequest
from simulation.runs import Run
from simulation.scenarios import Act
from simulation.world import STAGE_KEY, World


def act_on_all(run: Run, act: Act) -> None:
    """Somebody acts on everything that is stored. Their own faults are another matter."""
    context = run.world.calm_instance()
    for enquiry_id in stored_ids(run.world):
        version = load_enquiry(context.table, enquiry_id).version
        if act == "acknowledge":
            acts.acknowledge(context, enquiry_id, by="staff", version=version)
        elif act == "release":
            acts.release_from_quarantine(context, enquiry_id, by="staff", version=version)
        elif act == "raise":
            acts.raise_level(context, enquiry_id, "emergency", "", by="staff", version=version)
        elif act == "priority":
            acts.raise_level(context, enquiry_id, "priority", "", by="staff", version=version)
        elif act == "undo":
            acts.undo(context, enquiry_id, by="staff", version=version)
        elif act == "withdraw":
            _press_button(run.world, enquiry_id)
        elif act == "close":
            acts.close(context, enquiry_id, "closed", "done", by="staff", version=version)
        else:
            attempt = acts.ContactAttempt(channel="phone", outcome=act)
            acts.log_attempt(context, enquiry_id, attempt, by="staff", version=version)
    run.acted[act] = run.world.clock()


def _press_button(world: World, enquiry_id: str) -> None:
    path_values = {"token": withdrawal_token(STAGE_KEY, enquiry_id)}
    headers = {"content-type": "application/x-www-form-urlencoded"}
    base_url = world.environment["PUBLIC_URL"]
    withdraw(world.calm_instance(), WebRequest("POST", headers, {}, path_values, b"withdraw=yes", base_url))


def stored_ids(world: World) -> list[str]:
    """Ids of the enquiries in the table, oldest first."""
    enquiries = [row for row in world.rows if row.get("sk") == "ENQUIRY"]
    return [row["id"] for row in sorted(enquiries, key=lambda row: str(row.get("received_at", "")))]
