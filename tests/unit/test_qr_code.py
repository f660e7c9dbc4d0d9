"""The QR code of the code app, against matrices that another encoder has made."""

from __future__ import annotations

import hashlib
import re

import pytest

from chalicelib.pages.qr_code import CAPACITY_BYTES, SIZE, qr_path

ADDRESS = "otpauth://totp/Kalimera%20Clinic:ann%40clinic.example?secret=JBSWY3DPEHPK3PXP&issuer=Kalimera%20Clinic"


def drawn(text: str) -> str:
    """Rows of 0 and 1 as the path draws them."""
    rows = [["0"] * SIZE for _ in range(SIZE)]
    for column, row, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", qr_path(text)):
        rows[int(row)][int(column) : int(column) + int(length)] = "1" * int(length)
    return "\n".join("".join(row) for row in rows)


@pytest.mark.parametrize(
    ("text", "made_elsewhere"),
    [
        (ADDRESS, "c8bec8cedd73dfb449b7e223c30986433164a287d605201e295f28af2c8a5c26"),
        ("", "6cb3b2a81734c59b5a52642d74234333edf5af7d48fc8a77ce60da49ced1d908"),
        ("é" * 135 + "x", "db4c8c2b9a6a4378a7637e42c27f550dfd1a4313cffb593c142c4e885775aed6"),
    ],
)
def test_code_is_module_by_module_the_same_as_another_encoder_makes(text: str, made_elsewhere: str) -> None:
    """Made with the package qrcode 8: version 10, level L, mask 0, mode byte."""

    assert made_elsewhere == hashlib.sha256(drawn(text).encode()).hexdigest()


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        qr_path("x" * (CAPACITY_BYTES + 1))
