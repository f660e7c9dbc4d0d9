"""The emulated API Gateway, in front of a small application of its own."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from chalice import Chalice, Response

from sandbox.front import _site_file
from sandbox.gateway import MAX_EVENT_BYTES, MAX_REQUEST_BYTES, Gateway, invoker, swagger_of
from sandbox.gateway_answers import HttpAnswer
from sandbox.http_server import HttpServer
from sandbox.proxy_event import HttpRequest, Stage

STAGE = Stage(name="local", address="127.0.0.1:8000", base_path="/api", account="123456789012")


def stub_app() -> Chalice:
    app = Chalice(app_name="stub", configure_logs=False)
    app.api.binary_types = ["image/png"]

    @app.route("/echo/{name}", methods=["POST"], content_types=["text/plain", "image/png"])
    def echo(name: str) -> Response:
        return Response({"name": name, "body": app.current_request.raw_body.decode("latin-1")})

    @app.route("/echo/{name}", methods=["GET", "HEAD"])
    def show(name: str) -> Response:
        return Response({"name": name})

    @app.route("/echo/fixed")
    def fixed() -> Response:
        return Response("fixed", headers={"Content-Type": "text/plain", "Set-Cookie": ["a=1", "b=2"]})

    @app.route("/broken")
    def broken() -> Response:
        return Response("x" * (MAX_EVENT_BYTES + 1), headers={"Content-Type": "text/plain"})

    return app


@pytest.fixture
def gateway() -> Gateway:
    app = stub_app()
    return Gateway(swagger_of(app, "us-east-1", STAGE.account), invoker(app), STAGE, "+1 202-555-0100")


@pytest.fixture
def server(gateway: Gateway) -> Iterator[HttpServer]:
    server = HttpServer(0)
    server.answer, server.refuse = gateway.answer, gateway.refuse
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def connection(server: HttpServer) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    yield connection
    connection.close()


def a_request(method: str = "GET", path: str = "/echo/a", **changes: Any) -> HttpRequest:
    values: dict[str, Any] = {"query": "", "headers": [], "body": b"", "source_ip": "127.0.0.1", **changes}
    return HttpRequest(method, path, **values)


def event_of(request: HttpRequest) -> dict[str, Any]:
    """The event that the gateway hands over for a request."""
    seen: list[dict[str, Any]] = []

    def invoke(event: dict[str, Any]) -> dict[str, Any]:
        seen.append(event)
        return {"statusCode": 200}

    Gateway(swagger_of(stub_app(), "us-east-1", STAGE.account), invoke, STAGE, "").answer(request)
    return seen[0]


def test_event_has_every_documented_key() -> None:
    event = event_of(a_request(query="a=1&a=2&b=", headers=[("Accept", "x"), ("Accept", "y"), ("User-Agent", "u")]))

    assert {
        *("resource", "path", "httpMethod", "headers", "multiValueHeaders", "queryStringParameters"),
        *("multiValueQueryStringParameters", "pathParameters", "stageVariables", "requestContext", "body"),
        "isBase64Encoded",
    } == set(event)
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": [""]}
    assert event["queryStringParameters"] == {"a": "2", "b": ""}
    assert event["multiValueHeaders"]["Accept"] == ["x", "y"]
    assert event["pathParameters"] == {"name": "a"}


def test_request_context_says_where_the_api_is_reached() -> None:
    context = event_of(a_request(headers=[("User-Agent", "u")]))["requestContext"]

    assert context["domainName"] == "127.0.0.1:8000"
    assert context["path"] == "/api/echo/a"
    assert context["identity"]["sourceIp"] == "127.0.0.1"
    assert context["identity"]["userAgent"] == "u"
    assert context["requestId"]


def test_text_is_handed_over_as_text_and_binary_types_as_base64() -> None:
    text = event_of(a_request("POST", body="é".encode(), headers=[("Content-Type", "text/plain; charset=utf-8")]))
    image = event_of(a_request("POST", body=b"\xff", headers=[("Content-Type", "image/png")]))

    assert (text["body"], text["isBase64Encoded"]) == ("é", False)
    assert (image["body"], image["isBase64Encoded"]) == ("/w==", True)


def test_fixed_segment_wins_over_a_value(gateway: Gateway) -> None:
    answer = gateway.answer(a_request(path="/echo/fixed"))

    assert answer.body == b"fixed"
    assert [value for name, value in answer.headers if name == "Set-Cookie"] == ["a=1", "b=2"]


@pytest.mark.parametrize("size", [MAX_EVENT_BYTES, MAX_REQUEST_BYTES + 1])
def test_body_beyond_the_limits_is_413(gateway: Gateway, size: int) -> None:
    answer = gateway.answer(a_request("POST", body=b"x" * size, headers=[("Content-Type", "text/plain")]))

    assert (answer.status, json.loads(answer.body)["errors"][0]["code"]) == (413, "MALFORMED_BODY")


def test_answer_beyond_the_limit_is_502(gateway: Gateway) -> None:
    assert gateway.answer(a_request(path="/broken")).status == 502


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/nope", 404, "FORM_NOT_FOUND"), ("BREW", "/echo/a", 405, "MALFORMED_BODY")],
)
def test_unknown_path_and_method_answer_in_the_error_shape(
    gateway: Gateway, method: str, path: str, status: int, code: str
) -> None:
    answer = gateway.answer(a_request(method, path))
    told = json.loads(answer.body)

    assert answer.status == status
    assert ("Access-Control-Allow-Origin", "*") in answer.headers
    assert (told["ok"], told["errors"][0]["code"], told["phone"]) == (False, code, "+1 202-555-0100")


def test_person_who_navigates_to_an_unknown_page_gets_a_page(gateway: Gateway) -> None:
    answer = gateway.answer(a_request(path="/nope", headers=[("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")]))

    assert ("Content-Type", "text/html; charset=utf-8") in answer.headers
    assert b"tel:911" in answer.body


def test_connection_is_kept_after_head_and_errors(connection: http.client.HTTPConnection) -> None:
    statuses = []
    for method, path in [
        ("HEAD", "/echo/a"),
        ("BREW", "/echo/a"),
        ("GET", "/nope"),
        ("HEAD", "/nope"),
        ("GET", "/echo/a"),
    ]:
        connection.request(method, path)
        answer = connection.getresponse()
        statuses.append(answer.status)
        held = answer.read()

        assert (method == "HEAD") == (held == b"")
    assert statuses == [200, 405, 404, 404, 200]


def test_chunked_body_is_read(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", "/echo/a", iter([b"one ", b"two"]), {"Content-Type": "text/plain"}, encode_chunked=True)

    assert json.loads(connection.getresponse().read())["body"] == "one two"


@pytest.mark.parametrize("length", ["many", "-1", "1e3", ""])
def test_unreadable_length_is_400_and_ends_the_connection(connection: http.client.HTTPConnection, length: str) -> None:
    connection.putrequest("POST", "/echo/a")
    connection.putheader("Content-Length", length)
    connection.endheaders()
    answer = connection.getresponse()

    assert answer.status == 400
    assert answer.headers["Connection"] == "close"


def test_body_too_large_is_told_so_and_not_cut_off(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", "/echo/a", b"x" * (12 * 1024 * 1024), {"Content-Type": "text/plain"})

    assert connection.getresponse().status == 413


def test_requests_are_answered_beside_each_other(server: HttpServer) -> None:
    together = threading.Barrier(8, timeout=5)

    def answer(_: HttpRequest) -> HttpAnswer:
        together.wait()
        return HttpAnswer(200)

    server.answer = answer
    statuses: list[int] = []

    def get() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
        connection.request("GET", "/")
        statuses.append(connection.getresponse().status)
        connection.close()

    threads = [threading.Thread(target=get) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == [200] * 8


def test_a_port_that_was_connected_to_can_be_used_again_at_once() -> None:
    first = HttpServer(0)
    port = first.server_port
    thread = threading.Thread(target=first.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    caller = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    caller.request("GET", "/", headers={"Connection": "close"})
    answered = caller.getresponse().status
    first.shutdown()
    first.server_close()
    thread.join(5)
    again = HttpServer(port)
    again.server_close()

    assert 503 == answered


@pytest.mark.parametrize("path", ["/received/" + "a" * 5_000, "/received/%00", "/f/%00", "/../../etc/passwd"])
def test_a_name_that_no_file_can_have_is_no_file(path: str) -> None:
    assert _site_file(path) is None
