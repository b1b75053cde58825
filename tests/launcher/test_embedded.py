"""The embedded servers: shared while anybody uses them, stopped when nobody does, whole after a crash."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from django.db import connection

from tools.launcher import places, postgres, valkey
from tools.launcher.children import Identity, identify
from tools.launcher.embedded import Embedded
from tools.launcher.fault import Fault
from tools.launcher.foreground import python
from tools.launcher.server import Home
from tools.launcher.valkey import Valkey

HOLD = """
import sys, time
from pathlib import Path
from tools.launcher.embedded import Embedded
from tools.launcher.server import Home
server = Embedded("valkey", Home(Path(sys.argv[1])))
server.begin()
server.ready()
print("held", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize(
    ("memory_gib", "cache_mib"), [(0.5, 128), (2, 128), (8, 512), (16, 1024), (512, 1024)], ids=lambda each: f"{each}"
)
def test_its_cache_grows_with_the_machine_within_limits(memory_gib: float, cache_mib: int):
    assert postgres.cache_mib(int(memory_gib * 2**30)) == cache_mib


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "valkey")


@pytest.fixture
def held(home: Home) -> Iterator[Embedded]:
    server = Embedded("valkey", home)
    server.begin()
    server.ready()
    yield server
    server.release()


def test_it_stops_the_server_when_its_last_user_lets_go(home: Home):
    first, second = Embedded("valkey", home), Embedded("valkey", home)
    first.begin()
    first.ready()
    second.begin()
    second.ready()
    server = running(home)

    first.release()
    assert identify(server.pid) == server
    second.release()
    assert identify(server.pid) is None


def test_it_stops_the_server_when_its_user_is_killed(home: Home):
    user = subprocess.Popen(python("-c", HOLD, str(home.path)), stdout=subprocess.PIPE)
    assert user.stdout is not None
    with user.stdout:
        assert user.stdout.readline() == b"held\n"
    server = running(home)

    user.kill()
    user.wait()
    assert becomes(lambda: identify(server.pid) is None)


def test_it_starts_a_server_that_died_again(home: Home, held: Embedded):
    before = running(home)
    os.kill(before.pid, signal.SIGKILL)

    assert becomes(lambda: home.state.exists() and running(home) != before)
    assert becomes(lambda: Valkey(home).ready(home.socket))


def test_it_stops_what_a_killed_keeper_left_behind(home: Home):
    home.path.mkdir()
    hears = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # which a shell's background jobs do not
    left = subprocess.Popen(["sleep", "60"], preexec_fn=hears)  # noqa: PLW1509 - takes no lock
    started = identify(left.pid)
    assert started is not None
    home.state.write_text(json.dumps({"pid": left.pid, "started": started.started, "socket": "gone"}))

    server = Embedded("valkey", home)
    server.begin()
    server.ready()
    server.release()
    assert left.wait(5) == -signal.SIGINT


def test_it_leaves_alone_a_process_that_only_has_the_same_number(home: Home):
    home.path.mkdir()
    stranger = subprocess.Popen(["sleep", "60"])
    home.state.write_text(json.dumps({"pid": stranger.pid, "started": "long ago", "socket": "gone"}))

    server = Embedded("valkey", home)
    server.begin()
    server.ready()
    server.release()
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_it_deletes_a_throwaway_server_with_all_its_files(tmp_path: Path):
    home = Home(tmp_path / "once", throwaway=True)
    server = Embedded("valkey", home)
    server.begin()
    server.ready()
    server.release()
    assert not home.path.exists()


def test_it_says_why_a_server_cannot_start(home: Home):
    home.path.mkdir()
    home.data.write_text("not a folder")
    server = Embedded("valkey", home)
    server.begin()
    with pytest.raises(Fault, match="Valkey cannot start"):
        server.ready()


def test_it_says_which_server_is_missing_and_how_to_get_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(valkey, "candidates", lambda: iter([Path("/nowhere/valkey-server")]))
    with pytest.raises(Fault, match="REDIS_URL"):
        valkey.binary()
    monkeypatch.setattr(postgres, "candidates", lambda: iter([Path("/nowhere")]))
    with pytest.raises(Fault, match="DATABASE_URL"):
        postgres.binaries()


def test_it_prefers_the_postgresql_it_is_told_to_use(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PG_BIN", "/chosen/bin")
    assert next(postgres.candidates()) == Path("/chosen/bin")


def test_it_starts_postgresql_beside_a_stale_pid_file_that_names_another_process(tmp_path: Path):
    home = Home(tmp_path / "pg")
    server = Embedded("postgres", home)
    server.begin()
    server.ready()
    server.release()
    (home.data / "postmaster.pid").write_text(f"{os.getpid()}\n{home.data}\n")

    again = Embedded("postgres", home)
    again.begin()
    again.ready()
    again.release()


@pytest.mark.django_db
def test_it_gives_the_product_a_role_that_row_level_security_binds():
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False)


def test_it_finds_a_short_place_for_a_socket_whose_path_would_be_too_long(tmp_path: Path):
    found = places.socket_directory(tmp_path / ("long" * 40))
    assert len(str(found / ".s.PGSQL.5432")) < 104
    assert found.stat().st_mode & 0o777 == 0o700
    found.rmdir()


def test_it_names_the_folder_that_cannot_be_written(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(Fault, match=str(tmp_path / "file" / "inside")):
        places.folder(tmp_path / "file" / "inside")


def running(home: Home) -> Identity:
    state = json.loads(home.state.read_text())
    return Identity(state["pid"], state["started"])


def becomes(condition: Callable[[], bool], within: float = 5.0) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False
