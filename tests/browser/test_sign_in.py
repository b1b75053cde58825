"""Signing in, choosing language and theme, signing out."""

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from apps.workspaces.models import User
from apps.workspaces.roles import Role
from tests.browser.conftest import Console
from tests.support.factories import a_member
from tests.support.world import World


@pytest.fixture
def demo(world: World, settings: Settings) -> User:
    """The demo's own user, as seed_demo makes it."""
    cache.clear()
    settings.EMBEDDED = True
    user = User.objects.create_user("demo@convsync.test", "demo-convsync", "Demo")
    a_member(world.workspace, Role.ADMIN, user=user)
    return user


def test_it_signs_in_with_the_demo_hint_and_out_again(demo: User, page: Page, console: Console):
    page.goto("/events/")
    page.get_by_role("button", name="Fill in").click()
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url("/events/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Conversion events")
    page.get_by_text("Demo", exact=True).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_it_speaks_dutch_on_request_and_remembers(world: World, admin: Page):
    admin.goto("/signals/")
    admin.get_by_role("button", name="Nederlands").click()
    expect(admin).to_have_url("/signals/")
    expect(admin.get_by_role("heading", level=1)).to_have_text("Signalen")
    admin.goto("/")
    expect(admin.get_by_role("heading", level=1)).to_have_text("Overzicht")


def test_it_turns_dark_at_once_and_stays_dark(world: World, admin: Page):
    admin.goto("/")
    light = admin.evaluate("getComputedStyle(document.body).backgroundColor")
    admin.get_by_role("button", name="Dark").click()
    expect(admin.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    dark = admin.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != light
    admin.goto("/events/")
    assert admin.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    expect(admin.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
