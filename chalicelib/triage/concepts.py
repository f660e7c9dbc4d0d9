"""Word groups and frames of the lexicon found in a text: what is mentioned, before anybody asks whether it is meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from chalicelib.triage.lexicon import ANY_WORD, DETERMINER, END, Completion, Frame, Lexicon, Node
from chalicelib.triage.words import Text

_GAP = 3
_DETERMINERS = 2
_ENOUGH_HITS = 4
_LOOK_BACK = 4
_MASK = "IDIOM"


class Event(NamedTuple):
    """A group that occurs from word `first` to word `last` (inclusive)."""

    group: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A frame that occurs, with the event of each of its parts in the order in which they stand."""

    frame: Frame
    events: tuple[Event, ...]

    @property
    def first(self) -> int:
        """The first word."""
        return self.events[0].first

    @property
    def last(self) -> int:
        """The last word."""
        return max(event.last for event in self.events)


@dataclass(slots=True)
class Reading:
    """A text with the groups found in it. `steps` counts the work done, so that a test can hold it to the length."""

    text: Text
    lexicon: Lexicon
    events: list[Event] = field(default_factory=list)
    by_sentence: dict[int, set[str]] = field(default_factory=dict)
    steps: int = 0


def read_groups(text: Text, lexicon: Lexicon) -> Reading:
    """Find every group: single words by look-up, phrases along a tree, so that a word costs the same however many
    phrases there are. Words of an idiom count for nothing else."""
    reading = Reading(text, lexicon)
    cache: dict[str, tuple[str, ...]] = {}
    tags: list[tuple[str, ...]] = []
    for word in text.words:
        known = cache.get(word)
        if known is None:
            known = cache[word] = lexicon.classes_of(word)
        tags.append(known)
    found: list[Event] = []
    masked: set[int] = set()
    tree = lexicon.tree
    for first, (word, own) in enumerate(zip(text.words, tags, strict=True)):
        for tag in own:
            found.append(Event(tag, first, first))
        if word not in tree and tree.keys().isdisjoint(own):
            continue
        for group, last in _phrases(reading, tags, first):
            if group == _MASK:
                masked.update(range(first, last + 1))
            else:
                found.append(Event(group, first, last))
    if masked:
        found = [event for event in found if masked.isdisjoint(range(event.first, event.last + 1))]
    reading.events = found
    for event in found:
        reading.by_sentence.setdefault(text.sentence[event.first], set()).add(event.group)
    return reading


def _by_end(event: Event) -> tuple[int, int]:
    return event.last, event.first


def _phrases(reading: Reading, tags: list[tuple[str, ...]], first: int) -> set[tuple[str, int]]:
    """The phrases that begin at `first`, as group and last word. Walks the branches of the tree side by side; phrases
    are short, so that the walk has an upper bound."""
    words, sentence = reading.text.words, reading.text.sentence
    found: set[tuple[str, int]] = set()
    todo: list[tuple[int, Node]] = []
    _follow(todo, reading.lexicon.tree, first, words, tags)
    while todo:
        at, node = todo.pop()
        reading.steps += 1
        if END in node:
            found.update((group, at - 1) for group in node[END])
        if at < len(sentence) and sentence[at] == sentence[first]:
            _follow(todo, node, at, words, tags)
            for place, after in _beyond(tags, node, at):
                _follow(todo, after, place, words, tags)
    return found


def _follow(
    todo: list[tuple[int, Node]], node: Node, at: int, words: Sequence[str], tags: Sequence[tuple[str, ...]]
) -> None:
    """The branches of a node that the word at `at` takes."""
    following = node.get(words[at])
    if following is not None:
        todo.append((at + 1, following))
    for tag in tags[at]:
        following = node.get(tag)
        if following is not None:
            todo.append((at + 1, following))


def _beyond(tags: Sequence[tuple[str, ...]], node: Node, at: int) -> list[tuple[int, Node]]:
    """Where a node goes on after words that may stand between."""
    found: list[tuple[int, Node]] = []
    if ANY_WORD in node:
        found.extend((place, node[ANY_WORD]) for place in range(at, min(at + _GAP + 1, len(tags))))
    if DETERMINER in node:
        place, last = at, min(at + _DETERMINERS, len(tags) - 1)
        found.append((place, node[DETERMINER]))
        while place < last and "DET" in tags[place]:
            place += 1
            found.append((place, node[DETERMINER]))
    return found


def find_frames(reading: Reading) -> list[Hit]:
    """Find every frame. Each event looks only at the frames that it may complete, and a frame that was found often
    enough is not looked for again."""
    framed = reading.lexicon.framed
    events = sorted((event for event in reading.events if event.group in framed), key=_by_end)
    possible = _possible(reading.lexicon, {event.group for event in events})
    history: dict[str, list[Event]] = {}
    counts: dict[int, int] = {}
    hits: list[Hit] = []
    for event in events:
        history.setdefault(event.group, []).append(event)
        for completion in possible[event.group]:
            reading.steps += 1
            number = completion.number
            if counts.get(number, 0) >= _ENOUGH_HITS:
                continue
            found = _complete(completion, event, history, reading.text)
            if found is not None:
                counts[number] = counts.get(number, 0) + 1
                hits.append(Hit(completion.frame, found))
    return hits


def _possible(lexicon: Lexicon, present: set[str]) -> dict[str, list[Completion]]:
    """By group, the frames whose other parts occur somewhere in the text: most do not, and need no second look."""
    return {
        group: [
            completion
            for completion in lexicon.completed_by.get(group, ())
            if not any(part.isdisjoint(present) for part in completion.others)
        ]
        for group in present
    }


def _complete(
    completion: Completion, event: Event, history: dict[str, list[Event]], text: Text
) -> tuple[Event, ...] | None:
    if not completion.others:
        return (event,)
    find = _in_order if completion.frame.ordered else _together
    return find(completion, event, history, text)


def _in_order(
    completion: Completion, last: Event, history: dict[str, list[Event]], text: Text
) -> tuple[Event, ...] | None:
    chain = [last]
    for part in reversed(completion.others):
        earlier = _before(part, chain[-1].first, history)
        if earlier is None or text.place[chain[-1].first] - text.place[earlier.last] > completion.frame.reach + 1:
            return None
        chain.append(earlier)
    return tuple(reversed(chain))


def _together(
    completion: Completion, event: Event, history: dict[str, list[Event]], text: Text
) -> tuple[Event, ...] | None:
    chosen = [event]
    for part in completion.others:
        near = _disjoint(part, chosen, history)
        if near is None or text.place[event.last] - text.place[near.first] > completion.frame.reach:
            return None
        chosen.append(near)
    return tuple(sorted(chosen, key=_by_end))


def _before(part: frozenset[str], start: int, history: dict[str, list[Event]]) -> Event | None:
    best: Event | None = None
    for group in part:
        for event in reversed(history.get(group, ())[-_LOOK_BACK:]):
            if event.last < start:
                if best is None or event.last > best.last:
                    best = event
                break
    return best


def _disjoint(part: frozenset[str], chosen: list[Event], history: dict[str, list[Event]]) -> Event | None:
    best: Event | None = None
    for group in part:
        for event in reversed(history.get(group, ())[-_LOOK_BACK:]):
            if all(event.last < other.first or event.first > other.last for other in chosen):
                if best is None or event.last > best.last:
                    best = event
                break
    return best
