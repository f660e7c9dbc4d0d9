"""What stands around a mention: whether it is denied, asked about, long ago or as always, and whom it is about."""

from __future__ import annotations

from bisect import bisect_right

from chalicelib.triage.clauses import Clauses
from chalicelib.triage.concepts import Event, Hit, Reading

_NEGATION_REACH = 6
_OR_REACH = 4
_CLAUSE_REACH = 12
_CHAIN = 14
_LOOK_BACK = 4
_MARKS = (
    *("NEG", "BRIDGE", "STOP", "SUBJECT", "OR", "NOT_NEGATION"),
    *("CLAUSE", "ASKS", "FIRST_PERSON"),
)
_LISTED = frozenset(
    {"SUICIDE", "KILLSELF", "DIE", "WISH", "HURTSELF", "DEATHWISH", "WAKEWISH", "CUTS", "ATTEMPT", "MYSELF"}
)
"""Groups that a denial may list: `not suicidal or thinking of killing myself`."""
_ANSWERS_NO = frozenset({"no", "none", "negative", "nope", "denied", "normal", "fine", "not"})
_SUBJECTS = frozenset({"i", "she", "we", "they", "you", "it", "yo", "ella"})
_SAYING = frozenset(
    {"think", "thinking", "thought", "believe", "say", "saying", "said", "mean", "means", "feel", "because", "that"}
    | {"creo", "digo", "pienso", "que", "siento"}
)
"""Where a subject ends a denial, except after such a word: `I do not think I want to die`."""
_CUES = frozenset({"ONSET", "NOW", "CHANGE", "CHRONIC", "HISTORIC", "OTHER", "SELF", "WHEN", "FUTURE", "NEG"})
"""Groups that only say when or who: a negation of these denies nothing."""
_WRITER, _OTHERS = frozenset({"FIRST_PERSON", "MYSELF"}), frozenset({"OTHER", "THEMSELVES"})
_OVER = frozenset({"HISTORIC", "SEASON"})
"""Of a sign in the body a month or a season without a year tells that it is over; of a wish to die it does not."""


