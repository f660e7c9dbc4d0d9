"""The CloudFormation templates as data, with every short form written out (`!Ref` as `{"Ref": …}`), so that parts of
one can be sent as JSON."""

from __future__ import annotations

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


def parameters_of(*bodies: str) -> dict[str, Any]:
    """The parameters that the templates have, by name."""
    return {name: each for body in bodies for name, each in read_template(body).get("Parameters", {}).items()}
