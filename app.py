"""Every route, queue and schedule of the enquiry desk. Each body is one call; the story is in
chalicelib/intake/receive.py.

All functions share this module, so the rooms that no visitor needs are imported where they are called: a visitor's
first post would pay a quarter more for them."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any

from chalice.app import Chalice, Rate, Request, Response

from chalicelib import edge
from chalicelib.context import AppContext, Clock, context_from, system_clock
from chalicelib.intake import form_body, openapi, receive, visits
from chalicelib.intake.outages import answer_outage
from chalicelib.settings import APP_NAME

FORM_TYPES = list(form_body.FORM_TYPES)
OTHER_METHODS = ["GET", "HEAD", "PUT", "PATCH", "DELETE"]
READ = ["GET", "HEAD"]
ANY_TYPE = ["*/*"]
"""Chalice would refuse a GET for its Content-Type; a page has no body to be of any type."""

app = Chalice(app_name=APP_NAME, configure_logs=False)
DESK_TYPES = ["application/x-www-form-urlencoded"]
_clock: list[Clock] = [system_clock]


@cache
def instance() -> AppContext:
    """What this Lambda instance holds, built on first use."""
    return context_from({**_account(), **os.environ}, clock=lambda: _clock[0]())


def current_instance() -> AppContext:
    """The same under the settings of now, for queues and schedules: they have no request that reads them."""
    context = instance()
    context.stage_settings.fresh()
    return context


def _account() -> dict[str, str]:
    """The AWS account, from the ARN of the Lambda that answers this request: it saves the look-up of the queue."""
    request = getattr(
        app, "current_request", None
    )  # Chalice sets it with the first request; queues and schedules have none
    arn = str(getattr(request and request.lambda_context, "invoked_function_arn", "") or "").split(":")
    return {"AWS_ACCOUNT_ID": arn[4]} if len(arn) > 6 and arn[4].isdecimal() else {}


def use_clock(clock: Clock) -> None:
    """Tell the time from another clock: the sandbox moves time forward."""
    _clock[0] = clock


@app.middleware("http")
def finish(request: Request, get_response: Callable[[Request], Response]) -> Response:
    return edge.finish(request, get_response(request), instance())


def _answer(view: edge.View, outage: edge.View = answer_outage) -> Response:
    request = app.current_request
    if request is None:
        raise RuntimeError("a view runs within a request")
    return edge.answer(view, instance(), request, outage)


@app.route("/enquiries", methods=["POST"], content_types=FORM_TYPES)
def post_enquiry() -> Response:
    return _answer(receive.receive_enquiry)


@app.route("/f/{form}", methods=["POST"], content_types=FORM_TYPES)
def post_form(form: str) -> Response:  # noqa: ARG001  Chalice passes path values by name; the view reads the request's
    return _answer(receive.receive_enquiry)


@app.route("/enquiries", methods=["OPTIONS"], content_types=ANY_TYPE)
def preflight_enquiry() -> Response:
    return _answer(visits.answer_preflight)


@app.route("/f/{form}", methods=["OPTIONS"], content_types=ANY_TYPE)
def preflight_form(form: str) -> Response:  # noqa: ARG001
    return _answer(visits.answer_preflight)


@app.route("/enquiries", methods=OTHER_METHODS, content_types=ANY_TYPE)
def explain_enquiries() -> Response:
    return _answer(visits.explain_posting)


@app.route("/f/{form}", methods=OTHER_METHODS, content_types=ANY_TYPE)
def explain_form(form: str) -> Response:  # noqa: ARG001
    return _answer(visits.explain_posting)


@app.route("/", methods=READ, content_types=ANY_TYPE)
def root() -> Response:
    return _answer(visits.redirect_to_form)


@app.route("/form", methods=READ, content_types=ANY_TYPE)
def form_page() -> Response:
    return _answer(visits.show_form)


@app.route("/form", methods=["POST"], content_types=FORM_TYPES)
def form_in_other_language() -> Response:
    return _answer(visits.switch_language)


@app.route("/embed.js", methods=READ, content_types=ANY_TYPE)
def embed_script() -> Response:
    return _answer(visits.show_embed_script)


@app.route("/received/{receipt}", methods=READ, content_types=ANY_TYPE)
def receipt_page(receipt: str) -> Response:  # noqa: ARG001
    return _answer(visits.show_receipt)


@app.route("/withdraw/{token}", methods=READ, content_types=ANY_TYPE)
def withdrawal_page(token: str) -> Response:  # noqa: ARG001
    from chalicelib.intake import withdrawal

    return _answer(withdrawal.show_withdrawal)


@app.route("/withdraw/{token}", methods=["POST"], content_types=FORM_TYPES)
def withdraw(token: str) -> Response:  # noqa: ARG001
    from chalicelib.intake import withdrawal

    return _answer(withdrawal.withdraw)


@app.route("/openapi.json", methods=READ, content_types=ANY_TYPE)
def openapi_document() -> Response:
    return _answer(openapi.show_openapi)


@app.route("/health", methods=READ, content_types=ANY_TYPE)
def health() -> Response:
    return _answer(visits.show_health)


def _desk() -> Response:
    from chalicelib.desk.denials import tell_outage
    from chalicelib.desk.routes import answer_desk

    return _answer(answer_desk, tell_outage)


@app.route("/desk", methods=READ, content_types=ANY_TYPE)
def desk() -> Response:
    return _desk()


@app.route("/desk/{page}", methods=READ, content_types=ANY_TYPE)
def desk_page(page: str) -> Response:  # noqa: ARG001
    return _desk()


@app.route("/desk/{page}/{key}", methods=READ, content_types=ANY_TYPE)
def desk_item(page: str, key: str) -> Response:  # noqa: ARG001
    return _desk()


@app.route("/desk/{page}/{key}/{act}", methods=READ, content_types=ANY_TYPE)
def desk_item_page(page: str, key: str, act: str) -> Response:  # noqa: ARG001
    return _desk()


@app.route("/desk/{page}", methods=["POST"], content_types=DESK_TYPES)
def desk_post(page: str) -> Response:  # noqa: ARG001
    return _desk()


@app.route("/desk/{page}/{key}", methods=["POST"], content_types=DESK_TYPES)
def desk_item_post(page: str, key: str) -> Response:  # noqa: ARG001
    return _desk()


@app.route("/desk/{page}/{key}/{act}", methods=["POST"], content_types=DESK_TYPES)
def desk_act(page: str, key: str, act: str) -> Response:  # noqa: ARG001
    return _desk()


# The queues' names must be known when Chalice loads the application, so the stage is read here and nothing else is.
STAGE = os.environ.get("STAGE", "dev")


@app.on_sqs_message(queue=f"{APP_NAME}-{STAGE}-notifications", batch_size=1)
def deliver_notification(event: Any) -> None:
    edge.run_job("deliver_notification", lambda: _deliver_all(event))


@app.on_sqs_message(queue=f"{APP_NAME}-{STAGE}-mail-events", batch_size=1)
def record_delivery_event(event: Any) -> None:
    edge.run_job("record_delivery_event", lambda: _record_all(event))


@app.schedule(Rate(1, unit=Rate.MINUTES), description="Poke every outbox row whose time has come")
def sweep_outbox(event: Any) -> None:  # noqa: ARG001
    from chalicelib.schedules import outbox_sweeper

    edge.run_job("sweep_outbox", lambda: outbox_sweeper.sweep_outbox(current_instance()))


@app.schedule(Rate(1, unit=Rate.MINUTES), description="Escalate what nobody has acted on in time")
def check_response_clocks(event: Any) -> None:  # noqa: ARG001
    from chalicelib.schedules import response_clocks_check

    edge.run_job("check_response_clocks", lambda: response_clocks_check.check_response_clocks(current_instance()))


@app.schedule(Rate(1, unit=Rate.HOURS), description="Account for every enquiry of two days")
def reconcile_enquiries(event: Any) -> None:  # noqa: ARG001
    from chalicelib.schedules import reconciliation

    edge.run_job("reconcile_enquiries", lambda: reconciliation.reconcile_enquiries(current_instance()))


@app.schedule(Rate(1, unit=Rate.HOURS), description="Erase what has been kept for its time")
def apply_retention(event: Any) -> None:  # noqa: ARG001
    from chalicelib.schedules import retention_check

    edge.run_job("apply_retention", lambda: retention_check.apply_retention(current_instance()))


@app.schedule(Rate(15, unit=Rate.MINUTES), description="Send the daily digest, once a day at its hour")
def send_digest(event: Any) -> None:  # noqa: ARG001
    from chalicelib.schedules import digest

    edge.run_job("send_digest", lambda: digest.send_digest(current_instance()))


@app.schedule(Rate(15, unit=Rate.MINUTES), description="Count what has come in or changed for the reports")
def count_for_reports(event: Any) -> None:  # noqa: ARG001
    from chalicelib.schedules import report_counts

    edge.run_job("count_for_reports", lambda: report_counts.count_for_reports(current_instance()))


@app.schedule(Rate(15, unit=Rate.MINUTES), description="Escalate what nobody has looked through in quarantine")
def check_quarantine(event: Any) -> None:  # noqa: ARG001
    from chalicelib.schedules import quarantine_check

    edge.run_job("check_quarantine", lambda: quarantine_check.check_quarantine(current_instance()))


@app.schedule(Rate(5, unit=Rate.MINUTES), description="Send a test enquiry once an hour, and see that it arrives")
def run_canary(event: Any) -> None:  # noqa: ARG001
    from chalicelib.schedules import canary

    edge.run_job("run_canary", lambda: canary.run_canary(current_instance()))


def _deliver_all(event: Any) -> None:
    from chalicelib.notifications import worker

    context = current_instance()
    for record in event:
        worker.deliver_notification(context, worker.notification_id_of(record.body))


def _record_all(event: Any) -> None:
    from chalicelib.notifications import delivery_events

    context = current_instance()
    for record in event:
        delivery_events.record_delivery_event(context, record.body)
