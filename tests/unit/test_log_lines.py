"""One line of the log is one object, so that nobody can write a second one."""

from __future__ import annotations

import json
import logging

import pytest

from chalicelib.observability import JsonLine


@pytest.mark.parametrize(
    "said", ["x\nERROR forged", 'x", "severity": "ERROR', "x\r\u2028\u2029\x1b[2K", "\ud800", "日本"]
)
def test_a_line_is_one_object_whatever_it_says(said: str) -> None:
    record = logging.makeLogRecord({"levelname": "INFO", "msg": said, "route": said})
    line = JsonLine().format(record)

    assert 1 == len(line.splitlines())
    assert line.isascii()
    assert {"severity": "INFO", "message": said, "route": said} == json.loads(line)
