"""A world from its start to its end, and the test's own process speaking to its database."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from django.db import connections

from tests.conftest import Sandbox
from tests.faults.servers import Server
from tests.faults.world import World
from tools.launcher import postgres
from tools.launcher.postgres import Postgres


@contextmanager
def spoken_to(world: World) -> Iterator[None]:
    """While it lasts, Django's connection in the test's own process leads to the world's database."""
    line = connections["default"]
    before = {name: line.settings_dict[name] for name in ("HOST", "PORT", "NAME", "USER")}
    line.close()
    line.settings_dict.update(HOST=str(world.postgres.socket), PORT="", NAME="convsync", USER=postgres.ROLE)
    try:
        yield
    finally:
        line.close()
        line.settings_dict.update(before)


ROOMY = partial(Server, Postgres)  # a PostgreSQL with a disk like any other's


@contextmanager
def running(sandbox: Sandbox, database: Callable[[Path], Server] = ROOMY) -> Iterator[World]:
    """A world from its start to its end, in a folder with a name short enough for sockets."""
    path = Path(tempfile.mkdtemp(prefix="faults-"))
    world = World(path, sandbox, database)
    try:
        world.start()
        yield world
    finally:
        world.stop()
        shutil.rmtree(path, ignore_errors=True)
