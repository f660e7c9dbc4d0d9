"""`python -m benchmarks.flood`: what 1,000 requests a second for an hour cost at the default limits. Prints the table
and puts it into docs/security.md."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

from benchmarks.cost import ROOT, amounts_of
from benchmarks.metered_flood import dearest_posts, refused_post, visit
from benchmarks.metered_stage import Usage
from benchmarks.post import ENVIRONMENT
from benchmarks.prices import GB, LAMBDA_LINES, LINE_EXTRA_BYTES, PRICES
from chalicelib.settings import Settings
from infrastructure import gateway
from simulation.marked_tables import with_tables

DOCUMENT = ROOT / "docs" / "security.md"
BEGIN, END = "<!-- written by python -m benchmarks.flood -->\n", "<!-- end of the flood -->"
FLOOD_PER_SECOND, SECONDS = 1_000, 3_600
FORMS = 2
"""`/enquiries` and `/f/{form}` store, each within limits of its own."""
MOST_USD = 1.0


@dataclass(frozen=True)
class Flood:
    """`passed`: what the gateway lets through of it in an hour; `usd` for that hour and all that follows from it."""

    what: str
    passed: int
    usd: float


def floods(app_module: ModuleType) -> Iterator[Flood]:
    """Floods of one kind, the dearest first, then all kinds at once."""
    settings = Settings()
    posts = _passed(gateway.POSTS_PER_SECOND, gateway.POSTS_AT_ONCE)
    reads = _passed(gateway.READS_PER_SECOND, gateway.READS_AT_ONCE)
    others = _passed(gateway.REQUESTS_PER_SECOND, gateway.REQUESTS_AT_ONCE)
    acknowledged = min(FORMS * posts, settings.mail_budget) * PRICES["mails"].usd
    each, once = dearest_posts(app_module, round(FORMS * gateway.POSTS_PER_SECOND * 60))
    stored = FORMS * posts * usd(each) + usd(once) + acknowledged
    page = usd(visit(app_module, "/form"))
    yield Flood(
        "emergencies, each from another network and person, to both addresses of forms",
        FORMS * posts,
        stored,
    )
    refused = usd(refused_post(app_module, settings.rate_limit_contact))
    yield Flood("posts beyond our own limits, to both (answered 429)", FORMS * posts, FORMS * posts * refused)
    yield Flood("`GET /form`", reads, reads * page)
    yield Flood("`GET /embed.js`", reads, reads * usd(visit(app_module, "/embed.js")))
    yield Flood("`GET /health`", others, others * usd(visit(app_module, "/health")))
    rest = len(gateway.BUSY_READS) * reads + (_methods(app_module) - len(gateway.BUSY_READS) - FORMS) * others
    yield Flood(
        "the first, and every other method of every address as well",
        FORMS * posts + rest,
        stored + rest * page,
    )


def usd(used: Usage) -> float:
    """List price of what was used."""
    return sum(PRICES[name].of(amount) for name, amount in amounts_of(used, 1).items())


def table(app_module: ModuleType) -> str:
    """All floods, and what those would cost that the gateway refuses, if AWS counted them."""
    rows = [f"| {each.what} | {each.passed:,} | {each.usd:.2f} |" for each in floods(app_module)]
    refused = FLOOD_PER_SECOND * SECONDS
    lines = refused * (LAMBDA_LINES.access + LINE_EXTRA_BYTES) / GB
    if_logged = lines * PRICES["log GB"].usd
    return "\n".join(
        [
            "| 1,000 requests a second for an hour: | the gateway lets through | USD |",
            "|---|--:|--:|",
            *rows,
            "",
            f"The other {refused / 1e6:.1f} million are answered by the gateway: **0.00 USD**, as AWS does not charge"
            f" for them. If it did, they would cost {refused * PRICES['requests'].usd:.2f} USD; if each wrote a line of"
            f" the access log, {if_logged:.2f} USD.",
        ]
    )


def _passed(per_second: float, at_once: int) -> int:
    """A bucket that is full at the beginning and is filled again at a rate."""
    return round(per_second * SECONDS) + at_once


def _methods(app_module: ModuleType) -> int:
    return sum(len(methods) for methods in app_module.app.routes.values())


def main() -> None:
    """Half a minute."""
    os.environ.update(ENVIRONMENT)
    import app  # it reads STAGE

    text = table(app)
    print(text)
    DOCUMENT.write_text(with_tables(DOCUMENT.read_text("utf-8"), BEGIN, END, text), "utf-8")


if __name__ == "__main__":
    main()
