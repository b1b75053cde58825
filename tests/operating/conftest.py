"""A world, and looks at it at moments that a test chooses."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from apps.core.broker import client
from apps.operating.watching import watch
from tests.support.world import World, make_world

Look = Callable[[float], None]


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


@pytest.fixture
def start() -> datetime:
    """The moment from which a test counts its minutes."""
    return timezone.now()


@pytest.fixture
def look(start: datetime) -> Look:
    """Return a function that looks and tells, so many minutes after the start."""

    def at(minutes: float) -> None:
        watch(now=start + timedelta(minutes=minutes))

    return at


@pytest.fixture
def shared() -> Iterator[None]:
    """Meters and workers begin and end empty."""
    client().delete("meters", "workers")
    yield
    client().delete("meters", "workers")
