"""A page read as a browser would: its elements with their attributes and texts, and what its form would send."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"input", "meta", "link", "br", "hr", "img"})


@dataclass
class Element:
    """One element; `text` is all the text in it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class HtmlPage:
    """All elements in the order of the page."""

    elements: list[Element] = field(default_factory=list)

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Elements of a tag with these attributes (`class_` and `for_` stand for the words that Python keeps)."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            element
            for element in self.elements
            if element.tag == tag and all(element.attributes.get(name) == value for name, value in wanted.items())
        ]

    def one(self, tag: str, **attributes: str) -> Element:
        """The only such element."""
        (element,) = self.all(tag, **attributes)
        return element

    @property
    def ids(self) -> list[str]:
        """Every id, in order."""
        return [element.attributes["id"] for element in self.elements if "id" in element.attributes]

    @property
    def sent(self) -> list[tuple[str, str]]:
        """What a browser would post of an untouched form, without its buttons."""
        pairs = []
        for element in self.elements:
            given = element.attributes
            if element.tag == "textarea":
                pairs.append((given["name"], element.text.removeprefix("\n")))
            elif element.tag == "input" and (given.get("type") not in ("radio", "checkbox") or "checked" in given):
                pairs.append((given["name"], given.get("value", "")))
        return pairs


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = HtmlPage()
        self._open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.page.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data


def read_page(html: str) -> HtmlPage:
    """Parse a page of ours. Fails where tags are not properly nested."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert not reader._open
    return reader.page
