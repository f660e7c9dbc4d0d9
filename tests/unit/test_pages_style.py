"""The colours of the pages, in light and dark, measured as WCAG 2.2 does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).parents[2] / "chalicelib" / "pages" / "assets" / "style.css").read_text("utf-8")
SCHEMES = {
    name: dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
    for name, block in zip(("light", "dark"), re.findall(r":root \{(.*?)\}", CSS, re.DOTALL), strict=True)
}
TEXT = [
    *[(ink, ground) for ink in ("text", "soft", "accent", "alarm") for ground in ("page", "surface")],
    ("text", "tint"),
    ("text", "alarm-tint"),
    ("alarm", "alarm-tint"),
    ("on-accent", "accent"),
]
EDGES = [("line", "page"), ("line", "surface"), ("ring", "page"), ("ring", "surface"), ("accent", "tint")]


def luminance(colour: str) -> float:
    """Relative luminance. Source: WCAG 2.2, definition of relative luminance."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(scheme: str, first: str, second: str) -> float:
    lighter, darker = sorted((luminance(SCHEMES[scheme][name]) for name in (first, second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_stands_out_from_its_ground(scheme: str, ink: str, ground: str) -> None:
    assert contrast(scheme, ink, ground) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("edge", "ground"), EDGES)
def test_edges_and_focus_can_be_seen(scheme: str, edge: str, ground: str) -> None:
    assert contrast(scheme, edge, ground) >= 3


def test_the_focus_is_never_taken_away() -> None:
    assert re.findall(r"([^}]+)\{[^}]*outline: none", CSS) == ["\nmain:focus "]
