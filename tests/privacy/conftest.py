"""A world whose sandbox has received nothing yet, and what every test of privacy does with it."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.core.cache import cache
from django.utils import timezone

from apps.pipeline import flow
from apps.privacy.erasing import person_erase
from apps.privacy.models import Erasure
from tests.conftest import Sandbox
from tests.support.world import World, make_world

Erase = Callable[..., Erasure]


@pytest.fixture
def world(transactional_db: None, sandbox: Sandbox) -> World:
    sandbox.reset()
    cache.clear()
    return make_world()


@pytest.fixture
def erase(world: World) -> Erase:
    """Return a function that erases the person of a contact."""

    def erased(contact_id: int, at: datetime | None = None) -> Erasure:
        with world.scope():
            return person_erase(
                workspace_id=world.workspace.id, contact_id=contact_id, by=world.by, at=at or timezone.now()
            )

    return erased


@pytest.fixture
def run(world: World) -> Callable[[], None]:
    """Return a function that judges, then serves every lane."""

    def judged_and_sent() -> None:
        flow.judge(workspace_id=world.workspace.id)
        for account in (world.facebook, world.google, world.linkedin):
            flow.send(workspace_id=world.workspace.id, account_id=account.id)

    return judged_and_sent
