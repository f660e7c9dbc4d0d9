"""The desk's own style and script: nothing comes from anywhere else."""

from __future__ import annotations

from chalicelib.desk.requests import DeskRequest
from chalicelib.errors import NotFound
from chalicelib.pages.desk_page import ASSETS, asset
from chalicelib.web import Reply


def show_file(desk: DeskRequest) -> Reply:
    """One file. Raises NotFound."""
    kind = ASSETS.get(desk.key)
    if kind is None:
        raise NotFound("no such file")
    return Reply(200, asset(desk.key), f"{kind}; charset=utf-8", {"Cache-Control": "private, max-age=300"})
