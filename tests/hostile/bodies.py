"""Hostile bodies: what claims to be JSON, a form or multipart, and their types. A character stands for a byte."""

from __future__ import annotations

from collections.abc import Iterator

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
ANN_FORM = "name=Ann&email=ann%40mail.example"
ANN_JSON = '"name":"Ann","email":"ann@mail.example"'
_END = "--b--\r\n"

JSON_BODIES = (
    "", " ", "null", "true", "0", '""', "[]", "[{}]", "{}", "{", "}", '{"name"', '{"name":', '{"name":"Ann"',
    '{"name":"Ann",}', "{'name':'Ann'}", '{name:"Ann"}', '{"name":"Ann"} x', '{"name":"Ann"}{"name":"Bo"}',
    '{"name":"Ann","name":"Bo"}', '{"a":{"b":1,"b":2}}', '{"name":NaN}', '{"name":Infinity}', '{"name":-Infinity}',
    '{"name":"\\ud800"}', '{"name":"\\udc00\\ud800"}', '{"\\ud800":"x"}', '{"name":"\\u0000"}', '{"name":"\\x41"}',
    '{"name":"a\nb"}', '{"name":"a\tb"}', '{"name":"\x00"}', '{"name":"\xff\xfe"}', '{"name":"\xc0\xaf"}',
    '{"name":"\xed\xa0\x80"}', '{"name":"\xf4\x90\x80\x80"}', "\xef\xbb\xbf{" + ANN_JSON + "}",
    "\xff\xfe{\x00}\x00", "\xfe\xff\x00{\x00}", "/* x */ {" + ANN_JSON + "}", "{" + ANN_JSON + "} // x",
    "{" + ANN_JSON + ',"__proto__":{"is_test":true}}', "{" + ANN_JSON + ',"constructor":{"prototype":{}}}',
    "{" + ANN_JSON + ',"message":{"$ne":null}}', "{" + ANN_JSON + ',"message":[[[[[[1]]]]]]}',
    "{" + ANN_JSON + ',"symptoms":{"0":"touch_hurts"}}', "{" + ANN_JSON + ',"symptoms":"touch_hurts,swelling"}',
    "{" + ANN_JSON + ',"peg_pain":1e999}', "{" + ANN_JSON + ',"peg_pain":-0.0}', "{" + ANN_JSON + ',"peg_pain":true}',
    "{" + ANN_JSON + ',"consent":{"given":"yes"}}', "{" + ANN_JSON + ',"":""}', "{" + ANN_JSON + ',"_next":["x",1]}',
    "{" + ANN_JSON + ',"_gotcha":{"a":"b"}}', "{" + ANN_JSON + ',"_idempotency":[]}', "{" + ANN_JSON + ',"email":[]}',
    '{"name":{"first":"Ann"},"email":{"work":"ann@mail.example"}}', '{"name":["Ann"],"email":["ann@mail.example"]}',
    '{"name":null,"email":null}', '{"name":0,"email":0,"phone":0}', '{"name":false,"phone":true}',
)  # fmt: skip
FORM_BODIES = (
    "", "&", "=", "&=&", "name", "name=", "=Ann", "%", "%=%", "%zz=%u0041", "name=%ff%fe", "name=%00", "name=%ed%a0%80",
    "name[]=Ann&email[]=ann%40mail.example", "name[first]=Ann", "name=Ann&name=Bo&" + ANN_FORM, "name=Ann;email=x",
    ANN_FORM + "&peg_pain=4&peg_pain=5", ANN_FORM + "&_method=DELETE", ANN_FORM + "&__proto__[is_test]=1",
    ANN_FORM + "&_format=json&_cc=evil%40evil.example&_bcc=evil%40evil.example&_to=evil%40evil.example",
    ANN_FORM + "&_subject=x%0d%0aBcc%3aevil%40evil.example", ANN_FORM + "&_next=%2f%2fevil.example",
    ANN_FORM + "&_template=table&_autoresponse=x&_webhook=https%3a%2f%2fevil.example", ANN_FORM + "&id=1&pk=SETTINGS",
    ANN_FORM + "&level=info&status=spam&flags=x&reference=K7F-3Q9M", ANN_FORM + "&_canary=forged",
    ANN_FORM + "&utf8=%E2%9C%93&authenticity_token=x", "{" + ANN_JSON + "}", "<name>Ann</name>", "\xff\xfe\xfd",
    "+" * 400, "%2B" * 400, ANN_FORM + "&message=" + "%25" * 400, "name=Ann&email=ann%2540mail.example",
)  # fmt: skip
_HEADS = (
    'Content-Disposition: form-data; name="{name}"',
    "Content-Disposition: form-data; name={name}",
    "Content-Disposition: form-data; name='{name}'",
    'Content-Disposition: form-data; name="{name}"; name="other"',
    'content-disposition:form-data;name="{name}"',
    'Content-Disposition: form-data; name="{name}"; filename=""',
    'Content-Disposition: form-data; name="{name}"; filename="a.png"\r\nContent-Type: image/png',
    'Content-Disposition: form-data; name="{name}"; filename="../../app.py"',
    "Content-Disposition: form-data; name=\"{name}\"; filename*=utf-8''%2e%2e%2fx",
    'Content-Disposition: form-data; name="{name}"\r\nContent-Type: text/plain; charset=utf-7',
    'Content-Disposition: form-data; name="{name}"\r\nContent-Type: text/plain; charset=utf-16',
    'Content-Disposition: form-data; name="{name}"\r\nContent-Transfer-Encoding: base64',
    'Content-Disposition: form-data; name="{name}"\r\nContent-Type: multipart/mixed; boundary=c',
    'Content-Disposition: attachment; name="{name}"',
    'Content-Disposition: form-data; name="{name}\\"; x="',
    'Content-Disposition: form-data; name="{name}\x00"',
    'Content-Disposition: form-data; name="' + "{name}" + "x" * 3000 + '"',
    "X-None: 1",
    "",
    'Content-Disposition: form-data; name="{name}"\r\n' + "X-A: 1\r\n" * 50 + "X-B: 1",
)
BOUNDARIES = ("", "b ", '"b"', "'b'", "b;charset=utf-8", "-", "\x00", "b\r\n", "b" * 80, "b" * 3000, "é", "--b")
TYPES = (
    "", " ", ";", "/", "*/*", "text/html", "text/plain", "text/xml", "application/xml", "application/octet-stream",
    "application/jsonp", "application/json-seq", "application/vnd.api+json", "application/x-ndjson", "text/json",
    "application/json;", "application/json; charset", "application/json; charset=", "application/json; charset=utf-16",
    "application/json; charset=utf-7", "application/json; charset=idna", "application/json; charset=rot13",
    "application/json; charset=zip", "application/json; charset=\"utf-8", "application/json; charset=" + "x" * 3000,
    "application/json, text/plain", "APPLICATION/JSON", " application/json ", "application/ json", "application\\json",
    "application/json\r\nX-Injected: 1", "application/x-www-form-urlencoded; charset=utf-16",
    "application/x-www-form-urlencoded; charset=shift_jis", "application/x-www-form-urlencoded; charset=punycode",
    "application/x-www-form-urlencoded; charset=unicode_escape", "application/x-www-form-urlencoded; boundary=b",
    "application/x-www-form-urlencoded; charset=utf-8; charset=latin-1", "multipart/mixed; boundary=b",
    "multipart/form-data", "multipart/form-data; boundary", "multipart/related; boundary=b", "multipart/;boundary=b",
    "image/svg+xml", "application/graphql", "application/pdf", "message/http", "gzip", "\x00", "é/é",
)  # fmt: skip
OPENINGS = (("[", "]"), ('{"a":', "}"), ("[[", "]]"), ('[{"a":', "}]"))
DEPTHS = (20, 200, 900, 1_000, 1_100, 3_000, 9_000)


