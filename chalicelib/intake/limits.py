"""How many enquiries one network and one contact may send, counted in the transaction that accepts them.

The network is wide (/24, /48), because a flood changes its address within one, and the limit is far above what a
household, a clinic or a mobile provider's gateway sends. There is no counter for a form: everybody would write the same
row. That flood is the gateway's to throttle, and so is one of emergencies: what speaks of danger passes every limit."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from datetime import timedelta

from chalicelib.context import AppContext
from chalicelib.models.addresses import mailbox_of
from chalicelib.models.enquiry import Enquiry
from chalicelib.settings import Settings
from chalicelib.storage.rate_counters import Counting, RateLimit, counting, network_of
from chalicelib.web import WebRequest

ADDRESS_SPAN, CONTACT_SPAN = timedelta(minutes=10), timedelta(hours=1)
V4_BITS, V6_BITS = 24, 48


def counters_of(context: AppContext, request: WebRequest, enquiry: Enquiry, form_key: str) -> tuple[Counting, ...]:
    """What counts this enquiry, at most three. None for a test, for what staff take down by telephone, and while the
    stage's key is unknown: the counters of one instance would count nobody else's. None for an emergency or a crisis:
    whoever knows a person's address could silence them by writing under it first."""
    stage, settings = context.stage_settings.current(), context.settings
    if enquiry.assessment.is_danger or enquiry.is_test or enquiry.entered_by or not stage.known:
        return ()
    address = RateLimit("intake-address", settings.rate_limit_address, ADDRESS_SPAN)
    contact = RateLimit("intake-contact", settings.rate_limit_contact, CONTACT_SPAN)
    given = enquiry.submission.contact
    mailbox = mailbox_of(given.email_address) if given.email_address else ""
    clients = [(contact, value) for value in (mailbox, given.phone_e164) if value]
    by_server = is_known_server(settings, request, enquiry.submission.form, form_key)
    if _is_counted(request.client_address) and not by_server:
        clients.append((address, network_of(request.client_address, V4_BITS, V6_BITS)))
    now = enquiry.received_at
    return tuple(counting(context.table.name, stage.key, limit, client, now) for limit, client in clients)


def _is_counted(address: str) -> bool:
    """Nobody on the internet has a loopback address; a laptop's own has no limit."""
    try:
        return not ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def is_known_server(settings: Settings, request: WebRequest, form: str, typed: str) -> bool:
    """Whether a site builder's own server posts, for all its visitors from one address. It sends a key, of which only
    the hash is in the settings, or is known by that address: some can send nothing of their own."""
    key = request.header("x-form-key") or typed
    hashed = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest().encode()
    meant = [known.removeprefix(f"{form}:") for known in settings.form_keys if known.startswith(f"{form}:")]
    if key and any(hmac.compare_digest(hashed, known.encode()) for known in meant):
        return True
    return any(_is_in(request.client_address, known) for known in meant)


def _is_in(address: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)
    except ValueError:  # the hash of a key
        return False
