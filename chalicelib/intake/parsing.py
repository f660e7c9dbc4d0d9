"""From names and values to a submission. Nothing that a person typed makes this fail: what they must mend comes back
as problems."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import ValidationError

from chalicelib.errors import EmptySubmission, InvalidSubmission, Problem
from chalicelib.intake.contact import ContactFields
from chalicelib.intake.controls import Controls, split_controls
from chalicelib.intake.form_body import FormBody
from chalicelib.intake.site_builders import plain_fields
from chalicelib.models.addresses import read_email, read_phone
from chalicelib.models.answers import Answers, read_answers
from chalicelib.models.fields import group
from chalicelib.models.submission import Attribution, Consent, Contact, Submission
from chalicelib.models.text import clean_line, without_invisible
from chalicelib.models.vocabulary import CHOICES
from chalicelib.settings import Settings
from chalicelib.web import WebRequest
from chalicelib.wording.consent_texts import consent_texts
from chalicelib.wording.language_choice import choose_language, known_language

Typed = Mapping[str, Sequence[str]]

CONTACT_NAMES = frozenset({"name", "first_name", "last_name", "email", "phone", "preferred_contact", "best_time"})
_SINGLE = CONTACT_NAMES | {"page_url", "referrer"}
_ELSEWHERE = CONTACT_NAMES | {"language", "consent", "page_url", "referrer"}
KNOWN_NAMES = _ELSEWHERE | (frozenset(Answers.model_fields) - {"other_answers"})
_CODES = {"email_unreadable": "TYPE_EMAIL"}
_CONSENT_IN_A_WORD = frozenset({"yes", "y", "true", "on", "1", "si", "sí"})
MAX_BEST_TIME = 100
MAX_KEPT = 500
_EXPLICIT_NO = re.compile(
    r"(no|n|false|off|0)\W*|no\W+(thanks|thank you|gracias|acepto|autorizo|estoy de acuerdo)\b.*"
    r"|(no\W+)?(i )?(do not|don['’]t) (agree|consent|accept|authorize)\b.*"
    r"|(i )?(decline|declined|refuse|refused|disagree)",
    re.IGNORECASE,
)
_AGREES = re.compile(
    r"((yes|sí|si|ok|okay)\b|(i |we |yo )?(hereby )?(agree|accept|consent|acepto|autorizo|estoy de acuerdo)\b"
    r"|(agreed|accepted|granted|checked)\W*$)",
    re.IGNORECASE,
)
"""What a box on another site may send when it is ticked. Anything else is kept as wording, and consent as not asked."""
_ANOTHER_MATTER = re.compile(
    r"newsletter|marketing|promotion|special offers|advertis|bolet[ií]n|publicidad|promoci[oó]n|ofertas", re.IGNORECASE
)
_OUR_MATTER = re.compile(
    r"\b(stor(e|ed|ing)|sav(e|ed|ing)|keep|repl(y|ied)|guard|almacen|respond)|privacy", re.IGNORECASE
)
_SLUG = re.compile(r"^[a-z0-9-]{1,40}$")


@dataclass(frozen=True)
class Draft:
    """A form as we understood it. `typed` is what came, by canonical name, for a form that goes back; `problems` are
    to be mended before it can be accepted."""

    submission: Submission
    problems: tuple[Problem, ...]
    controls: Controls
    typed: Typed
    is_empty: bool = False


def parse_submission(form: FormBody, request: WebRequest, settings: Settings) -> Draft:
    """Read a form; see `refuse_problems` for what stands in the way of accepting it."""
    controls, pairs = split_controls(plain_fields(form.pairs, KNOWN_NAMES))
    typed = group(pairs, KNOWN_NAMES)
    contact, refused = _read_contact(typed)
    contact_problems, contact_flags = _weigh_contact(contact, refused, typed)
    consent, consent_problems = _read_consent(typed, controls, settings)
    consent_flags = ("consent_not_asked",) if consent.given == "not_asked" else ()
    submission = Submission(
        form=_form_name(request),
        language=choose_language(request, *typed.get("language", ()), controls.language),
        contact=contact,
        answers=read_answers(_unread(typed, contact)),
        consent=consent,
        attribution=_read_attribution(typed, request),
        flags=contact_flags + consent_flags,
    )
    files = (Problem("NO_FILE_UPLOADS", "no_file_uploads"),) if form.has_file else ()
    is_empty = not form.has_file and not any(value.strip() for values in typed.values() for value in values)
    return Draft(submission, (*contact_problems, *consent_problems, *files), controls, typed, is_empty)


def refuse_problems(draft: Draft) -> None:
    """Raise EmptySubmission when nothing was filled in, InvalidSubmission when a person has something to mend."""
    if draft.is_empty:
        raise EmptySubmission
    if draft.problems:
        raise InvalidSubmission(*draft.problems)


def is_form_name(name: str) -> bool:
    """Whether a name can stand in `/f/{form}`."""
    return bool(_SLUG.match(name))


def _form_name(request: WebRequest) -> str:
    named = request.path_values.get("form", "")
    return named if is_form_name(named) else "enquiries"


def _read_contact(typed: Typed) -> tuple[Contact, dict[str, str]]:
    """The contact, and the type of the error of each field that could not be read."""
    given = {
        "name": _full_name(typed),
        "email": _best(typed, "email", read_email),
        "phone": _best(typed, "phone", read_phone),
        "message": "\n\n".join(typed.get("message", ())),
    }
    refused: dict[str, str] = {}
    try:
        fields = ContactFields(**given)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        refused = {str(detail["loc"][0]): detail["type"] for detail in details}
        fields = ContactFields(**{name: value for name, value in given.items() if name not in refused})
    contact = Contact(
        name=fields.name,
        email=given["email"][:MAX_KEPT],
        email_address=fields.email,
        phone=given["phone"][:MAX_KEPT],
        phone_e164=fields.phone,
        preferred_contact=_preferred_contact(typed),
        best_time=_best_time(typed),
    )
    return contact, refused


def _weigh_contact(
    contact: Contact, refused: dict[str, str], typed: Typed
) -> tuple[tuple[Problem, ...], tuple[str, ...]]:
    """An address that cannot be read is a flag when there is another way to reach the person, else a problem."""
    reachable = bool(contact.email_address or contact.phone_e164)
    forgiven = {"email", "phone"} if reachable else set()
    problems = [_problem(field, kind) for field, kind in refused.items() if field not in forgiven]
    flags = tuple(kind for field, kind in refused.items() if field in forgiven)
    if not contact.name and "name" not in refused:
        problems.insert(0, _missing("name", "name_missing", typed))
    if not contact.email and not contact.phone:
        problems.append(_missing("email", "contact_missing", typed))
    return tuple(problems), flags


def _problem(field: str, kind: str) -> Problem:
    return Problem(_CODES.get(kind, "TYPE_TEXT"), kind, field)


def _missing(field: str, message_key: str, typed: Typed) -> Problem:
    code = "REQUIRED_FIELD_EMPTY" if field in typed else "REQUIRED_FIELD_MISSING"
    return Problem(code, message_key, field)


def _read_consent(typed: Typed, controls: Controls, settings: Settings) -> tuple[Consent, tuple[Problem, ...]]:
    """Our own form and widget (they send `_form_version`) must ask; another site's form without the field is stored
    and flagged."""
    answered = [answer for answer in map(clean_line, typed.get("consent", ())) if answer]
    given = [answer for answer in answered if not _is_another_matter(answer)]
    # A hidden `no` often stands under a box, for when it is not ticked.
    answer = " ".join(answer for answer in given if not _EXPLICIT_NO.fullmatch(answer))
    if given and not answer:
        return Consent(), (Problem("REQUIRED_FIELD_EMPTY", "consent_refused", "consent"),)
    wording = "" if answer.lower() in _CONSENT_IN_A_WORD else answer[:MAX_KEPT]
    if answer and (not wording or (_AGREES.match(answer) and not controls.form_version)):
        version = controls.form_version if controls.form_version in consent_texts() else ""
        return Consent(given="yes", form_version=version, wording=wording), ()
    if controls.form_version or settings.consent_required:
        return Consent(), (_missing("consent", "consent_missing", typed),)
    return Consent(wording=wording), ()


def _is_another_matter(answer: str) -> bool:
    """Whether a box was about advertising, and not about storing what a person wrote."""
    return bool(_ANOTHER_MATTER.search(answer)) and not _OUR_MATTER.search(answer)


def _is_no_consent(answer: str) -> bool:
    """Whether it is neither yes nor no, but something that a person may have said."""
    is_word = answer.lower() in _CONSENT_IN_A_WORD or bool(_EXPLICIT_NO.fullmatch(answer))
    return not is_word and (not _AGREES.match(answer) or _is_another_matter(answer))


def _full_name(typed: Typed) -> str:
    whole = _first(typed, "name")
    return whole or clean_line(f"{_first(typed, 'first_name')} {_first(typed, 'last_name')}")


def _preferred_contact(typed: Typed) -> str:
    code = _first(typed, "preferred_contact").lower()
    return code if code in CHOICES["preferred_contact"] else ""


def _best_time(typed: Typed) -> str:
    given = _first(typed, "best_time")
    return given if len(given) <= MAX_BEST_TIME else ""


def _read_attribution(typed: Typed, request: WebRequest) -> Attribution:
    utm = {name: _first(typed, name)[:MAX_BEST_TIME] for name in list(typed)[:200] if name.startswith("utm_")}
    return Attribution(
        page_url=_address_of(_first(typed, "page_url")) or _address_of(request.header("referer")),
        referrer=_address_of(_first(typed, "referrer")),
        utm=dict(list(utm.items())[:10]),
    )


def _address_of(url: str) -> str:
    """A web address without query and fragment, which may hold what a person searched for."""
    try:
        parts = urlsplit(url[:2_000])
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"[:500] if parts.scheme in ("http", "https") and host else ""


def _unread(typed: Typed, contact: Contact) -> Typed:
    """What contact and attribution could not use stays under its own name, as an answer that staff see."""
    named = bool(_first(typed, "name"))
    odd = {
        "first_name": named,
        "last_name": named,
        "preferred_contact": not contact.preferred_contact,
        "best_time": not contact.best_time,
        "language": not known_language(_first(typed, "language")),
        "referrer": not _address_of(_first(typed, "referrer")),
        "page_url": not _address_of(_first(typed, "page_url")),
    }
    # An address that cannot be read may be words: those are screened as text too.
    used = {
        "name": contact.name,
        "email": contact.email if contact.email_address else "",
        "phone": contact.phone if contact.phone_e164 else "",
    }
    left: dict[str, Sequence[str]] = {}
    for name, values in typed.items():
        if (name not in _ELSEWHERE and not name.startswith("utm_")) or odd.get(name):
            left[name] = values
        elif name == "consent":
            left[name] = [value for value in values if _is_no_consent(clean_line(value))]
        elif name in _SINGLE:
            left[name] = _not_used(values, used.get(name, _first(typed, name)))
    return left


def _not_used(values: Sequence[str], used: str) -> list[str]:
    """What came under the same name beside the value that was used."""
    return [value for value in values if used not in (clean_line(value), without_invisible(value)[:MAX_KEPT])]


def _best(typed: Typed, name: str, reader: Callable[[str], str]) -> str:
    """The first value that can be read, else the first that is not blank."""
    given = [value for value in map(without_invisible, typed.get(name, ())) if value]
    if len(given) < 2:
        return given[0] if given else ""
    return next((value for value in given if reader(value)), given[0])


def _first(typed: Typed, name: str) -> str:
    """The first value that is not blank, on one line."""
    return next((clean for clean in map(clean_line, typed.get(name, ())) if clean), "")
