"""What was held back as spam and is none: releasing it sends the mails that it missed."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.desk_visits import DESKTOP, expect_done, expect_status, link_in_mail, post, sign_in
from tests.browser.page_checks import take_screenshot
from tests.sandbox_process import Sandbox, wait_until

pytestmark = pytest.mark.browser


def test_release_sends_the_mails_that_it_missed(open_page: Opener, running_sandbox: Sandbox) -> None:
    reference = post(running_sandbox, _gotcha="filled by a password manager")["reference"]
    running_sandbox.tick(0)
    told_before = running_sandbox.mails(reference)
    page = open_page(f"{running_sandbox.url}/desk", **DESKTOP)
    sign_in(page)
    page.get_by_role("link", name="Quarantine").click()
    take_screenshot(page, "quarantine with an enquiry")
    page.get_by_role("link", name=reference).click()
    expect(page.locator(".standing .error")).to_contain_text("In quarantine: it looks like spam")
    page.get_by_role("button", name="Not spam: release").click()
    expect_done(page, "Released from quarantine. The mails are on their way.")
    expect_status(page, "New")
    running_sandbox.tick(2)
    wait_until(lambda: len(running_sandbox.mails(reference)) > 1, "two mails")
    kinds = {mail["kind"] for mail in running_sandbox.mails(reference)}

    assert [] == told_before
    assert {"staff_alert", "acknowledgement"} == kinds
    assert page.url.partition("?")[0] == link_in_mail(running_sandbox, reference)
