"""What site builders post from their own server, as plain names and values: a field that stands in a container or
describes itself (label, type, value) under the name that it means.

The shapes are those of Elementor, WPForms, Gravity Forms and Contact Form 7 (docs/embedding.md shows each), and of
services that describe their fields alike, such as HubSpot. Plain names win over labels, labels over types and looks.
What a person typed is never left out: a value whose meaning is in doubt stays under its label or its whole name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from chalicelib.intake.builder_steering import added_names, is_no_sentence
from chalicelib.intake.controls import is_control
from chalicelib.intake.numbered_fields import GUESSED_NOTE, name_numbered
from chalicelib.models.fields import OWN_NAMES, canonical_name

Pairs = tuple[tuple[str, str], ...]
Path = tuple[str, ...]

_CONTAINERS: tuple[Path, ...] = (
    ("wpforms", "fields"), ("form_response",), ("form_fields",), ("fields",), ("data",), ("answers",), ("entry",),
    ("submission",), ("values",), ("payload",), ("contact",), ("form",),
)  # fmt: skip
"""What holds the fields and says nothing itself; another container stays in the name of its fields."""
_LABELS = ("title", "label", "name", "id")
_TYPES = {"email": "email", "tel": "phone", "phone": "phone", "textarea": "message", "acceptance": "consent"}
"""What a field is whose name and label say nothing. Contact Form 7 puts the type into the name, too: `tel-123`."""
_OTHER_TYPES = frozenset({"text", "name", "number", "select", "radio", "checkbox", "date", "time", "hidden", "url"})
_COPIES = frozenset({"raw_value", "value_raw", "first", "middle", "last"})
_BRACKETS = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\]){1,6})")
_TYPED_NAME = re.compile(r"(email|tel|textarea|acceptance)-\d{1,4}")
_HONEYPOTS = frozenset({"wpforms[hp]", "ak_hp_textarea"})
_PAGE = frozenset({"meta[page_url][value]", "context[pageuri]", "source_url"})
_NAMES = frozenset({"name", "first_name", "last_name"})
_REACH = frozenset({"email", "phone"})
_PLAIN, _HELD, _LABELLED, _GUESSED = range(4)
_TICKED = frozenset({"1", "yes", "on", "true"})


@dataclass
class _Field:
    """A field as it came: `inner` is its place within `held_in`, `said` what it says of itself, `meaning` the
    contract's name so far as `rank` tells, `label` what people read beside it."""

    held_in: Path
    inner: Path
    said: dict[str, str] = field(default_factory=dict)
    values: list[str] = field(default_factory=list)
    in_parts: bool = False
    meaning: str = ""
    rank: int = _GUESSED
    label: str = ""
    is_beside: bool = False

    @property
    def kind(self) -> str:
        """What at most one field of a person can be: `name`, `email` or `phone`; else empty."""
        return "name" if self.meaning in _NAMES else self.meaning if self.meaning in _REACH else ""

    @property
    def shown_as(self) -> str:
        """What staff read beside a value whose meaning nobody knows."""
        return self.label or _with_rest(self.inner[0], self.inner[1:])


@dataclass(frozen=True)
class _Part:
    """One value, the field that it belongs to, and its place within the field."""

    name: str
    value: str
    owner: _Field
    rest: Path
    describes: bool = False


def plain_fields(pairs: Pairs, known: frozenset[str]) -> Pairs:
    """The same answers under names that say what they are. `known` are the contract's names. A form whose names are
    plain comes back as it was."""
    added = added_names(pairs)
    if not added and not any("[" in name or _is_odd(name) for name, _ in pairs):
        return pairs
    kept = [(_renamed(name), value) for name, value in pairs if name.lower().strip() not in added]
    parts = _parts(kept)
    fields = list({id(part.owner): part.owner for part in parts}.values())
    for each in fields:
        _understand(each, known)
    _tell_numbers_apart(fields)
    _prefer_plain(fields)
    guessed = _guess(fields)
    is_titled = "form[id]" in added
    named = [(_name_of(part), part.value) for part in parts if not _is_repeated(part, is_titled)]
    notes = [(GUESSED_NOTE, f"{each.meaning}: {each.shown_as}") for each in guessed]
    return name_numbered((*notes, *named), is_entry="date_created" in added)


