"""Text cut into words that know where they stood, in plain form, with the words that were meant."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chalicelib.triage.characters import IGNORED, MARKS, QUOTES, is_mostly_latin, plain
from chalicelib.triage.spelling import Spelling

_STOPS = ".!?;…\n。！？؟।"
_IN_WORD = rf"[\w{QUOTES}*@${MARKS}{IGNORED}]"
_TOKEN = re.compile(
    rf"(?P<spaced>(?<!\w)[^\W\d_](?:(?:[^\w\s,;:!?{QUOTES}{IGNORED}{MARKS}]|[ _]| [{QUOTES}] )[^\W\d_]){{1,199}}(?!\w))"
    r"|(?P<telephone>(?<!\w)\(?[2-9][0-9]{2}\)?[ .–-]{0,2}[2-9][0-9]{2}[ .–-][0-9]{4}(?!\w))"
    r"|(?P<number>[0-9]{0,30}[.][0-9]+)"
    rf"|(?P<word>{_IN_WORD}+(?:[!|+€]{_IN_WORD}+)*)"
    rf"|(?P<stop>[{_STOPS}](?:[^\S\n]*[{_STOPS}])*)"
    r"|(?P<comma>[,:，—–(])"
)  # fmt: skip
_SYMBOL = re.compile("[!|+€_]")
_NEXT = re.compile(r"\s*(.)")
_LETTERS = re.compile(r"[^\W\d_]")
_DIGITS = frozenset("0123456789.")
_MAX_WORD = 40
_MAX_TOKEN = 400
_FEW_LETTERS = 4
_BETWEEN_SPACED = 4
_WRAPPED_LINE = 40
_SENTENCE_GAP = 6
_SPOKEN = frozenset({"period", "comma"})
"""Punctuation as dictation writes it out."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text as parallel lists, one item per plain word: where it stood in the original, its sentence, and its place
    on a ruler on which the end of a sentence counts as six words. `asked` holds the sentences that end in `?`,
    `bounds` where each sentence begins and ends in the original, `steps` the work that reading it took."""

    original: str
    words: Sequence[str]
    starts: Sequence[int]
    ends: Sequence[int]
    sentence: Sequence[int]
    place: Sequence[int]
    commas: frozenset[int]
    asked: frozenset[int]
    bounds: Mapping[int, tuple[int, int]]
    steps: int = 0

    def quote(self, first: int, last: int, limit: int = 200) -> str:
        """The words from `first` to `last` (inclusive) as they were typed, at most `limit` characters."""
        start, end = self.starts[first], self.ends[last]
        quoted = " ".join(self.original[start : min(end, start + limit - 1)].split())
        return quoted if end - start < limit else f"{quoted}…"

    def surroundings(self, first: int, last: int, limit: int = 200) -> str:
        """The sentence around these words as typed, at most `limit` characters, with `…` where it was cut."""
        start, end = self.bounds[self.sentence[first]][0], self.bounds[self.sentence[last]][1]
        begin, stop = start, end
        if stop - begin > limit:
            spare = max(0, limit - 2 - (self.ends[last] - self.starts[first])) // 2
            begin, stop = max(start, self.starts[first] - spare), min(end, self.ends[last] + spare)
            stop = min(stop, begin + limit - 2)
        quoted = " ".join(self.original[begin:stop].split())
        return f"{'…' if begin > start else ''}{quoted}{'…' if stop < end else ''}"


Joins = Mapping[tuple[str, str], tuple[str, ...]]
"""Words that belong together when they follow each other, and the words that they then are."""


class _Cutter:
    """The parallel lists of a text while it is being cut."""

    def __init__(self, original: str, silent: frozenset[str], joins: Joins) -> None:
        self._original = original
        self._silent = silent
        self._joins = joins
        self._join_ends = frozenset(second for _, second in joins)
        self._sentence = self._place = self._place_of_break = self._line_start = 0
        self._begin, self._end = -1, 0
        self.words: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.sentences: list[int] = []
        self.places: list[int] = []
        self.commas: set[int] = set()
        self.asked: set[int] = set()
        self._bounds: dict[int, tuple[int, int]] = {}

    def stop(self, signs: str, start: int, end: int) -> None:
        """The end of a sentence, unless the sentence plainly goes on."""
        line_start = self._line_start
        if "\n" in signs:
            self._line_start = end
        if not self._is_within():
            return
        if self._goes_on(signs, end):
            if signs != "\n" or start - line_start < _WRAPPED_LINE:
                self.comma()
            return
        if "?" in signs:
            self.asked.add(self._sentence)
        self._bounds[self._sentence] = (self._begin, self._end)
        self._begin = -1
        self._sentence += 1
        self._place += _SENTENCE_GAP
        self._place_of_break = self._place

    def _goes_on(self, signs: str, end: int) -> bool:
        """A line that goes on in lower case, or single words set apart by dots."""
        if signs != "\n" and (self._place - self._place_of_break != 1 or signs.strip(".…")):
            return False
        following = _NEXT.match(self._original, end)
        if following is None or not following[1].islower():
            return False
        return signs != "." or following.start(1) == end

    def comma(self) -> None:
        self._place_of_break = self._place
        self.commas.add(len(self.words))

    def add(self, word: str, start: int, end: int) -> None:
        self._place += 1
        self._end = end
        if self._begin < 0:
            self._begin = start
        words = self.words
        # A word said over and over says no more than three times; it must not cost more either.
        if word in self._silent or (len(words) > 2 and words[-1] == word and words[-2] == words[-3] == word):
            return
        if word in self._join_ends and self._is_within() and (joined := self._joins.get((words[-1], word))):
            words[-1], self.ends[-1] = joined[0], end
            if len(joined) == 1:
                return
            word = joined[1]
        words.append(word)
        self.starts.append(start)
        self.ends.append(end)
        self.sentences.append(self._sentence)
        self.places.append(self._place)

    def mend_last(self, word: str, end: int) -> None:
        """Put a word in the place of the last one, of which it is the whole."""
        self.words[-1], self.ends[-1] = word, end
        self._end = end

    def is_wide(self, at: int) -> bool:
        """Whether more than one space stands there, as between words whose letters are set apart."""
        return len(gap := self._original[at : at + 2]) == 2 and gap.isspace()

    def text(self, steps: int) -> Text:
        """What was cut."""
        self._bounds[self._sentence] = (self._begin, self._end)
        return Text(
            self._original,
            self.words,
            self.starts,
            self.ends,
            self.sentences,
            self.places,
            frozenset(self.commas),
            frozenset(self.asked),
            self._bounds,
            steps,
        )

    def _is_within(self) -> bool:
        return bool(self.words) and self.sentences[-1] == self._sentence


class _Reader:
    """Reads the tokens of one text."""

    def __init__(self, original: str, spelling: Spelling, cutter: _Cutter) -> None:
        self._spelling = spelling
        self._cutter = cutter
        self._among_latin = is_mostly_latin(original)
        self._known: dict[str, tuple[str, ...]] = {}
        self._ordinary: dict[str, tuple[str, ...]] = {}
        self._end_of_spaced = -_MAX_TOKEN
        self._in_pieces: set[str] = set()
        self._last_is_odd = False
        self.steps = 0

    def read(self, raw: str, start: int, end: int) -> None:
        """One token that may hold words."""
        self.steps += 1
        meant = self._ordinary.get(raw)
        if meant is None or self._last_is_odd:
            self._read_odd(raw, start, end)
            return
        for word in meant:
            self._cutter.add(word, start, end)

    def _read_odd(self, raw: str, start: int, end: int) -> None:
        """A token that is new, or that may have to be mended together with the last one."""
        meant = self._known.get(raw)
        if meant is None:
            if _SYMBOL.search(raw):
                self._read_with_signs(raw, start, end)
                return
            meant = self._known[raw] = self._meant(raw)
        if meant and meant[0] in _SPOKEN:
            (self._cutter.stop(".\n.", start, end) if meant[0] == "period" else self._cutter.comma())
            return
        is_odd = len(meant) == 1 and (self._is_decoded(raw) or not self._spelling.is_known(meant[0]))
        if (is_odd or self._last_is_odd) and len(meant) == 1 and self._mends_the_last(raw, meant[0], start, end):
            return
        self._last_is_odd = is_odd
        if not is_odd and raw != "1":
            self._ordinary[raw] = meant
        for word in meant:
            self._cutter.add(word, start, end)

    def _read_with_signs(self, raw: str, start: int, end: int) -> None:
        """A token with signs inside: one word if they stand for letters, else several."""
        if raw not in self._in_pieces:
            if decoded := self._spelling.decode(plain(raw[:_MAX_TOKEN], self._among_latin)):
                self._known[raw] = decoded
                self._read_odd(raw, start, end)
                return
            self._in_pieces.add(raw)
        at = start
        for piece in _SYMBOL.split(raw):
            if at > start and raw[at - 1 - start] == "!":
                self._cutter.stop("!", at - 1, at)
            if piece:
                self.read(piece, at, at + len(piece))
            at += len(piece) + 1

    def read_spaced(self, raw: str, start: int, end: int) -> None:
        """Letters set apart: one run of words, unless they are only few that make no word."""
        letters = "".join(_LETTERS.findall(raw))
        follows = 0 < start - self._end_of_spaced <= _BETWEEN_SPACED or self._cutter.is_wide(end)
        word = plain(letters, self._among_latin)
        if len(letters) >= _FEW_LETTERS or ((len(letters) > 2 or follows) and self._makes_a_word(word, raw)):
            self._end_of_spaced = end
            if raw not in self._known:
                self._known[raw] = self._spelling.take_apart(word)
            self.read(raw, start, end)
            return
        for found in _LETTERS.finditer(raw):
            self.read(found[0], start + found.start(), start + found.end())

    def _makes_a_word(self, word: str, raw: str) -> bool:
        return " " not in raw or self._spelling.is_known(word)

    def _mends_the_last(self, raw: str, word: str, start: int, end: int) -> bool:
        """Whether this word and the last one say what they mean only together: `su icidal`, `1 w4nt`."""
        cutter = self._cutter
        if not cutter.words or start - cutter.ends[-1] != 1:
            return False
        if whole := self._spelling.whole(cutter.words[-1], word):
            cutter.mend_last(whole, end)
            self._last_is_odd = False
            return True
        if self._is_decoded(raw) and cutter.words[-1] == "1":
            cutter.mend_last("i", cutter.ends[-1])
        elif raw == "1" and self._last_is_odd:
            cutter.add("i", start, end)
            return True
        return False

    def _is_decoded(self, raw: str) -> bool:
        return bool(self._spelling.decoded) and raw.lower() in self._spelling.decoded

    def _meant(self, raw: str) -> tuple[str, ...]:
        if raw[0] in _DIGITS and raw.isascii() and raw.replace(".", "").isdigit():
            return (raw[:_MAX_WORD],)
        word = plain(raw[:_MAX_TOKEN].strip(QUOTES), self._among_latin)
        if not word.strip("*@$"):
            return ()
        return self._spelling.spell(word)


def read_words(original: str, spelling: Spelling, silent: frozenset[str], joins: Joins) -> Text:
    """Cut a text into plain words. `spelling` turns one plain word into the words that are meant (shorthand, slips,
    joined words); `silent` words carry no meaning here and are left out. Linear in the length of the text."""
    cutter = _Cutter(original, silent, joins)
    reader = _Reader(original, spelling, cutter)
    for found in _TOKEN.finditer(original):
        kind = found.lastgroup
        if kind == "word" or kind == "number":
            reader.read(found[0], *found.span())
        elif kind == "stop":
            cutter.stop(found[0], *found.span())
        elif kind == "comma":
            cutter.comma()
        elif kind == "telephone":  # in parts it may look like a blood pressure
            cutter.add(re.sub("[^0-9]", "", found[0]), *found.span())
        else:
            reader.read_spaced(found[0], *found.span())
    return cutter.text(reader.steps + spelling.steps)
