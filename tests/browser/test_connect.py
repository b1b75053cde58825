"""Connecting ad accounts in the browser: off to the network's own page at the sandbox, back, choosing, and sending."""

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.conftest import Sandbox
from tests.support.world import World


@pytest.fixture(autouse=True)
def _at_the_sandbox(settings: object, live_server: LiveServer, sandbox: Sandbox) -> None:
    settings.BASE_URL = live_server.url  # type: ignore[attr-defined]
    sandbox.reset()


def _sign_in(page: Page, network: str, label: str) -> None:
    """From the accounts page to the network's consent page."""
    page.goto("/accounts/")
    page.get_by_role("link", name=re.compile(f"Connect {label}|Connect another")).first.click()
    page.goto(f"/connect/{network}/")
    page.get_by_role("radio", name=re.compile("Sandbox")).first.check()
    page.get_by_role("button", name=f"Continue to {label}").click()


def test_it_connects_google_chooses_one_account_and_keeps_no_other(world: World, admin: Page):
    _sign_in(admin, "google", "Google Ads")
    expect(admin).to_have_url(re.compile("/google/o/oauth2"))
    admin.get_by_role("button", name=re.compile("Continue|Allow")).click()
    expect(admin.get_by_role("heading", name="Choose ad accounts")).to_be_visible()
