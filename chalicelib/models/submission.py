"""One form as we understood it: who wrote, how to reach them, what they answered, and what they have to mend."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from chalicelib.models.answers import Answers
from chalicelib.models.vocabulary import Language


class Contact(BaseModel):
    """How to reach the person. `phone` and `email` are as typed; `phone_e164` and `email_address` only when they
    could be read."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    name: str = ""
    email: str = ""
    email_address: str = ""
    phone: str = ""
    phone_e164: str = ""
    preferred_contact: str = ""
    best_time: str = ""

    @property
    def mailable(self) -> bool:
        """Whether SES can deliver to the address (it takes ASCII addresses only)."""
        return bool(self.email_address) and self.email_address.isascii()


class Consent(BaseModel):
    """What the person agreed to, and when. `given` is `yes` or `not_asked`; `form_version` names the text of our own
    form, `wording` is what they were shown: by our form, or as another site's form sent it."""

    model_config = ConfigDict(frozen=True)

    given: str = "not_asked"
    form_version: str = ""
    wording: str = ""
    given_at: datetime | None = None


class Attribution(BaseModel):
    """Where the person came from: first party only, URLs without their query."""

    model_config = ConfigDict(frozen=True)

    page_url: str = ""
    referrer: str = ""
    utm: dict[str, str] = {}


class Submission(BaseModel):
    """A form without problems, ready to be screened and stored. `flags` are those of contact and consent; triage
    adds its own."""

    model_config = ConfigDict(frozen=True)

    form: str
    language: Language
    contact: Contact
    answers: Answers
    consent: Consent = Consent()
    attribution: Attribution = Attribution()
    flags: tuple[str, ...] = ()
