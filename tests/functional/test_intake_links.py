"""Links lead to where the service is reached, under a stage path and a custom domain alike, whatever Host says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox.proxy_event import Stage
from tests.functional.conftest import Install
from tests.website import DEPLOYED, FORM_TYPE, Answer, Gateway

BODY = b"name=Ann&email=ann@mail.example&urgent_signs=cold_limb"
STAGE_URL = "https://abc123.execute-api.us-east-1.amazonaws.com/api"
CUSTOM = replace(DEPLOYED, address="desk.clinic.example", base_path="")
MAPPED = replace(DEPLOYED, address="clinic.example", base_path="/desk/v1")
PLACES = [(DEPLOYED, STAGE_URL), (CUSTOM, "https://desk.clinic.example"), (MAPPED, "https://clinic.example/desk/v1")]


def post(gateway: Gateway, path: str = "/enquiries", **headers: str) -> Answer:
    form = path.removeprefix("/f/")
    resource, values = ("/f/{form}", {"form": form}) if path.startswith("/f/") else (path, {})
    return gateway.send("POST", path, resource, values, BODY, Content_Type=FORM_TYPE, **headers)


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(("stage", "url"), PLACES)
def test_a_receipt_is_where_the_gateway_says(gateway: Gateway, stage: Stage, url: str) -> None:
    paths = ("/enquiries", "/f/homepage", "/f/api", "/f/enquiries")
    locations = [post(gateway.at(stage), path).headers["location"] for path in paths]

    assert [] == [location for location in locations if not location.startswith(f"{url}/received/")]


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(("stage", "url"), PLACES)
def test_pages_and_scripts_link_to_where_the_gateway_says(gateway: Gateway, stage: Stage, url: str) -> None:
    place = gateway.at(stage)

    assert f'action="{url}/f/homepage"' in place.send("GET", "/form?form=homepage").text
    assert url in place.send("GET", "/embed.js").text
    assert f"{url}/form" == place.send("GET", "/").headers["location"]
    assert [{"url": url}] == place.send("GET", "/openapi.json").json()["servers"]


@pytest.mark.usefixtures("aws")
def test_nobody_can_write_our_address(gateway: Gateway) -> None:
    names = ("Host", "X_Forwarded_Host", "Forwarded", "X_Original_Host", "X_Forwarded_Prefix")
    written = dict.fromkeys(names, "evil.example")
    answers = [post(gateway, **written), gateway.send("GET", "/form", **written), gateway.send("GET", "/", **written)]

    assert not [answer for answer in answers if "evil.example" in answer.text + str(answer.headers)]


@pytest.mark.usefixtures("aws")
def test_the_receipt_is_found_where_it_is_said_to_be(gateway: Gateway) -> None:
    token = post(gateway).headers["location"].removeprefix(f"{STAGE_URL}/received/")
    page = gateway.send("GET", f"/received/{token}", "/received/{receipt}", {"receipt": token})

    assert 200 == page.status
    assert "Call 911 now" in page.text


@pytest.mark.usefixtures("aws")
def test_our_own_origin_is_always_allowed(gateway: Gateway, install: Install) -> None:
    install(PUBLIC_URL=None, ALLOWED_ORIGINS="https://clinic.example")
    own = post(gateway, Origin="https://abc123.execute-api.us-east-1.amazonaws.com", Accept="application/json")
    foreign = post(gateway, Origin="https://evil.example", Accept="application/json")

    assert (200, 403) == (own.status, foreign.status)


@pytest.mark.usefixtures("aws")
def test_the_public_url_wins_once_it_is_set(gateway: Gateway, install: Install) -> None:
    install(PUBLIC_URL="https://desk.clinic.example/enquiries/")

    assert post(gateway).headers["location"].startswith("https://desk.clinic.example/enquiries/received/")
