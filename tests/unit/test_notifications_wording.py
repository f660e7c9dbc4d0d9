"""Templates and texts of mails fit together."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from chalicelib.notifications import rendering
from chalicelib.wording.texts import entries, text

TEMPLATES = Path(rendering.__file__).parent / "templates"
FOLDERS = sorted(folder for folder in TEMPLATES.iterdir() if folder.is_dir())


def placeholders(wording: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(wording) if name}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_mail_has_subject_text_and_html(folder: Path) -> None:

    assert sorted(file.name for file in folder.iterdir()) == ["body.html", "body.txt", "subject.txt"]


def test_there_is_one_folder_for_each_mail() -> None:

    assert [folder.name for folder in FOLDERS] == [
        "acknowledgement",
        "desk_reply",
        "digest",
        "gathered_alert",
        "quarantine_review",
        "staff_alert",
        "staff_notice",
    ]


def test_both_languages_have_the_same_keys_in_the_same_order() -> None:

    assert list(entries("en", "mail")) == list(entries("es", "mail"))


@pytest.mark.parametrize("key", [key for key in entries("en", "mail") if key != "approval"])
def test_both_languages_have_the_same_placeholders(key: str) -> None:
    english, spanish = text("en", f"mail.{key}"), text("es", f"mail.{key}")

    assert english
    assert spanish
    assert placeholders(english) == placeholders(spanish)


@pytest.mark.parametrize("language", ["en", "es"])
def test_nobody_has_signed_off_the_texts_yet(language: str) -> None:

    assert entries(language, "mail")["approval"] == {"text": "", "approved_by": "", "approved_on": ""}


def test_every_key_that_a_template_names_exists() -> None:
    sources = "".join(file.read_text("utf-8") for file in TEMPLATES.rglob("*.*"))
    named = {key for key in re.findall(r'"mail\.(\w+)"', sources) if not key.endswith("_")}

    assert named <= set(entries("en", "mail"))


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_text_claims_what_the_evidence_does_not_bear(language: str) -> None:
    texts = " ".join(str(wording) for wording in entries(language, "mail").values()).lower()

    for claim in (
        "proven",
        "cure",
        "success",
        "effective",
        "guarantee",
        "comprobad",
        "curar",
        "éxito",
        "eficaz",
        "garanti",
    ):
        assert claim not in texts
