"""The CloudFormation templates as they are sent, and as data with every short form written out (`!Ref` as
`{"Ref": …}`), so that parts of one can be sent as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
DATA_TEMPLATE = ROOT / "infrastructure" / "data.yaml"
SERVICE_TEMPLATE = ROOT / "infrastructure" / "template.yaml"
MAX_BODY_BYTES = 51_200
"""What CloudFormation takes without a bucket."""


class _Loader(yaml.SafeLoader):
    """Knows the short forms of intrinsic functions."""


def _intrinsic(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


def _date_as_text(loader: _Loader, node: yaml.ScalarNode) -> str:
    """A policy's version is no date."""
    return str(loader.construct_scalar(node))


_Loader.add_multi_constructor("!", _intrinsic)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _date_as_text)


def read_template(body: str) -> dict[str, Any]:
    """A template, YAML or JSON, as an object."""
    return dict(yaml.load(body, Loader=_Loader))  # noqa: S506  a safe loader with tags of its own


def body_to_send(template: Path) -> str:
    """A template without the lines that are comments, which count as bytes and which AWS throws away."""
    body = template.read_text("utf-8")
    values = set(_lines_within_values(body))
    lines = body.splitlines(keepends=True)
    return "".join(line for number, line in enumerate(lines) if number in values or not line.lstrip().startswith("#"))


def _lines_within_values(body: str) -> Iterator[int]:
    """Those that a value of several lines goes on in: what begins with # there is no comment."""
    for token in yaml.scan(body):
        if isinstance(token, yaml.ScalarToken):
            end = token.end_mark
            yield from range(token.start_mark.line + 1, end.line + (end.column > 0))


def parameters_of(*bodies: str) -> dict[str, Any]:
    """The parameters that the templates have, by name."""
    return {name: each for body in bodies for name, each in read_template(body).get("Parameters", {}).items()}
