"""A workspace that the networks' forms can reach."""

import pytest
from pytest_django.live_server_helper import LiveServer

from apps.connections.models import Connection
from apps.core import vault
from tests.sandbox.callers import FACEBOOK_TOKEN, LINKEDIN_TOKEN, Control
from tests.support.world import World, make_world


@pytest.fixture
def world(transactional_db: None, settings: object, live_server: LiveServer, control: Control) -> World:
    """A workspace whose sandbox connections are real tokens, at an address that the sandbox can call."""
    settings.BASE_URL = live_server.url  # type: ignore[attr-defined]
    world = make_world()
    tokens = {"facebook": FACEBOOK_TOKEN, "linkedin": LINKEDIN_TOKEN}
    with world.scope():
        for system, token in tokens.items():
            Connection.objects.filter(system=system).update(sealed=vault.seal({"access_token": token}))
    return world
