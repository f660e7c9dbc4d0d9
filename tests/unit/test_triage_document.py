"""docs/triage.md says of rules and evaluation what the data says."""

from __future__ import annotations

from evaluation.document import DOCUMENT, documented


def test_the_document_is_what_the_data_makes_of_it() -> None:
    text = DOCUMENT.read_text("utf-8")

    assert "<!-- rules -->" in text
    assert "<!-- evaluation -->" in text
    assert documented(text) == text
