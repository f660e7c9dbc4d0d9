"""`make cost`: what an enquiry, an idle month and a page of the desk cost. Prints the tables and puts them into
docs/operations.md."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.metered_runs import EnquiryCost, idle_day, one_enquiry, open_queue_hour, periods, queue_count
from benchmarks.metered_stage import Usage
from benchmarks.post import ENVIRONMENT
from benchmarks.prices import COLD_MS, GB, HOURS_A_MONTH, IDLE_POLLS_A_MINUTE, MEMORY_GB, PRICES
from infrastructure.templates import DATA_TEMPLATE, SERVICE_TEMPLATE, read_template
from simulation.marked_tables import with_tables

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "operations.md"
BEGIN, END = "<!-- written by make cost -->\n", "<!-- end -->"
DAYS_A_MONTH = HOURS_A_MONTH / 24
DESK_HOURS = 8 * 21
"""Of one person in a month."""
STEP_COLUMNS = {
    "runs": "runs",
    "API requests": "requests",
    "write units": "write units",
    "… in indexes": "of these in indexes",
    "read units": "read units",
    "SQS": "SQS",
    "SNS": "SNS",
    "mails": "mails",
    "log bytes": "log bytes",
    "ms": "ms",
    "new instances": "cold starts",
}
ESTIMATE, ESTIMATE_WITHOUT_MAIL = 0.224, 0.024
_METRIC = re.compile(r'"((?:Enquiries|Notifications|Canaries)[A-Z]\w+)"')
Amounts = Mapping[str, float]
"""By the names of `PRICES`."""


def tables(app_module: ModuleType) -> str:
    """All tables, as Markdown; the same at every run of the same code."""
    enquiry = one_enquiry(app_module)
    thousand = amounts_of(together(enquiry.steps.values()), 1000) | stored_of(enquiry, 1000)
    idle, desk = idle_amounts(app_module), amounts_of(open_queue_hour(app_module), DESK_HOURS)
    return "\n\n".join(
        [
            f"One enquiry of fifteen fields ({enquiry.kept_bytes:,} bytes of it are kept, indexes included):",
            _steps_table(enquiry.steps),
            f"1,000 of them in a month, **{_dollars(_sum(thousand))} USD** at list prices:",
            _thousand_table(thousand),
            _beside_the_estimate(enquiry),
            f"A month in which nobody writes, **{_dollars(_sum(idle))} USD** at list prices, "
            f"**{_dollars(_sum(idle, free=True))}** where the account uses its allowances for nothing else:",
            _idle_table(idle),
            f"One person who has the queue open for {DESK_HOURS} hours a month: **{_dollars(_sum(desk))} USD**.",
        ]
    )


def _beside_the_estimate(enquiry: EnquiryCost) -> str:
    """The steps up to the mails, on functions that are warm, is what the estimate was about."""
    post_and_mails = together(list(enquiry.steps.values())[:2])
    post_and_mails["cold starts"] = 0
    amounts = amounts_of(post_and_mails, 1000)
    without_mail = _sum({name: amount for name, amount in amounts.items() if name != "mails"})
    return (
        f"An estimate made before there was any code said {ESTIMATE} USD for post and mails on warm functions,"
        f" {ESTIMATE_WITHOUT_MAIL} of it without SES. The same two steps are {_dollars(_sum(amounts))} and"
        f" {_dollars(without_mail)} now, mostly writes: look-ups, history and indexes are among them. Delivery events,"
        " staff, schedules, new instances and the key are on top."
    )


def amounts_of(used: Amounts, times: float) -> dict[str, float]:
    """What is paid for, of what was used that often."""
    milliseconds = used["ms"] + COLD_MS * used["cold starts"]
    counted = {name: used[name] for name in PRICES if name in used}
    worked_out = {"GB-seconds": milliseconds / 1000 * MEMORY_GB, "log GB": used["log bytes"] / GB}
    # Every month is kept for three (LogRetentionDays).
    kept = {"kept log GB": used["log bytes"] / GB * log_retention_days() / DAYS_A_MONTH}
    return {name: amount * times for name, amount in {**counted, **worked_out, **kept}.items()}


def stored_of(enquiry: EnquiryCost, times: float) -> dict[str, float]:
    """What their first month of storage is; each year keeps twelve times as much."""
    return {"stored GB": enquiry.kept_bytes * times / GB, "recoverable GB": enquiry.kept_bytes * times / GB}


def idle_amounts(app_module: ModuleType) -> dict[str, float]:
    """A month of a stage that nobody writes to: what the schedules do, and what is paid for standing there."""
    played = amounts_of(idle_day(app_module), DAYS_A_MONTH)
    played["SQS"] += queue_count(app_module) * IDLE_POLLS_A_MINUTE * 60 * HOURS_A_MONTH
    firings = sum(60 / each * HOURS_A_MONTH for each in periods(app_module).values())
    return {**standing(), **played, "schedules": firings}


def standing() -> dict[str, float]:
    """What the templates make that costs by being there."""
    templates = [read_template(each.read_text("utf-8")) for each in (DATA_TEMPLATE, SERVICE_TEMPLATE)]
    resources = [each for template in templates for each in template["Resources"].values()]
    alarms = [each["Properties"] for each in resources if each["Type"] == "AWS::CloudWatch::Alarm"]
    return {
        "keys": _count(resources, "AWS::KMS::Key"),
        "alarm metrics": sum(_metrics_of(alarm) for alarm in alarms),
        "own metrics": len(own_metrics()),
        "dashboards": _count(resources, "AWS::CloudWatch::Dashboard"),
        "budgets": _count(resources, "AWS::Budgets::Budget"),
    }


def own_metrics() -> set[str]:
    """The metrics that the code counts."""
    sources = (path.read_text("utf-8") for path in (ROOT / "chalicelib").rglob("*.py"))
    return {name for source in sources for name in _METRIC.findall(source)}


def log_retention_days() -> int:
    """How long the service template keeps logs by default."""
    parameters = read_template(SERVICE_TEMPLATE.read_text("utf-8"))["Parameters"]
    return int(parameters["LogRetentionDays"]["Default"])


def _metrics_of(alarm: Mapping[str, Any]) -> int:
    return sum("MetricStat" in each for each in alarm.get("Metrics", [])) or 1


def _count(resources: list[Any], kind: str) -> int:
    return sum(each["Type"] == kind for each in resources)


def together(parts: Iterable[Usage]) -> Usage:
    """The sum of what was used."""
    total = Usage()
    for used in parts:
        total.update(used)
    return total


def _sum(amounts: Amounts, *, free: bool = False) -> float:
    return sum(PRICES[name].of(amount, free=free) for name, amount in amounts.items())


def _steps_table(steps: Mapping[str, Usage]) -> str:
    every = {**steps, "**all**": together(steps.values())}
    return _table(
        ["step", *STEP_COLUMNS],
        [[name, *(_number(used[column]) for column in STEP_COLUMNS.values())] for name, used in every.items()],
    )


def _thousand_table(amounts: Amounts) -> str:
    rows = [[*_units(name, amounts), _dollars(PRICES[name].of(amounts[name]))] for name in PRICES if amounts.get(name)]
    return _table(["", "units", "USD"], rows)


def _idle_table(amounts: Amounts) -> str:
    rows = [
        [*_units(name, amounts), *(_dollars(PRICES[name].of(amounts[name], free=free)) for free in (False, True))]
        for name in PRICES
        if name in amounts
    ]
    return _table(["", "units", "USD, list", "USD, after allowances"], rows)


def _units(name: str, amounts: Amounts) -> list[str]:
    unit = PRICES[name].unit.removesuffix("s") if amounts[name] == 1 else PRICES[name].unit
    return [PRICES[name].what, f"{_number(amounts[name])} {unit}"]


def _table(head: list[str], rows: list[list[str]]) -> str:
    """Numbers to the right; what they are of, on the left."""
    rule = f"|---|{'|'.join('--:' for _ in head[1:])}|"
    lines = [f"| {' | '.join(cells)} |" for cells in [head, *rows]]
    return "\n".join([lines[0], rule, *lines[1:]])


def _number(amount: float) -> str:
    if amount >= 100 or amount == int(amount):
        return f"{amount:,.0f}"
    return f"{amount:.3g}"


def _dollars(amount: float) -> str:
    return f"{amount:.3f}"


def main() -> None:
    """Two seconds."""
    os.environ.update(ENVIRONMENT)
    import app  # it reads STAGE

    text = tables(app)
    print(text)
    DOCUMENT.write_text(with_tables(DOCUMENT.read_text("utf-8"), BEGIN, END, text), "utf-8")


if __name__ == "__main__":
    main()
