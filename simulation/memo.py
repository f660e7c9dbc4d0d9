"""Mails that a run has built before are not built again: half the time of a run would go into their headers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.notifications import ses
from chalicelib.notifications.mail_templates import Mail

_LARGEST = 5_000
_build = ses.raw_mail
_built: dict[str, bytes] = {}


@contextmanager
def mails_built_once() -> Iterator[None]:
    """The application's own bytes, from the first time that the same mail was built in this process."""
    ses.raw_mail = _remembered
    try:
        yield
    finally:
        ses.raw_mail = _build


def _remembered(mail: Mail, sender: str) -> bytes:
    key = repr((mail, sender))
    if key not in _built:
        if len(_built) > _LARGEST:
            _built.clear()
        _built[key] = _build(mail, sender)
    return _built[key]
