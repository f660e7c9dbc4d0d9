"""Measures the screening of free text: CPU for 10,000 characters, plain and made to be slow, and the first text of an
instance."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

LIMIT_SECONDS = 0.025
LENGTH = 10_000
MESSAGES = Path(__file__).parents[1] / "evaluation" / "tuning" / "tuning_general4.jsonl"


def texts() -> dict[str, str]:
    """Ten thousand characters each: real messages, and inputs that look for slow paths."""
    messages = (json.loads(line)["answers"]["message"] for line in MESSAGES.read_text("utf-8").splitlines())
    odd_words = (f"w{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n // 676 % 26)}" for n in range(LENGTH))
    made = {
        "messages in a row": " ".join(messages),
        "one letter, no space": "a" * LENGTH,
        "one word over and over": "i " * LENGTH,
        "trigger words over and over": "i want to not die kill my leg cold blue since today " * 500,
        "new words all the time": " ".join(odd_words),
        "combining accents": "e\u0301\u0302" * LENGTH,
        "no end of sentence": "and then i went to the doctor with my foot and " * 500,
        "ends of sentences": "i. " * LENGTH,
    }
    return {name: text[:LENGTH] for name, text in made.items()}


def measure() -> bool:
    """Print the table; True when the messages stay below the limit."""
    from chalicelib.models.answers import Answers
    from chalicelib.triage.free_text import screen_text

    seconds = {}
    for name, text in texts().items():
        answers = Answers(message=text)
        screen_text(answers)
        spent = []
        for _ in range(5):
            started = time.process_time()
            screen_text(answers)
            spent.append(time.process_time() - started)
        seconds[name] = min(spent)
        print(f"screening 10,000 characters: {name:28} {seconds[name] * 1e3:6.1f} ms")
    print(f"first text of an instance: {_first_text() * 1e3:.0f} ms of CPU for lexicon, weights and one sentence")
    return max(seconds.values()) <= LIMIT_SECONDS


def _first_text() -> float:
    code = (
        "import time; from chalicelib.models.answers import Answers; "
        "from chalicelib.triage.free_text import screen_text; "
        "t = time.process_time(); screen_text(Answers(message='my foot hurts')); print(time.process_time() - t)"
    )
    runs = [subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True) for _ in range(5)]
    return statistics.median(float(run.stdout) for run in runs)
