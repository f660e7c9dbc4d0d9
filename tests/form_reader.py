"""A page's form as a browser would send it, without a browser."""

from __future__ import annotations

from html.parser import HTMLParser

Attributes = dict[str, str]


class FormReader(HTMLParser):
    """`pairs` are the names and values that pressing the button would send from the form `enquiry`."""

    def __init__(self) -> None:
        super().__init__()
        self.pairs: list[tuple[str, str]] = []
        self.action = ""
        self.inside = False
        self._typed_into = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: Attributes = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("id") == "enquiry":
            self.inside, self.action = True, given["action"]
        elif self.inside and tag == "textarea":
            self._typed_into = given["name"]
            self.pairs.append((given["name"], ""))
        elif self.inside and tag == "input" and _is_sent(given):
            self.pairs.append((given["name"], given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "textarea":
            self._typed_into = ""

    def handle_data(self, data: str) -> None:
        if self._typed_into:
            name, before = self.pairs.pop()
            self.pairs.append((name, before + (data if before else data.removeprefix("\n"))))

    def values(self, name: str) -> list[str]:
        """Every value that the form would send under a name."""
        return [value for given, value in self.pairs if given == name]


def read_form(page: str) -> FormReader:
    """The form of a page."""
    reader = FormReader()
    reader.feed(page)
    reader.close()
    return reader


def _is_sent(given: Attributes) -> bool:
    return given.get("type") not in ("checkbox", "radio") or "checked" in given
