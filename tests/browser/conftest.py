"""A real browser at the running product, signed in, with whatever goes wrong in its console counted as a failure."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.workspaces.models import User
from tests.support.world import World, make_world

PHONE = {"width": 390, "height": 844}
expect.set_options(timeout=10_000)


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any], live_server: LiveServer) -> dict[str, Any]:
    """Addresses are relative to the running product; nothing moves longer than it must."""
    return {**browser_context_args, "base_url": live_server.url, "reduced_motion": "reduce", "locale": "en-GB"}


class Console:
    """What the browser complained of. An answer that refuses (422) is logged by Chromium too, and can be expected."""

    # htmx logs a request that gave way to a newer one as if it were an error.
    always = ("htmx:afterRequest", "htmx:sendAbort")

    def __init__(self) -> None:
        self.said: list[str] = []
        self.expected: tuple[str, ...] = ()

    def hear(self, message: ConsoleMessage) -> None:
        """Keep errors and warnings, among them every breach of the content security policy."""
        if message.type in ("error", "warning"):
            self.said.append(message.text)

    def complaints(self) -> list[str]:
        """What nobody expected."""
        return [text for text in self.said if not any(part in text for part in (*self.always, *self.expected))]


@pytest.fixture
def console(page: Page) -> Iterator[Console]:
    """Listens to the page; at the end nothing unexpected may have been said.

    What is still asked of the product is waited for: it would be read while the database is being emptied.
    """
    console = Console()
    page.on("console", console.hear)
    page.on("pageerror", lambda error: console.said.append(str(error)))
    yield console
    expect(page.locator(".htmx-request")).to_have_count(0)
    page.wait_for_load_state()
    assert console.complaints() == []


@pytest.fixture
def enter(page: Page, console: Console, live_server: LiveServer) -> Callable[[User], Page]:
    """Return a function that signs a user in without the sign-in page."""

    def signed_in(user: User) -> Page:
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        return page

    return signed_in


@pytest.fixture
def admin(enter: Callable[[User], Page], world: World) -> Page:
    return enter(world.admin)
