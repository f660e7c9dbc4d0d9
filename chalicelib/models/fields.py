"""The names that websites give to the same field, and the one name that we use."""

from __future__ import annotations

import re
from collections.abc import Iterable

_ALIASES: dict[str, tuple[str, ...]] = {
    "name": ("fullname", "yourname", "contactname", "nombre", "nombrecompleto"),
    "email": ("emailaddress", "youremail", "mail", "correo", "correoelectronico"),
    "phone": (
        "tel",
        "telephone",
        "phonenumber",
        "yourphone",
        "yourtel",
        "mobile",
        "mobilephone",
        "cell",
        "cellphone",
        "telefono",
        "telefon",
        "contactnumber",
    ),
    "message": ("msg", "comment", "comments", "yourmessage", "mensaje", "comentarios", "enquiry", "inquiry"),
    "first_name": ("firstname", "fname", "givenname", "nombrepila"),
    "last_name": ("lastname", "lname", "surname", "familyname", "apellido", "apellidos"),
    "page_url": ("pageurl", "pageuri"),
    "referrer": ("referer",),
    "consent": ("gdprconsent", "privacyconsent", "acceptance", "consentimiento"),
}
_CANONICAL = {alias: name for name, aliases in _ALIASES.items() for alias in aliases}
_PUNCTUATION = re.compile(r"[^a-z0-9]+")
_ACCENTS = str.maketrans("áéíóúñ", "aeioun")

OWN_NAMES = frozenset(_ALIASES)


def canonical_name(name: str, known: frozenset[str]) -> str:
    """`your-email`, `Email` and `e_mail` are `email`; an unknown name is returned as it is. `known` are the
    contract's names."""
    if name in known:
        return name
    folded = _PUNCTUATION.sub("", name.lower().translate(_ACCENTS))
    if folded in _CANONICAL:
        return _CANONICAL[folded]
    return next((own for own in known if own.replace("_", "") == folded), name)


def group(pairs: Iterable[tuple[str, str]], known: frozenset[str]) -> dict[str, list[str]]:
    """Collect values by canonical name in the order in which they came. `name[]` is `name`."""
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(canonical_name(name.removesuffix("[]"), known), []).append(value)
    return fields
