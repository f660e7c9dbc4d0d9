"""Putting a table back as it was: what docs/operations.md says to do after an accident, done."""

from __future__ import annotations

from dataclasses import dataclass

from rehearsal.comparison import Comparison
from rehearsal.declared import configuration_of
from rehearsal.enquiries import Person, items, post_json, wait_for_mails
from rehearsal.policies import allows
from rehearsal.steps import promise, same, step
from rehearsal.story import Story
from rehearsal.working_copy import STAGE, TABLE

RESTORED = f"{TABLE}-restored"
HAL = Person("Hal Rehearsal", "hal@example.com", "Written into the restored table.")


@dataclass(frozen=True)
class Restore:
    """A deployed stage with enquiries in it."""

    story: Story

    def rehearse(self) -> None:
        """An accident, and how it is mended. Raises BrokenPromise."""
        one, other = self.story.accepted[:2]
        with step("a table restored from a point in time, beside one that lost enquiries"):
            self._restore()
            for lost in (one, other):
                self._lose(lost.id)
                page = self.story.desk().ask("GET", f"/desk/enquiries/{lost.id}")
                same(404, page.status, "a lost enquiry at the desk")
        with step("make bringback: one of them is read at the desk again"):
            self.story.copy.run("-m", "infrastructure.bring_back", STAGE, RESTORED, one.reference)
            self.story.read_at_desk(one)
        self.story.copy.set_variables(TABLE_NAME=RESTORED)
        self.story.deploy("make deploy STAGE=dev with TABLE_NAME of the restored table")
        with step("what was lost is read, what is new is stored there, roles may use it"):
            self.story.read_at_desk(one, other)
            self.story.accepted.append(post_json(self.story.visitor, HAL))
            wait_for_mails(self.story.copy, self.story.accepted[-1:])
            self._roles_follow()

    def _restore(self) -> None:
        dynamodb = self.story.account.client("dynamodb")
        dynamodb.restore_table_to_point_in_time(
            SourceTableName=TABLE, TargetTableName=RESTORED, UseLatestRestorableTime=True
        )
        dynamodb.get_waiter("table_exists").wait(TableName=RESTORED)
        # What a restore leaves out on AWS.
        dynamodb.update_continuous_backups(
            TableName=RESTORED, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
        dynamodb.update_time_to_live(
            TableName=RESTORED, TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": True}
        )
        dynamodb.update_table(TableName=RESTORED, DeletionProtectionEnabled=True)

    def _lose(self, enquiry_id: str) -> None:
        dynamodb = self.story.account.client("dynamodb")
        lost = [item for item in items(self.story.account, TABLE) if item["pk"] == f"ENQUIRY#{enquiry_id}"]
        promise(lost, "there is no enquiry to lose")
        for item in lost:
            dynamodb.delete_item(TableName=TABLE, Key={name: {"S": item[name]} for name in ("pk", "sk")})

    def _roles_follow(self) -> None:
        comparison = Comparison(self.story.copy, self.story.declared)
        arn = self.story.account.client("dynamodb").describe_table(TableName=RESTORED)["Table"]["TableArn"]
        for name in sorted(self.story.declared.functions):
            role = configuration_of(self.story.copy, self.story.declared, name)["Role"]
            granted = allows(comparison.statements(role), "dynamodb:GetItem", arn)
            promise(granted, f"the role of {name} may not read the restored table")
