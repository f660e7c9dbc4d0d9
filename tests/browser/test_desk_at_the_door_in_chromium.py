"""Whoever sees little, touches a small screen or has no mouse can sign in and manage, in every state of those
pages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from chalicelib.context import AppContext
from chalicelib.models.staff import Staff
from tests.browser.desk_states import MANAGING, PUBLIC, Scene
from tests.browser.page_checks import findings, take_screenshot
from tests.desk_site import MANAGER, DeskSite

pytestmark = pytest.mark.browser


@pytest.fixture
def person() -> Staff:
    return MANAGER


@pytest.mark.parametrize("name", [*PUBLIC, *MANAGING])
def test_everybody_can_sign_in_and_manage(page: Page, desk: DeskSite, context: AppContext, name: str) -> None:
    {**PUBLIC, **MANAGING}[name](Scene(page, desk, context))
    take_screenshot(page, name)

    assert [] == findings(page)
