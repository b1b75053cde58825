"""What most tests of the stream begin with."""

import pytest

from tests.conftest import Sandbox
from tests.support.world import World, make_world


@pytest.fixture
def world(sandbox: Sandbox) -> World:
    """A workspace, and a sandbox that has received nothing yet."""
    sandbox.reset()
    return make_world()
