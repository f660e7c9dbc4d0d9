"""One mailbox for all the ways to write its address, and another for everybody else's."""

from __future__ import annotations

import pytest

from chalicelib.models.addresses import mailbox_of


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("Ann.Example@Mail.Example", "ann.example@mail.example"),
        ("ann+news@mail.example", "ann@mail.example"),
        ("ann+a+b@mail.example", "ann@mail.example"),
        ("a.n.n@gmail.com", "ann@gmail.com"),
        ("A.nn+x.y@GoogleMail.com", "ann@gmail.com"),
        ("+49@mail.example", "+49@mail.example"),
        ("+.@gmail.com", "+.@gmail.com"),
        ("ann@notgmail.com", "ann@notgmail.com"),
        ("a.nn@gmail.com.example", "a.nn@gmail.com.example"),
    ],
)
def test_an_address_is_counted_by_its_mailbox(address: str, mailbox: str) -> None:
    assert mailbox == mailbox_of(address)
    assert mailbox == mailbox_of(mailbox)
