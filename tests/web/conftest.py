"""A workspace, and a browser-like client for each of its members."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.workspaces.models import User
from apps.workspaces.roles import Role
from tests.support.world import World, make_world

SignIn = Callable[[Role | User], Client]


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def sign_in(world: World) -> SignIn:
    """Return a function that gives the client of the world's member with a role, or of any user."""

    def client_of(who: Role | User) -> Client:
        client = Client()
        members = {Role.ADMIN: world.admin, Role.MARKETER: world.marketer, Role.VIEWER: world.viewer}
        client.force_login(who if isinstance(who, User) else members[who])
        return client

    return client_of


@pytest.fixture
def admin(sign_in: SignIn) -> Client:
    return sign_in(Role.ADMIN)
