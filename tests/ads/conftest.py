"""The sandbox for tests of connecting: a workspace without connections, and the sandbox's own controls."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from apps.ads.connecting import Visitor
from tests.conftest import Sandbox
from tests.sandbox.callers import Control
from tests.support import factories


@pytest.fixture
def control(sandbox: Sandbox) -> Iterator[Control]:
    """The sandbox's controls; what a test changed is put back."""
    control = Control(sandbox.url)
    control.restore()
    control.touched = False
    yield control
    if control.touched:
        control.restore()


@pytest.fixture
def visitor(db: None) -> Visitor:
    """An admin in a browser session of a workspace that has connected nothing yet."""
    workspace = factories.a_workspace()
    member = factories.a_member(workspace)
    return Visitor(workspace.id, member.user.pk, "a-session", factories.actor_of(member))


@pytest.fixture
def now() -> datetime:
    """The time, whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)