def bodies() -> Iterator[tuple[str, str, str]]:
    """Family, content type and body."""
    yield from (("JSON", JSON, body) for body in JSON_BODIES)
    yield from (("form", FORM, body) for body in FORM_BODIES)
    yield from (("multipart", MULTIPART, body) for body in _multiparts())
    whole = _part(_HEADS[0], "name", "Ann") + _part(_HEADS[0], "email", "ann@mail.example") + _END
    yield from (("boundary", f"multipart/form-data; boundary={boundary}", whole) for boundary in BOUNDARIES)
    for kind in TYPES:
        for body in (f"{{{ANN_JSON}}}", ANN_FORM):
            yield "content type", kind, body
    yield from (("nesting", JSON, body) for body in _nested())


def _part(head: str, name: str, content: str) -> str:
    return "--b\r\n" + head.replace("{name}", name) + "\r\n\r\n" + content + "\r\n"


def _multiparts() -> Iterator[str]:
    plain = _HEADS[0]
    ann = _part(plain, "name", "Ann") + _part(plain, "email", "ann@mail.example")
    for head in _HEADS:
        yield ann + _part(head, "message", "hello") + _END
        yield _part(head, "name", "Ann") + _part(head, "phone", "202-555-0123") + _END
    yield from ("", "--b", "--b--", "--b\r\n", "--b\r\n\r\n", "\r\n--b--\r\n", ann, ann + "--b", ann + "--b-", ann * 3)
    yield from (ann.replace("\r\n", "\n") + "--b--\n", ann.replace("\r\n", "\r"), "x" * 400 + ann + _END)
    yield from (ann + _END + ann + _END, ann + _END + "x" * 400, "--b\r\n" * 400 + _END, ann + "--b\r\n" * 50 + _END)
    yield _part(plain, "name", "\xff\xfe\x00") + _END
    yield _part(plain, "name", "--b--") + _part(plain, "email", "--b") + _END


def _nested() -> Iterator[str]:
    for opening, closing in OPENINGS:
        for depth in DEPTHS:
            inner = opening * depth + "1" + closing * depth
            yield from (inner, f'{{{ANN_JSON},"message":{inner}}}')
        yield opening * 9_000
