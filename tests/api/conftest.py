"""A world with an API key, and a client that uses it as one outside would."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from apps.core.actor import SYSTEM
from apps.core.tenancy import workspace_scope
from apps.workspaces.models import Workspace
from apps.workspaces.roles import SCOPES
from apps.workspaces.services import api_key_create
from tests.support.world import World, make_world


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: Any


class Api:
    """Speaks to the API with a key."""

    def __init__(self, key: str) -> None:
        self.key = key
        self._client = Client()

    def send(self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, **headers: str) -> Answer:
        """One request; `raw` goes out as it is, `body` as JSON."""
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        if self.key:
            headers.setdefault("Authorization", f"Bearer {self.key}")
        headers.setdefault("Content-Type", "application/json")
        content_type = headers.pop("Content-Type")
        response = self._client.generic(method, path, data, content_type=content_type, headers=headers)
        text = response.content.decode()
        return Answer(response.status_code, json.loads(text) if text else None, response.headers)

    def get(self, path: str, **headers: str) -> Answer:
        """GET."""
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        """POST."""
        return self.send("POST", path, body, **headers)


def make_key(workspace: Workspace, scopes: Collection[str] = tuple(SCOPES), name: str = "Test") -> str:
    """The text of a new key."""
    with workspace_scope(workspace.id):
        _, text = api_key_create(
            workspace_id=workspace.id,
            name=f"{name} {timezone.now().timestamp()}",
            scopes=scopes,
            by=SYSTEM,
            at=timezone.now(),
        )
    return text


@pytest.fixture(autouse=True)
def _empty_windows() -> None:
    """No test counts against another's limit."""
    cache.clear()


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    """Nobody signs in here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def world(db: None) -> World:
    """A workspace with everything."""
    return make_world()


@pytest.fixture
def other(db: None) -> World:
    """Another tenant."""
    return make_world("Rival")


@pytest.fixture
def api(world: World) -> Api:
    """A client with a key that may do everything in the world."""
    return Api(make_key(world.workspace))
