"""Modelled mail: what SES accepts, and the events that reach the queue by the template's topics."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulation.model_resources import TEMPLATES, read_resources
from simulation.world import ENVIRONMENT, World

MAIL = "enquiry-desk-simulation-mail"


def send(world: World, *to: str, **overrides: Any) -> str:
    parameters = {
        "Destination": {"ToAddresses": list(to)},
        "Content": {"Raw": {"Data": b"Subject: Hello\r\n\r\nHello."}},
        "ConfigurationSetName": MAIL,
        "EmailTags": [{"Name": "notification_id", "Value": "enquiry_staff_alert"}],
    }
    return str(world.clients.ses.send_email(**{**parameters, **overrides})["MessageId"])


def events(world: World) -> list[dict[str, Any]]:
    """The events in the queue, in the order in which they come."""
    world.clock.move(60)
    queue = world.queue("mail-events")
    messages = sorted(queue.messages, key=lambda message: message.visible_at)
    return [json.loads(json.loads(message.body)["Message"]) for message in messages]


def test_a_mail_is_kept_with_its_tags() -> None:
    world = World()
    message_id = send(world, "ann@mail.example")
    (mail,) = world.mails

    assert (message_id, ("ann@mail.example",), MAIL) == (mail.id, mail.to, mail.configuration_set)
    assert {"notification_id": "enquiry_staff_alert"} == mail.tags


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ann@mail.example", ["Send", "Delivery"]),
        ("success@simulator.amazonses.com", ["Send", "Delivery"]),
        ("bounce@simulator.amazonses.com", ["Send", "Bounce"]),
        ("complaint+label@simulator.amazonses.com", ["Send", "Delivery", "Complaint"]),
    ],
)
def test_events_say_what_became_of_a_mail(address: str, expected: list[str]) -> None:
    world = World()
    send(world, address)
    seen = events(world)

    assert expected == [event["eventType"] for event in seen]
    assert {"enquiry_staff_alert"} == {event["mail"]["tags"]["notification_id"][0] for event in seen}


def test_each_recipient_has_a_fate_of_its_own() -> None:
    world = World()
    world.ses.fates["gone@mail.example"] = "bounced"
    send(world, "ann@mail.example", "gone@mail.example")
    bounce = next(event["bounce"] for event in events(world) if event["eventType"] == "Bounce")

    assert "Permanent" == bounce["bounceType"]
    assert [{"emailAddress": "gone@mail.example"}] == bounce["bouncedRecipients"]


def test_the_envelope_names_its_topic() -> None:
    world = World()
    send(world, "ann@mail.example")
    envelope = json.loads(world.queue("mail-events").messages[0].body)

    assert "Notification" == envelope["Type"]
    assert envelope["TopicArn"].endswith("enquiry-desk-simulation-mail-events")


def test_without_a_subscription_no_event_arrives() -> None:
    templates = [template.read_text("utf-8") for template in TEMPLATES]
    forgetful = [template.replace("AWS::SNS::Subscription", "AWS::SNS::Forgotten") for template in templates]

    assert () == read_resources(forgetful, "test").subscriptions
    assert read_resources(templates, "test").subscriptions


def test_what_ses_does_not_take_is_refused() -> None:
    world = World()
    for overrides in (
        {"ConfigurationSetName": "missing"},
        {"EmailTags": [{"Name": "kind", "Value": "staff alert"}]},
        {"EmailTags": [{"Name": "kind", "Value": "a"}] * 2},
        {"Destination": {"ToAddresses": []}},
    ):
        with pytest.raises(ClientError):
            send(world, "ann@mail.example", **overrides)

    assert [] == world.mails


def test_an_alert_is_kept_and_an_unfit_one_refused() -> None:
    world, topic = World(), ENVIRONMENT["ON_CALL_TOPIC_ARN"]
    world.clients.sns.publish(TopicArn=topic, Subject="URGENT K7F-3Q9M", Message="Please look.")

    assert ["URGENT K7F-3Q9M"] == [alert.subject for alert in world.alerts]

    for subject in ("two\nlines", "é", "x" * 101, ""):
        with pytest.raises(ClientError):
            world.clients.sns.publish(TopicArn=topic, Subject=subject, Message="Please look.")
    with pytest.raises(ClientError):
        world.clients.sns.publish(TopicArn=f"{topic}-missing", Message="Please look.")