def _is_odd(name: str) -> bool:
    bare = name.strip().lower()
    is_named = bare in _HONEYPOTS | _PAGE or bare.startswith(("input_", "no label "))
    return is_named or bool(_TYPED_NAME.fullmatch(bare))


def _renamed(name: str) -> str:
    bare = name.lower().strip()
    if bare in _HONEYPOTS:
        return "_honeypot"
    return "page_url" if bare in _PAGE else name.removeprefix("No Label ")


def _parts(pairs: Iterable[tuple[str, str]]) -> list[_Part]:
    """Every value with its field. A field is what has a `value`, else what stands first within its container."""
    paths = [(_path(name), name, value) for name, value in pairs]
    held = {path: _held_in(path) for path, _, _ in paths}
    valued = {
        path[: path.index("value", len(held[path]) + 1)] for path in held if "value" in path[len(held[path]) + 1 :]
    }
    fields: dict[Path, _Field] = {}
    parts = []
    for path, name, value in paths:
        start = len(held[path])
        ends = (end for end in range(len(path), start, -1) if path[:end] in valued)
        end = next(ends, start + 1)
        owner = fields.setdefault(path[:end], _Field(held[path], path[start:end]))
        parts.append(_belonging(owner, path, end, name, value, is_valued=path[:end] in valued))
    return parts


def _belonging(owner: _Field, path: Path, end: int, name: str, value: str, *, is_valued: bool) -> _Part:
    rest = path[end:]
    if is_valued and rest and rest[0] != "value":
        owner.said.setdefault(rest[0], value.strip())
        return _Part(name, value, owner, rest, describes=True)
    rest = rest[1:] if is_valued else rest
    owner.rank = _PLAIN if len(path) == 1 else min(owner.rank, _HELD)
    owner.in_parts = owner.in_parts or rest[-1:] in (("first",), ("last",))
    if not _says_more(rest) or rest[-1:] in (("first",), ("last",)):
        owner.values.append(value)
    return _Part(name, value, owner, rest)


def _understand(each: _Field, known: frozenset[str]) -> None:
    """By what it is called, else by its label."""
    own = _own_name(each.inner[0], known)
    if own and not _says_more(each.inner[1:]):
        each.meaning = own
        return
    each.rank = _GUESSED
    if len(each.inner) > 1:
        return
    labels = [text for label in _LABELS if (text := each.said.get(label, "")) and not is_control(text)]
    known_label = next((text for text in labels if _own_name(text, known)), "")
    if known_label and not known_label.startswith("utm_"):
        each.meaning, each.rank, each.label = _own_name(known_label, known), _LABELLED, known_label
    elif labels and (labels[0] != each.said.get("id") or each.inner[0].isdigit()):
        each.label = labels[0]


def _own_name(called: str, known: frozenset[str]) -> str:
    meant = canonical_name(called, known)
    return meant if meant in known or meant in OWN_NAMES or meant.startswith("utm_") else ""


def _tell_numbers_apart(fields: Iterable[_Field]) -> None:
    """Numbers of a second container are other fields than those of the first, and keep its name."""
    numbered = [each for each in fields if each.inner[0].isdigit()]
    for each in numbered:
        if each.held_in != numbered[0].held_in and each.held_in and not each.label:
            each.label = _with_rest(each.held_in[0], (*each.held_in[1:], *each.inner))


def _prefer_plain(fields: Iterable[_Field]) -> None:
    """One person wrote: of fields that mean the same, those count whose names say it most plainly. Where a container
    holds a name and a way to reach the person, and beside it is a name alone, that is the name of the form."""
    filled = [each for each in fields if each.kind and any(value.strip() for value in each.values)]
    whole = {each.held_in for each in filled if each.kind == "name"} & {
        each.held_in for each in filled if each.kind in _REACH
    }
    around = {held[:length] for held in whole for length in range(len(held))} - whole
    best: dict[str, int] = {}
    for each in filled:
        each.rank = _GUESSED if each.kind == "name" and each.held_in in around else each.rank
        best[each.kind] = min(each.rank, best.get(each.kind, _GUESSED))
    for each in filled:
        each.is_beside = each.rank > best[each.kind]


