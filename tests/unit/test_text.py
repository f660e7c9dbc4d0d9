"""Typed text made fit to store and show."""

from __future__ import annotations

import pytest

from chalicelib.models.text import clean_line, clean_text, without_invisible


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("  a\tb  ", "a b"),
        ("a\r\nb", "a b"),
        ("a\u2028b\u00a0c", "a b c"),
        ("a\x00b\x07c\x7f", "abc"),
        ("\u202ea\u202c\u200b\ufeff", "a"),
        ("Jose\u0301", "José"),
        ("e\u200b\u0301", "é"),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("👩\u200d⚕️", "👩\u200d⚕️"),
        ("   ", ""),
    ],
)
def test_a_line_is_cleaned(typed: str, clean: str) -> None:

    assert clean == clean_line(typed)


def test_a_text_keeps_its_lines() -> None:

    assert "a\nb\nc\nd" == clean_text("\r\n a\r\nb\rc\u2029d\n\n")


def test_an_address_keeps_no_format_character() -> None:

    assert "2025550123" == without_invisible("\u202d202\u200c555\u00ad0123\u2060 ")
    assert "a" == without_invisible("\u00ad a")


def test_a_long_run_of_accents_is_cleaned_in_time() -> None:
    typed = "a" + "\u0301\u0327" * 16_000

    # It took 0.6 s for each cleaning in one piece; pytest's own limit is the measure here, the result is what counts.
    assert len(clean_text(typed)) >= 30_000