class Scope:
    """A reading of a text, asked about single mentions in it."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._text = reading.text
        self._spots: dict[str, list[Event]] = {}
        for event in reading.events:
            self._spots.setdefault(event.group, []).append(event)
        self._starts = {group: [event.first for event in events] for group, events in self._spots.items()}
        self._marks = {name: self._places(name) for name in _MARKS}
        self._listed = frozenset(place for name in _LISTED for place in self._places(name))
        self._deniers = self._find_deniers()
        self._clauses = Clauses(self._text, self._spots)

    def _places(self, group: str) -> frozenset[int]:
        spots = self._spots.get(group, ())
        return frozenset(place for event in spots for place in range(event.first, event.last + 1))

    def _find_deniers(self) -> dict[int, int]:
        """For each word that is denied, the word that denies it. A denial reaches six words, four more after an `or`;
        it ends with the sentence, at a comma, at words such as `but`, and where a new clause begins after it denied
        something."""
        deniers: dict[int, int] = {}
        marks = self._marks
        for negator in sorted(marks["NEG"] - marks["NOT_NEGATION"]):
            denied_something = False
            at, limit = negator + 1, negator + _NEGATION_REACH
            while at <= limit and self._continues(at, negator) and at not in marks["STOP"]:
                if at in marks["SUBJECT"] and denied_something:
                    break
                if at in marks["OR"]:
                    limit, denied_something = min(at + _OR_REACH, negator + 2 * _NEGATION_REACH), False
                elif at not in marks["BRIDGE"]:
                    denied_something = True
                deniers[at] = negator
                at += 1
        return deniers

    def _continues(self, at: int, start: int) -> bool:
        text = self._text
        if at >= len(text.words) or text.sentence[at] != text.sentence[start]:
            return False
        return at not in text.commas or at in self._marks["OR"]

    def is_denied(self, hit: Hit) -> bool:
        """Whether a negation that is no part of the mention reaches one of its words."""
        if self._is_answered_no(hit):
            return True
        own = {place for event in hit.events for place in range(event.first, event.last + 1)}
        for event in hit.events:
            denier = self._deniers.get(event.first)
            if denier is not None and denier not in own and event.group not in _CUES:
                return True
        return False

    def is_denied_plainly(self, hit: Hit) -> bool:
        """Whether a negation leads straight to the mention, with nothing between them but words such as `any thoughts
        of` and other such mentions: `I never leave the house, suicidal` denies only the house."""
        if self._is_answered_no(hit):
            return True
        own = {place for event in hit.events for place in range(event.first, event.last + 1)}
        return any(self._leads_from_negation(event, own) for event in hit.events if event.group not in _CUES)

    def names_self_harm(self, hit: Hit) -> bool:
        """Whether the mention names self-harm itself, not a sign of it (such as a letter or a pistol)."""
        return any(event.group in _LISTED for event in hit.events)

    def _leads_from_negation(self, event: Event, own: set[int]) -> bool:
        marks, text = self._marks, self._text
        for at in range(event.first - 1, max(-1, event.first - _CHAIN), -1):
            if text.sentence[at] != text.sentence[event.first] or at in marks["STOP"]:
                return False
            if at + 1 in text.commas and at not in self._listed:
                return False
            if at in marks["NEG"] and at not in marks["NOT_NEGATION"] and at not in own:
                return True
            if text.words[at] in _SUBJECTS and text.words[at - 1] not in _SAYING and at not in self._listed:
                return False
            if not (at in marks["BRIDGE"] or at in marks["OR"] or at in self._listed or at in own):
                return False
        return False

    def _is_answered_no(self, hit: Hit) -> bool:
        """As in a list of signs: `Chest pain: no.`"""
        words, after = self._text.words, hit.last + 1
        if after >= len(words) or words[after] not in _ANSWERS_NO:
            return False
        following = after + 1
        here = self._text.sentence[after]
        return following >= len(words) or following in self._text.commas or self._text.sentence[following] != here

    def has(self, hit: Hit, groups: frozenset[str], around: int = 0) -> bool:
        """Whether one of the groups occurs in the sentences of the mention, or up to `around` sentences away."""
        sentences = self._text.sentence
        first, last = sentences[hit.first] - around, sentences[hit.last] + around
        by_sentence = self._reading.by_sentence
        return any(not groups.isdisjoint(by_sentence.get(number, ())) for number in range(first, last + 1))

    def in_clause(self, hit: Hit, groups: frozenset[str]) -> bool:
        """Whether one of the groups occurs in the clauses of the mention."""
        first, last = self._clauses.span(hit.first, hit.last)
        return any(self._occurs(group, first, last) for group in groups)

    def _occurs(self, group: str, first: int, last: int) -> bool:
        return any(event.last >= first for event in self._latest(group, last))

    def _latest(self, group: str, at: int) -> list[Event]:
        """The last few events of the group that begin at `at` or before: a look that costs the same in any text."""
        end = bisect_right(self._starts.get(group, ()), at)
        return self._spots[group][max(0, end - _LOOK_BACK) : end] if end else []

    def is_asked_about(self, hit: Hit) -> bool:
        """Whether a question about risks governs the mention: it stands before it in its clause, and the writer does
        not speak of himself in between."""
        first, _ = self._clauses.span(hit.first, hit.last)
        asking = [event.last for event in self._latest("RISK", hit.first) if event.last >= first]
        return bool(asking) and (self._last(_WRITER, hit.last) or -1) <= max(asking)

    def is_first_person(self, hit: Hit) -> bool:
        """Whether the person named last in the clause, up to the end of the mention, is the writer."""
        first, _ = self._clauses.span(hit.first, hit.last)
        writer = self._last(_WRITER, hit.last)
        return writer is not None and writer >= first and writer >= (self._last(_OTHERS, hit.last) or -1)

    def _last(self, groups: frozenset[str], at: int) -> int | None:
        """Where the last event of the groups ends that begins at `at` or before."""
        return max((event.last for group in groups for event in self._latest(group, at)), default=None)

    def is_long_over(self, hit: Hit) -> bool:
        """Whether the clause itself tells of something long over."""
        return self.in_clause(hit, frozenset({"HISTORIC"})) and not self.in_clause(hit, frozenset({"ONSET", "NOW"}))

    def is_asked(self, hit: Hit) -> bool:
        """Whether the sentence asks about a risk instead of telling what happened."""
        return self.has(hit, frozenset({"RISK"})) and not self.has(hit, frozenset({"ONSET"}))

    def is_general_question(self, hit: Hit) -> bool:
        """Whether the sentence is a question about nobody in particular."""
        text = self._text
        if text.sentence[hit.last] not in text.asked or self.has(hit, frozenset({"SELF", "OTHER", "ONSET", "ME"})):
            return False
        first, _ = self._clause(hit)
        return not self._marks["ASKS"].isdisjoint(range(max(0, first - 3), hit.first + 1))

    def is_chronic(self, hit: Hit) -> bool:
        """Whether the clause says that it has long been so, and the sentence names no change and no onset."""
        if self.has(hit, frozenset({"STEADY"}), 1) and not self.has(hit, frozenset({"CHANGE"})):
            return True
        around = 1 if hit.frame.slow else 0
        if self.has(hit, frozenset({"ONSET", "CHANGE"}), around):
            return False
        if hit.frame.slow and self.has(hit, frozenset({"CHRONIC"}), around):
            return True
        first, last = self._clause(hit)
        return self._occurs("CHRONIC", first, last)

    def is_historic(self, hit: Hit) -> bool:
        """Whether the sentence tells of something long over."""
        return self.has(hit, _OVER) and not self.has(hit, frozenset({"ONSET", "NOW"}))

    def is_in_old_story(self, hit: Hit) -> bool:
        """Whether this sentence or one beside it tells of something long over, and none says that it is now."""
        sentence = self._text.sentence[hit.first]
        groups = [self._reading.by_sentence.get(number, set()) for number in range(sentence - 2, sentence + 2)]
        return any(not _OVER.isdisjoint(found) for found in groups) and not any("ONSET" in found for found in groups)

    def overlaps(self, hit: Hit, group: str) -> bool:
        """Whether words of the mention are also words of the group."""
        spots = self._latest(group, hit.last)
        return any(a.first <= b.last and b.first <= a.last for a in spots for b in hit.events)

    def is_about_other(self, hit: Hit) -> bool:
        """Whether the nearest person named before (or in) the mention is somebody else than the writer."""
        groups = {event.group for event in hit.events}
        if groups & {"MYSELF", "SELF"}:
            return False
        if groups & {"THEMSELVES", "OTHER"}:
            return True
        sentence = self._text.sentence
        people = [*self._latest("SELF", hit.first), *self._latest("OTHER", hit.first)]
        near = [event for event in people if sentence[event.first] == sentence[hit.first]]
        return bool(near) and max(near, key=lambda event: (event.last, event.group == "OTHER")).group == "OTHER"

    def _clause(self, hit: Hit) -> tuple[int, int]:
        first, last = hit.first, hit.last
        while first > max(0, hit.first - _CLAUSE_REACH) and not self._breaks(first):
            first -= 1
        while last + 1 < min(len(self._text.words), hit.last + _CLAUSE_REACH) and not self._breaks(last + 1):
            last += 1
        return first, last

    def _breaks(self, at: int) -> bool:
        text = self._text
        return at in text.commas or at in self._marks["CLAUSE"] or text.sentence[at] != text.sentence[at - 1]