def _guess(fields: Iterable[_Field]) -> list[_Field]:
    """Give a meaning to fields that have a type and no name, and return those of which staff must know that. A type
    counts only where nothing else means that, and a label of its own says more than a type as long as there is another
    way to reach the person."""
    has = {each.kind or each.meaning for each in fields if any(value.strip() for value in each.values)}
    is_reachable, told = bool(has & _REACH), list[_Field]()
    offers = _offers(fields)
    for meaning in ("name", "email", "phone", "message", "consent"):
        offered = [] if meaning in has else offers.get(meaning, [])
        if meaning == "consent" or (meaning in _REACH and is_reachable):
            offered = [each for each in offered if not each.label]
        if len(offered) > 1 and not _may_choose(meaning, offered, has, offers):
            continue
        for each in offered[:1]:
            each.meaning = meaning
            has.add(meaning)
            told += [each] if each.label or len(offered) > 1 else []
    return told


def _may_choose(meaning: str, offered: list[_Field], has: set[str], offers: Mapping[str, list[_Field]]) -> bool:
    """Whether the first of several may count: where nobody could be reached or named otherwise; a consent only where
    every box is ticked."""
    if meaning == "consent":
        return all(value.strip().lower() in _TICKED for each in offered for value in each.values)
    alone = meaning == "email" and len(offers.get("phone", [])) != 1
    return meaning == "name" or (meaning in _REACH and not has & _REACH and (meaning == "phone" or alone))


def _offers(fields: Iterable[_Field]) -> dict[str, list[_Field]]:
    offers: dict[str, list[_Field]] = {}
    for each in fields:
        if each.meaning or len(each.inner) > 1:
            continue
        typed = _TYPED_NAME.fullmatch(each.inner[0].lower())
        meant = _TYPES.get(typed[1] if typed else each.said.get("type", "").lower(), "")
        meant = "name" if each.in_parts and each.inner[0].isdigit() else meant
        if meant and (meant == "consent" or any(value.strip() for value in each.values)):
            offers.setdefault(meant, []).append(each)
    return offers


def _is_repeated(part: _Part, is_titled: bool) -> bool:
    """Whether a field says of itself what stands elsewhere, too, or what only the site can have written."""
    if not part.describes or len(part.rest) > 1:
        return False
    owner, about, text = part.owner, part.rest[0], part.value.strip()
    if about in _LABELS:
        shown = {owner.label.casefold(), *(name.casefold() for name in owner.inner)}
        return is_titled or text.casefold() in shown or (about == "id" and is_no_sentence(text))
    if about == "type":
        return text.lower() in _OTHER_TYPES | _TYPES.keys()
    if about in ("required", "objectTypeId"):
        return is_no_sentence(text) or text in ("true", "false")
    return about in _COPIES and any(text in value for value in owner.values)


def _name_of(part: _Part) -> str:
    owner, rest = part.owner, part.rest
    if part.describes:
        return part.name
    if owner.is_beside:
        return _with_rest(f"{owner.label or owner.inner[0]} (beside: {(*owner.held_in, *owner.inner)[0]})", rest)
    if not owner.meaning:
        return part.name if len(owner.inner) > 1 else _with_rest(owner.shown_as, rest)
    if owner.rank == _PLAIN and not rest:
        return part.name
    if rest[-1:] in (("first",), ("last",)) and owner.meaning == "name":
        return f"{rest[-1]}_name"
    return _with_rest(owner.meaning, rest) if _says_more(rest) else owner.meaning


def _says_more(rest: Path) -> bool:
    """Whether a place within a field is more than a number."""
    return rest != ("primary",) and not all(part.isdigit() for part in rest)


def _with_rest(name: str, rest: Path) -> str:
    return f"{name}[{']['.join(rest)}]" if rest else name


def _path(name: str) -> Path:
    """`a[b][]` is a, b. A name that is not of this form, or deeper than anybody's, is one part."""
    match = _BRACKETS.fullmatch(name)
    inner = [part for part in re.findall(r"\[([^\[\]]*)\]", match[2]) if part] if match else []
    return (match[1], *inner) if match and inner else (name,)


def _held_in(path: Path) -> Path:
    """The containers around a field, but never all of its name."""
    held: Path = ()
    for _ in path:
        left = tuple(part.lower() for part in path[len(held) :])
        found = next((each for each in _CONTAINERS if len(left) > len(each) and left[: len(each)] == each), ())
        held = path[: len(held) + len(found)]
    return held
