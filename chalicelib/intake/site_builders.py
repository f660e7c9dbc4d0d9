"""What site builders post from their own server, as plain names and values: a field that stands in a container or
describes itself (label, type, value) under the name that it means, and what steers the builder left out.

The shapes are those of Elementor, WPForms, Gravity Forms and Contact Form 7 (docs/embedding.md shows each), and of
services that describe their fields alike, such as HubSpot."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from chalicelib.intake.numbered_fields import name_numbered
from chalicelib.models.fields import OWN_NAMES, canonical_name

Pairs = tuple[tuple[str, str], ...]
Path = tuple[str, ...]

_CONTAINERS: tuple[Path, ...] = (
    ("wpforms", "fields"), ("form_response",), ("form_fields",), ("fields",), ("data",), ("answers",), ("entry",),
    ("submission",), ("values",), ("payload",), ("contact",),
)  # fmt: skip
"""What holds the fields and says nothing itself; another container stays in the name of its fields."""
_LABELS = ("title", "label", "name", "id")
_DESCRIBING = frozenset(
    {*_LABELS, "type", "raw_value", "value_raw", "required", "objectTypeId", "first", "middle", "last"}
)
"""What a field says of itself, and parts that repeat its value."""
_TYPES = {"email": "email", "tel": "phone", "phone": "phone", "textarea": "message", "acceptance": "consent"}
"""What a field is whose name and label say nothing. Contact Form 7 puts the type into the name, too: `tel-123`."""
_BRACKETS = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\]){1,6})")
_TYPED_NAME = re.compile(r"(email|tel|textarea|acceptance)-\d{1,4}")
_HONEYPOTS = frozenset({"wpforms[hp]", "ak_hp_textarea"})
_PAGE = frozenset({"meta[page_url][value]", "context[pageuri]", "source_url"})
_STEERING = re.compile(
    r"form_id|form_name|form\[(id|name|title)\]|meta\[(date|time|user_agent|remote_ip|credit|page_url)\]\[\w+\]"
    r"|queried_id|referer_title|nonce|ak_js|wpforms\[(?!fields\]|hp\]).*|context\[(hutk|ipaddress|pagename)\]"
    r"|gform_\w+|is_submit_\d+|state_\d+|unique_id_\d+|wpcf7\w*"
)
"""Ids, tokens and addresses of the visitor: nobody's answer."""
_BUILDERS_ACTION = re.compile(r"elementor\w*|wpforms\w*|gform\w*|wpcf7\w*")
_IN_ELEMENTOR = frozenset({"date", "time", "user agent", "remote ip", "powered by", "post_id"})
_IN_GRAVITY = frozenset(
    {
        "id", "post_id", "date_created", "date_updated", "is_starred", "is_read", "ip", "user_agent", "currency",
        "payment_status", "payment_date", "payment_amount", "payment_method", "transaction_id", "transaction_type",
        "is_fulfilled", "created_by", "status", "source_id",
    }
)  # fmt: skip
"""What an entry says beside its answers; plain words, so only where the other names show that it is an entry."""


def plain_fields(pairs: Pairs, known: frozenset[str]) -> Pairs:
    """The same answers under names that say what they are. `known` are the contract's names. A form whose names are
    plain comes back as it was."""
    names = {name.lower() for name, _ in pairs}
    if not any("[" in name or _is_odd(name) for name in names):
        return pairs
    noise = _noise_of(names)
    kept = [(name, value) for name, value in pairs if not _is_noise(name.lower().strip(), value, noise)]
    return name_numbered(tuple(_unfold(kept, known)), is_entry=bool(noise & _IN_GRAVITY))


def _is_odd(name: str) -> bool:
    bare = name.strip()
    return bool(
        _STEERING.fullmatch(bare) or _TYPED_NAME.fullmatch(bare) or bare in _HONEYPOTS
        or bare.startswith(("input_", "no label ")) or bare == "action"
    )  # fmt: skip


