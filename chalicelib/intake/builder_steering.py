"""What a site builder adds to a post for its own use. It is left out only where other names prove that builder and the
value cannot be a sentence: everything else may be somebody's answer."""

from __future__ import annotations

import re

Pairs = tuple[tuple[str, str], ...]

_ELEMENTOR = r"date|time|user agent|remote ip|powered by|form_id|post_id|queried_id|form_name|referer_title|action"
_ADVANCED = (
    r"form\[(id|name)\]|meta\[(date|time|user_agent|remote_ip|credit)\]\[(title|value)\]|meta\[page_url\]\[title\]"
)
_GRAVITY = (
    r"id|form_id|post_id|date_created|date_updated|is_starred|is_read|ip|user_agent|currency|payment_\w+|status|source_id"
    r"|transaction_(id|type)|is_fulfilled|created_by"
)
_SUBMITTED = r"gform_\w+|is_submit_\d+|state_\d+|form_id"
_HUBSPOT = r"context\[(hutk|ipaddress)\]"
_OWN_WORDS = re.compile(r"form_name|form\[name\]|referer_title|meta\[\w+\]\[title\]")
"""Titles that the site gave: words, but nobody's answer."""
_PROOFS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"powered by", "form_id"}), _ELEMENTOR),
    (frozenset({"form[id]", "[title]", "[value]"}), _ADVANCED),
    (frozenset({"form_id", "source_url", "date_created"}), _GRAVITY),
    (frozenset({"gform_submit", "is_submit_"}), _SUBMITTED),
    (frozenset({"wpforms[id]"}), r"wpforms\[(id|nonce|submit|author|post_id|token)\]|action"),
    (frozenset({"context[hutk]"}), _HUBSPOT),
)
"""Names that come together from one builder only (`[title]` ends one, `is_submit_` begins one), and what it adds."""
_NO_SENTENCE = re.compile(
    r"|null|active|USD|EUR|(?i:elementor\w*|wpforms[\w-]*|gform\w*)|Mozilla/.*|(?=.*\d)[\w+/=|:.@-]+"
    r"|(?=.*[a-z][A-Z])[\w+/]{8,}={0,2}|(\w+\.? )?[\d:.,/-]+( [\d:.,/-]+){0,3}( ?[ap]\.?m\.?)?"
)
"""Ids, hashes, addresses, dates and names of browsers."""


def is_no_sentence(value: str) -> bool:
    """Whether a value looks like an id, a hash, a date or nothing: nothing that a person says in words."""
    return bool(_NO_SENTENCE.fullmatch(value.strip()[:400]))


def added_names(pairs: Pairs) -> frozenset[str]:
    """The names, in small letters, of what the builder added that sent this."""
    names = {name.lower().strip() for name, _ in pairs}
    added = [re.compile(theirs) for proof, theirs in _PROOFS if all(_is_there(each, names) for each in proof)]
    steering = {name for name in names if any(each.fullmatch(name) for each in added)}
    words = {name.lower().strip() for name, value in pairs if not is_no_sentence(value)}
    return frozenset(name for name in steering if name not in words or _OWN_WORDS.fullmatch(name))


def _is_there(proof: str, names: set[str]) -> bool:
    if proof.startswith("["):
        return any(name.startswith("fields[") and name.endswith(proof) for name in names)
    return any(name.startswith(proof) for name in names) if proof.endswith("_") else proof in names
