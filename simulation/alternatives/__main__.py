"""`python -m simulation.alternatives`: compare, print the tables and put them into docs/reliability.md."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from simulation.alternatives.comparison import HANDLERS, OURS, System, compare, tables
from simulation.alternatives.contact_form_package import ContactFormSite, install
from simulation.marked_tables import with_tables

DOCUMENT = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- written by make alternatives -->\n", "<!-- end -->"


def main() -> None:
    """Two to three minutes. Raises CalledProcessError where the package cannot be installed."""
    seed = _seed()
    install()
    with ContactFormSite() as site:
        package = System("django-contact-form 5.2.0 (BSD-3-Clause), by SMTP", site.play)
        endings = {}
        for system in (*HANDLERS, package, OURS):
            began = time.monotonic()
            endings[system.name] = compare(system, seed)
            print(f"{system.name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    text = tables(endings)
    print(text)
    DOCUMENT.write_text(with_tables(DOCUMENT.read_text("utf-8"), BEGIN, END, text), "utf-8")


def _seed() -> int:
    parser = argparse.ArgumentParser(prog="python -m simulation.alternatives", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="which second faults are drawn for the enquiry desk")
    return int(parser.parse_args().seed)


if __name__ == "__main__":
    main()