def _noise_of(names: set[str]) -> frozenset[str]:
    if {"powered by", "form_id"} <= names:
        return _IN_ELEMENTOR
    return _IN_GRAVITY if {"form_id", "source_url", "date_created"} <= names else frozenset()


def _is_noise(name: str, value: str, noise: frozenset[str]) -> bool:
    if name == "action":
        return bool(_BUILDERS_ACTION.fullmatch(value.strip().lower()))
    return name not in _PAGE and (name in noise or bool(_STEERING.fullmatch(name)))


def _unfold(pairs: Iterable[tuple[str, str]], known: frozenset[str]) -> Iterable[tuple[str, str]]:
    """Every value once, under the name of its field."""
    unfolded = [(_inside(_path(name)), name, value) for name, value in pairs]
    meanings = _meanings(unfolded, known)
    for path, name, value in unfolded:
        if len(path) == 1 or path[0] not in meanings:
            yield _plain_name(path, name, known), value
        elif path[1] == "value":
            yield _with_rest(meanings[path[0]], path[2:]), value
        elif path[1] not in _DESCRIBING:
            yield _with_rest(meanings[path[0]], path[1:]), value


def _meanings(unfolded: Iterable[tuple[Path, str, str]], known: frozenset[str]) -> Mapping[str, str]:
    """The names of the fields that describe themselves: what a field calls itself, else what its type says if nothing
    else is that, else its label as people read it."""
    fields: dict[str, dict[str, str]] = {}
    for path, _, value in unfolded:
        if len(path) > 1:
            fields.setdefault(path[0], {}).setdefault(path[1], value.strip())
    described = {key: said for key, said in fields.items() if "value" in said and said.keys() & {*_LABELS, "type"}}
    meanings = {key: _called(key, said, known) for key, said in described.items()}
    for key, said in described.items():
        by_type = _TYPES.get(said.get("type", "").lower(), "")
        is_free = by_type not in meanings.values()
        meanings[key] = meanings[key] or (by_type if is_free else "") or _label(key, said)
    return meanings


def _called(key: str, said: Mapping[str, str], known: frozenset[str]) -> str:
    """The contract's name of a field; empty when neither key nor label is one."""
    meant = (canonical_name(each, known) for each in (key, *(said.get(label, "") for label in _LABELS)))
    return next((name for name in meant if name in known or name in OWN_NAMES or name.startswith("utm_")), "")


def _label(key: str, said: Mapping[str, str]) -> str:
    labels = _LABELS if key.isdigit() else _LABELS[:-1]
    return next((said[label] for label in labels if said.get(label)), key)


def _with_rest(name: str, rest: Path) -> str:
    return f"{name}[{']['.join(rest)}]" if rest else name


def _plain_name(path: Path, name: str, known: frozenset[str]) -> str:
    bare = name.lower().strip()
    if bare in _HONEYPOTS:
        return "_honeypot"
    if bare in _PAGE:
        return "page_url"
    if len(path) == 1:
        whole = path[0].removeprefix("No Label ")
        typed = _TYPED_NAME.fullmatch(whole.lower())
        return _TYPES[typed[1]] if typed else whole
    if path[-1] in ("first", "last") and (canonical_name(path[0], known) == "name" or path[0].isdigit()):
        return f"{path[-1]}_name"
    return path[0] if path[1:] == ("primary",) else _with_rest(path[0], path[1:])


def _path(name: str) -> Path:
    """`a[b][]` is a, b. A name that is not of this form, or deeper than anybody's, is one part."""
    match = _BRACKETS.fullmatch(name)
    inner = [part for part in re.findall(r"\[([^\[\]]*)\]", match[2]) if part] if match else []
    return (match[1], *inner) if match and inner else (name,)


def _inside(path: Path) -> Path:
    """Without the containers around it, but never without all of its name."""
    for _ in path:
        lower = tuple(part.lower() for part in path)
        held = next((each for each in _CONTAINERS if len(path) > len(each) and lower[: len(each)] == each), ())
        path = path[len(held) :]
    return path
