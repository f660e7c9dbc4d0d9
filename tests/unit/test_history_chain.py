"""A history that was tampered with says where."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.models.history_chain import Break, ChainHead, HistoryEvent, Link, first_break, head_after, next_link

AT = datetime(2026, 3, 2, 15, tzinfo=UTC)
ENQUIRY = "enquiry-1"


def an_event(number: int, **overrides: object) -> HistoryEvent:
    values = {"kind": "note", "by": "staff@example.com", "at": AT + timedelta(minutes=number)}
    return HistoryEvent(**{**values, "facts": {"text": f"Note {number}"}, "salt": f"salt-{number}", **overrides})


def a_chain(*events: HistoryEvent) -> tuple[list[Link], ChainHead]:
    links: list[Link] = []
    head = ChainHead()
    for event in events:
        links.append(next_link(head, ENQUIRY, event))
        head = head_after(links[-1])
    return links, head


def four() -> tuple[list[Link], ChainHead]:
    return a_chain(*(an_event(number) for number in range(1, 5)))


def changed(link: Link, **changes: object) -> Link:
    return link.model_copy(update=changes)


def erased(link: Link) -> Link:
    return changed(link, facts={}, salt="", erased=True)


def test_a_chain_that_nobody_touched_holds() -> None:
    links, head = four()

    assert 4 == head.links
    assert first_break(ENQUIRY, links, head) is None
    assert first_break(ENQUIRY, [], ChainHead()) is None


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("facts", {"text": "Note X"}, "text_changed"),
        ("facts", {}, "text_changed"),
        ("salt", "pepper", "text_changed"),
        ("digest", "0" * 64, "text_changed"),
        ("kind", "closed", "changed"),
        ("by", "somebody@example.com", "changed"),
        ("at", AT, "changed"),
        ("hash", "0" * 64, "changed"),
        ("previous", "0" * 64, "out_of_place"),
        ("number", 7, "missing"),
        ("erased", True, "erased_unsaid"),
    ],
)
def test_every_changed_field_breaks_its_link(field: str, value: object, why: str) -> None:
    links, head = four()
    links[2] = changed(links[2], **{field: value})

    assert Break(3, why) == first_break(ENQUIRY, links, head)  # type: ignore[arg-type]


def test_a_link_that_was_taken_out_is_named() -> None:
    links, head = four()

    assert Break(2, "missing") == first_break(ENQUIRY, [links[0], *links[2:]], head)
    assert Break(4, "cut_off") == first_break(ENQUIRY, links[:3], head)
    assert Break(1, "cut_off") == first_break(ENQUIRY, [], head)


def test_a_link_that_was_added_without_the_head_is_named() -> None:
    links, _ = four()
    head = head_after(links[2])

    assert Break(5, "cut_off") == first_break(ENQUIRY, links, head)


def test_links_that_changed_places_are_named() -> None:
    links, head = four()

    assert Break(2, "missing") == first_break(ENQUIRY, [links[0], links[2], links[1], links[3]], head)


def test_a_link_written_anew_with_a_right_hash_breaks_the_next() -> None:
    links, head = four()
    links[1] = next_link(head_after(links[0]), ENQUIRY, an_event(2, by="somebody@example.com"))

    assert Break(3, "out_of_place") == first_break(ENQUIRY, links, head)


def test_a_history_does_not_pass_for_that_of_another_enquiry() -> None:
    links, head = four()

    assert Break(1, "changed") == first_break("enquiry-2", links, head)


def test_erased_text_keeps_the_chain_and_says_so() -> None:
    links, head = a_chain(an_event(1), an_event(2), an_event(3, kind="erased", facts={}, salt=""))
    gone = [erased(links[0]), erased(links[1]), links[2]]

    assert first_break(ENQUIRY, gone, head) is None
    assert [] == [link for link in gone if "Note" in link.model_dump_json()]


def test_an_erased_link_still_says_who_and_when() -> None:
    links, head = a_chain(an_event(1), an_event(2, kind="erased", facts={}, salt=""))
    forged = changed(erased(links[0]), by="somebody@example.com")

    assert Break(1, "changed") == first_break(ENQUIRY, [forged, links[1]], head)


def test_the_same_note_twice_has_two_digests() -> None:
    first = next_link(ChainHead(), ENQUIRY, an_event(1))
    again = next_link(ChainHead(), ENQUIRY, an_event(1, salt="another"))

    assert first.digest != again.digest


def test_text_without_salt_is_refused() -> None:
    with pytest.raises(ValueError, match="salt"):
        next_link(ChainHead(), ENQUIRY, an_event(1, salt=""))
