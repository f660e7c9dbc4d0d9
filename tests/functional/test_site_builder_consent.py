"""Which boxes of a site builder are a consent to storing and replying, and which are about something else."""

from __future__ import annotations

import pytest

from tests.functional.conftest import Stored
from tests.website import Website

ANN = {"name": "Ann Example", "email": "ann@mail.example"}
ENTRY = {"form_id": "2", "source_url": "https://www.clinic.example/", "date_created": "2026-11-23 14:02:11"}


@pytest.mark.parametrize(
    ("boxes", "given"),
    [
        ({"acceptance-1": "1", "acceptance-2": ""}, "not_asked"),
        ({"acceptance-1": "1", "acceptance-2": "0"}, "not_asked"),
        ({"acceptance-1": "1", "acceptance-2": "1"}, "yes"),
        ({"acceptance-1": "1"}, "yes"),
        ({"acceptance-1": "I agree to receive the newsletter"}, "not_asked"),
        ({"acceptance-1": "I agree that you store my answers and send me the newsletter"}, "yes"),
        ({"a[label]": "Send me the newsletter", "a[type]": "acceptance", "a[value]": "1"}, "not_asked"),
        ({**ENTRY, "5.1": "1", "5.2": "I agree to receive the newsletter", "5.3": "1"}, "not_asked"),
        ({**ENTRY, "5.1": "1", "5.2": "I agree to the terms", "5.3": "1",
          "6.1": "", "6.2": "I agree that you store my answers", "6.3": "1"}, "not_asked"),
        ({**ENTRY, "5.1": "1", "5.2": "I agree to receive the newsletter", "5.3": "1",
          "6.1": "1", "6.2": "I agree that you store my answers", "6.3": "1"}, "yes"),
    ],
)  # fmt: skip
def test_a_box_about_something_else_is_no_consent(
    site: Website, stored: Stored, boxes: dict[str, str], given: str
) -> None:
    site.post_json("/f/homepage", {**ANN, **boxes})

    assert given == stored.enquiry.submission.consent.given


def test_a_newsletter_that_was_wanted_is_seen_by_staff(site: Website, stored: Stored) -> None:
    wanted = "I agree to receive the newsletter"
    site.post_json("/f/homepage", {**ANN, "acceptance-1": wanted})

    assert {"consent": (wanted,)} == stored.enquiry.submission.answers.other_answers


def test_a_version_that_no_form_of_ours_had_is_not_recorded(site: Website, stored: Stored) -> None:
    site.post_json("/f/homepage", {**ANN, "consent": "yes", "_form_version": "I-never-agreed"})
    consent = stored.enquiry.submission.consent

    assert ("yes", "", "") == (consent.given, consent.form_version, consent.wording)
