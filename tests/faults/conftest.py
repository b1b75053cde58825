"""What the tests of faults share: the sandbox with its default world around each, a workspace, and a place to break."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Sandbox
from tests.faults.lifetime import running, spoken_to
from tests.faults.world import World as Place
from tests.sandbox.callers import Control
from tests.support.world import World, make_world


@pytest.fixture
def world(control: Control) -> World:
    """A workspace that can send to all three networks."""
    return make_world()


@pytest.fixture(scope="session")
def shared_world(sandbox: Sandbox) -> Iterator[Place]:
    """One world for every test that leaves it in a state that can be mended."""
    with running(sandbox) as world:
        yield world


@pytest.fixture
def place(shared_world: Place, django_db_blocker: Any) -> Iterator[Place]:
    """The world, healthy, empty and with one worker; Django speaks to its database."""
    with django_db_blocker.unblock(), spoken_to(shared_world):
        shared_world.fresh()
        shared_world.worker_start()
        yield shared_world


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The whole suite leaves out what takes long (ADR 24); `./run faults`, and naming a file, leave out nothing."""
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return
    long = [item for item in items if item.get_closest_marker("thorough")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if not item.get_closest_marker("thorough")]
