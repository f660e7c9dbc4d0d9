"""What the mails say, and what they must not say."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from chalicelib.errors import DeliveryFailed
from chalicelib.models.answers import Answers
from chalicelib.models.assessment import FiredRule
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.submission import Attribution, Consent, Contact
from chalicelib.models.vocabulary import LEVELS
from chalicelib.notifications.mail_templates import Mail
from chalicelib.notifications.rendering import arrived_ago, render_mail
from chalicelib.settings import Settings
from chalicelib.wording.texts import text
from tests.builders import ENQUIRY_ID, RECEIVED_AT, a_contact, a_submission, an_assessment, an_enquiry

SETTINGS = Settings(
    clinic_name="Kalimera Clinic",
    mail_from="Kalimera Clinic <hello@clinic.example>",
    staff_emails=("frontdesk@clinic.example",),
    clinical_emails=("nurse@clinic.example", "FrontDesk@clinic.example"),
)
FULL = SETTINGS.model_copy(update={"staff_mail_detail": "full"})
NOW = RECEIVED_AT + timedelta(minutes=2, seconds=30)
LINK = f"https://desk.clinic.example/api/desk/enquiries/{ENQUIRY_ID}"
MARK = "MARKED"
HOSTILE = '<script>alert(1)</script> & "quoted" <img src=x onerror=alert(1)>'


def marked_enquiry(**overrides: Any) -> Enquiry:
    """Every text that a person can type holds the mark; the address is one that SES takes."""
    contact = Contact(
        name=f"{MARK}-name",
        email=f"{MARK}@mail.example",
        email_address=f"{MARK}@mail.example",
        phone=f"{MARK}-phone",
        phone_e164=f"{MARK}-e164",
        preferred_contact=f"{MARK}-preferred",
        best_time=f"{MARK}-time",
    )
    answers = Answers(
        urgent_signs=("cold_limb",),
        self_harm="may_act",
        message=f"{MARK}-message",
        other_answers={f"{MARK}-question": (f"{MARK}-answer",)},
    )
    submission = a_submission(
        form=f"{MARK}-form",
        contact=contact,
        answers=answers,
        consent=Consent(given="yes", form_version=f"{MARK}-consent"),
        attribution=Attribution(
            page_url=f"{MARK}-page", referrer=f"{MARK}-referrer", utm={"utm_source": f"{MARK}-utm"}
        ),
    )
    fired = (FiredRule(id="CR-01", level="crisis", reason="may act", evidence=(f"{MARK}-evidence",)),)
    assessment = an_assessment(level="crisis", fired=fired)
    return an_enquiry(**{"level": "crisis", "submission": submission, "assessment": assessment, **overrides})


def whole(mail: Mail) -> str:
    return "\n".join([mail.subject, mail.text, mail.html, mail.reply_to, *mail.headers, *mail.headers.values()])


@pytest.mark.parametrize("kind", ["staff_alert", "acknowledgement"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_mail_holds_nothing_that_the_person_typed(kind: Any, language: str) -> None:
    enquiry = marked_enquiry()
    enquiry = marked_enquiry(submission=enquiry.submission.model_copy(update={"language": language}))
    mail = render_mail(kind, enquiry, SETTINGS, NOW)

    assert MARK not in whole(mail)
    assert mail.reply_to == ""


def test_minimal_staff_mail_says_level_reference_age_and_link() -> None:
    mail = render_mail("staff_alert", an_enquiry(level="urgent"), SETTINGS, NOW)

    assert mail.subject == "[URGENT] Enquiry K7F-3Q9M"
    for part in (mail.text, mail.html):
        for expected in ("Urgent", "K7F-3Q9M", "2 minutes ago", "Monday, March 2, 10:00 AM", LINK):
            assert expected in part


def test_minimal_staff_mail_says_no_flag_and_no_answer() -> None:
    enquiry = marked_enquiry(flags=("minor", "self_harm_mention", "safety:liver"))
    mail = whole(render_mail("staff_alert", enquiry, SETTINGS, NOW))

    for word in ("CR-01", "may act", "minor", "harm", "liver", "limb", "signs"):
        assert word not in mail


def test_link_falls_back_to_the_public_url_and_then_to_words() -> None:
    enquiry = an_enquiry(base_url="")
    public = SETTINGS.model_copy(update={"public_url": "https://desk.clinic.example"})

    assert (
        f"https://desk.clinic.example/desk/enquiries/{ENQUIRY_ID}"
        in render_mail("staff_alert", enquiry, public, NOW).text
    )
    assert "Sign in to the desk" in render_mail("staff_alert", enquiry, SETTINGS, NOW).text


@pytest.mark.parametrize("level", LEVELS)
def test_clinicians_hear_of_urgent_and_above_and_nobody_hears_twice(level: Any) -> None:
    clinicians = ("nurse@clinic.example",) if level in ("urgent", "crisis", "emergency") else ()
    mail = render_mail("staff_alert", an_enquiry(level=level), SETTINGS, NOW)

    assert mail.to == ("frontdesk@clinic.example", *clinicians)


def test_staff_alert_without_recipients_waits_for_the_settings() -> None:
    with pytest.raises(DeliveryFailed) as failure:
        render_mail("staff_alert", an_enquiry(), Settings(), NOW)

    assert (failure.value.code, failure.value.account_wide) == ("RECIPIENTS_MISSING", True)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-90, "less than a minute ago"),
        (59, "less than a minute ago"),
        (60, "1 minute ago"),
        (3_599, "59 minutes ago"),
        (3_600, "1 hour ago"),
        (7_200, "2 hours ago"),
        (86_400, "1 day ago"),
        (259_200, "3 days ago"),
    ],
)
def test_age_is_told_in_the_largest_whole_unit(seconds: int, expected: str) -> None:

    assert arrived_ago(RECEIVED_AT, RECEIVED_AT + timedelta(seconds=seconds)) == expected


def test_full_staff_mail_holds_every_answer_in_plain_words() -> None:
    mail = render_mail("staff_alert", marked_enquiry(flags=("safety:liver",)), FULL, NOW)

    for part in (mail.text, mail.html):
        for expected in ("name", "e164", "time", "message", "question", "answer", "evidence"):
            assert f"{MARK}-{expected}" in part
        for words in ("Urgent signs", "cold limb", "may act", "CR-01", "safety: liver", "Do not forward"):
            assert words in part


def test_full_staff_mail_escapes_what_was_typed() -> None:
    answers = Answers(message=HOSTILE, other_answers={HOSTILE: (HOSTILE,)})
    submission = a_submission(contact=a_contact(name=HOSTILE), answers=answers)
    mail = render_mail("staff_alert", an_enquiry(submission=submission), FULL, NOW)

    assert "<script" not in mail.html
    assert "<img" not in mail.html
    assert mail.html.count("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;quoted&#34;") == 4
    assert HOSTILE in mail.text


def test_typed_lines_cannot_pass_for_ours_in_the_text_part() -> None:
    submission = a_submission(answers=Answers(message="hello\n\nOpen the enquiry:\nhttps://evil.example"))
    mail = render_mail("staff_alert", an_enquiry(submission=submission), FULL, NOW)

    assert "  | hello\n  | \n  | Open the enquiry:\n  | https://evil.example" in mail.text


def test_full_staff_mail_is_answered_to_the_bare_address() -> None:

    assert render_mail("staff_alert", an_enquiry(), FULL, NOW).reply_to == "ann@mail.example"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ann@münchen.example",
        "ann@mail.example\r\nBcc: x@evil.example",
        "Ann <ann@mail.example>",
        "ann@mail.example, eve@evil.example",
        '"ann eve"@mail.example',
        "ann@localhost",
    ],
)
def test_unclean_address_is_no_reply_to_and_gets_no_mail(address: str) -> None:
    enquiry = an_enquiry(submission=a_submission(contact=a_contact(email_address=address)))

    assert render_mail("staff_alert", enquiry, FULL, NOW).reply_to == ""
    with pytest.raises(DeliveryFailed) as failure:
        render_mail("acknowledgement", enquiry, SETTINGS, NOW)
    assert failure.value.permanent is True


def test_acknowledgement_holds_reference_promise_phone_and_footer() -> None:
    mail = render_mail("acknowledgement", an_enquiry(), SETTINGS, NOW)

    assert mail.to == ("ann@mail.example",)
    assert mail.subject == "We received your message (reference K7F-3Q9M)"
    for part in (mail.text, mail.html):
        for expected in ("K7F-3Q9M", "We plan to call you by Wednesday, March 4, 5:00 PM.", "+1 202-555-0100"):
            assert expected in part
        assert text("en", "advice.footer") in unescape(part)


def test_acknowledgement_is_written_in_the_persons_language() -> None:
    mail = render_mail("acknowledgement", an_enquiry(submission=a_submission(language="es")), SETTINGS, NOW)

    assert mail.subject == "Recibimos su mensaje (referencia K7F-3Q9M)"
    assert "Pensamos llamarle a más tardar el miércoles 4 de marzo, 5:00 p. m.\n" in mail.text
    assert text("es", "advice.footer") in mail.text
    assert '<html lang="es">' in mail.html
    assert mail.headers["Content-Language"] == "es"


def test_level_shows_in_the_acknowledgement_only_by_its_promise() -> None:
    mails = {level: render_mail("acknowledgement", an_enquiry(level=level), SETTINGS, NOW) for level in LEVELS[1:]}

    assert len({whole(mail) for mail in mails.values()}) == 1


@pytest.mark.parametrize(
    "enquiry",
    [an_enquiry(level="info"), an_enquiry(submission=a_submission(contact=a_contact(phone="", phone_e164="")))],
)
def test_person_who_is_not_called_is_promised_a_reply(enquiry: Enquiry) -> None:

    assert "We will reply by Wednesday" in render_mail("acknowledgement", enquiry, SETTINGS, NOW).text


def test_acknowledgement_that_comes_late_promises_no_past_moment() -> None:
    enquiry = an_enquiry()
    mail = render_mail("acknowledgement", enquiry, SETTINGS, enquiry.reply_by)

    assert "as soon as we can" in mail.text
    assert "March 4" not in mail.text


@pytest.mark.parametrize("language", ["en", "es"])
def test_subject_and_headers_of_the_acknowledgement_reveal_no_treatment(language: Any) -> None:
    mail = render_mail("acknowledgement", an_enquiry(submission=a_submission(language=language)), SETTINGS, NOW)
    visible = " ".join([mail.subject, *mail.headers.values()]).lower()

    for word in ("pain", "dolor", "ketamin", "crps", "infusion", "clinic"):
        assert word not in visible


@pytest.mark.parametrize(("kind", "word"), [("staff_alert", "auto-generated"), ("acknowledgement", "auto-replied")])
def test_headers_stop_loops_of_automatic_replies(kind: Any, word: str) -> None:
    headers = render_mail(kind, an_enquiry(), SETTINGS, NOW).headers

    assert headers["Auto-Submitted"] == word
    assert headers["X-Auto-Response-Suppress"] == "All"
    assert (headers["X-Enquiry-Kind"], headers["X-Enquiry-Reference"]) == (kind, "K7F-3Q9M")


@pytest.mark.parametrize("kind", ["staff_alert", "acknowledgement"])
def test_html_fits_a_phone_and_a_dark_screen_and_loads_nothing(kind: Any) -> None:
    html = render_mail(kind, an_enquiry(), SETTINGS, NOW).html

    assert "max-width:600px" in html
    assert "prefers-color-scheme: dark" in html
    assert '<meta name="viewport" content="width=device-width' in html
    assert '<html lang="en">' in html
    for loading in ("<img", "<link", "<script", "url(", "@import"):
        assert loading not in html


def test_names_of_a_clinic_are_escaped() -> None:
    settings = SETTINGS.model_copy(update={"clinic_name": "Bones & <b>Joints</b>"})
    mail = render_mail("acknowledgement", an_enquiry(), settings, NOW)

    assert "Bones &amp; &lt;b&gt;Joints&lt;/b&gt;" in mail.html
    assert "Bones & <b>Joints</b>" in mail.text
