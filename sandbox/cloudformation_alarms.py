"""What watches a stage in CloudFormation: alarms, which moto keeps and never evaluates, and a budget."""

from __future__ import annotations

from typing import Any

from moto.budgets.models import budgets_backends
from moto.cloudwatch.models import Dimension, Metric, MetricDataQuery, MetricStat, cloudwatch_backends
from moto.core.common_models import CloudFormationModel

from sandbox.cloudformation_named import Unnamed, WithArn


class CloudWatchAlarm(WithArn, CloudFormationModel):
    """`AWS::CloudWatch::Alarm` on one metric, or on an expression over several."""

    @staticmethod
    def cloudformation_name_type() -> str:
        return "AlarmName"

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::CloudWatch::Alarm"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> CloudWatchAlarm:
        properties = cloudformation_json["Properties"]
        alarm = cloudwatch_backends[account_id][region_name].put_metric_alarm(
            name=resource_name,
            namespace=properties.get("Namespace"),
            metric_name=properties.get("MetricName"),
            metric_data_queries=[_query(each) for each in properties.get("Metrics", [])] or None,
            comparison_operator=properties["ComparisonOperator"],
            evaluation_periods=int(properties["EvaluationPeriods"]),
            datapoints_to_alarm=properties.get("DatapointsToAlarm"),
            period=properties.get("Period"),
            threshold=float(properties["Threshold"]),
            statistic=properties.get("Statistic"),
            extended_statistic=properties.get("ExtendedStatistic"),
            description=properties["AlarmDescription"],
            dimensions=properties.get("Dimensions", []),
            alarm_actions=properties["AlarmActions"],
            treat_missing_data=properties["TreatMissingData"],
        )
        return cls(resource_name, str(alarm.alarm_arn))

    @classmethod
    def delete_from_cloudformation_json(cls, resource_name: str, _json: Any, account_id: str, region_name: str) -> None:
        cloudwatch_backends[account_id][region_name].delete_alarms([resource_name])


def _query(given: dict[str, Any]) -> MetricDataQuery:
    measured = given.get("MetricStat")
    return MetricDataQuery(
        query_id=given["Id"],
        label=given.get("Label"),
        period=given.get("Period"),
        return_data=given.get("ReturnData", True),
        expression=given.get("Expression"),
        metric_stat=_metric_stat(measured) if measured else None,
    )


def _metric_stat(measured: dict[str, Any]) -> MetricStat:
    metric = measured["Metric"]
    dimensions = [Dimension(name=each["Name"], value=each["Value"]) for each in metric.get("Dimensions", [])]
    named = Metric(metric_name=metric["MetricName"], namespace=metric["Namespace"], dimensions=dimensions)
    return MetricStat(metric=named, period=measured["Period"], stat=measured["Stat"], unit=measured.get("Unit"))


class Budget(Unnamed, CloudFormationModel):
    """`AWS::Budgets::Budget`, which is one of the account, whatever the region."""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::Budgets::Budget"

    @classmethod
    def create_from_cloudformation_json(
        cls, _name: str, cloudformation_json: Any, account_id: str, _region_name: str, **_: Any
    ) -> Budget:
        properties = cloudformation_json["Properties"]
        notifications = properties.get("NotificationsWithSubscribers", [])
        budgets_backends[account_id]["aws"].create_budget(account_id, properties["Budget"], notifications)
        return cls(properties["Budget"]["BudgetName"])

    @classmethod
    def delete_from_cloudformation_json(
        cls, resource_name: str, _json: Any, account_id: str, _region_name: str
    ) -> None:
        budgets_backends[account_id]["aws"].delete_budget(account_id, resource_name)
