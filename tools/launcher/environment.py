"""The environment every process of the product gets, and the embedded servers behind it."""

import base64
import contextlib
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.launcher import postgres, valkey
from tools.launcher.embedded import Embedded
from tools.launcher.locks import Lock
from tools.launcher.places import LOCAL, folder
from tools.launcher.ports import Ports
from tools.launcher.server import Home

DATABASE_URLS = {"DATABASE_URL": "convsync", "SANDBOX_DATABASE_URL": "convsync_sandbox"}
# For commands that open no connection; nothing listens on these.
NO_SERVERS = {"DATABASE_URL": "postgresql://127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}
LEFT_BEHIND = 24 * 3600.0  # seconds
# The first is set on some machines; it would leave the environment without bytecode and every start slow.
UNWANTED = ("PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONPATH", "GUNICORN_CMD_ARGS")


@dataclass(frozen=True)
class Homes:
    """Where the embedded servers live."""

    postgres: Home
    valkey: Home


def lasting_homes() -> Homes:
    """The servers of `./run` itself; their data stays."""
    # The major version is in the name: a newer PostgreSQL does not read an older one's files.
    major = "" if "DATABASE_URL" in os.environ and "SANDBOX_DATABASE_URL" in os.environ else str(postgres.binaries()[1])
    return Homes(Home(LOCAL / f"pg{major}"), Home(LOCAL / "valkey"))


def throwaway_homes() -> Homes:
    """Fresh servers for one test run, each deleted by its keeper; also clears what a killed keeper left long ago."""
    for old in LOCAL.glob("test-*"):
        if time.time() - old.stat().st_mtime > LEFT_BEHIND and Lock(old / "users.lock").take(wait=False):
            shutil.rmtree(old, ignore_errors=True)
    run = LOCAL / f"test-{secrets.token_hex(4)}"
    return Homes(
        Home(run.with_name(f"{run.name}-pg"), throwaway=True), Home(run.with_name(f"{run.name}-valkey"), throwaway=True)
    )


@contextlib.contextmanager
def servers(homes: Homes) -> Iterator[dict[str, str]]:
    """Hold PostgreSQL and Valkey and yield their urls; a server whose url the environment gives is not started."""
    given = {name: os.environ[name] for name in (*DATABASE_URLS, "REDIS_URL") if os.environ.get(name)}
    database = Embedded("postgres", homes.postgres) if not DATABASE_URLS.keys() <= given.keys() else None
    broker = Embedded("valkey", homes.valkey) if "REDIS_URL" not in given else None
    with contextlib.ExitStack() as held:
        for server in filter(None, (database, broker)):
            server.begin()
            held.callback(server.release)
        urls: dict[str, str] = {}
        if database is not None:
            socket = database.ready()
            urls |= {variable: postgres.url(socket, name) for variable, name in DATABASE_URLS.items()}
        if broker is not None:
            urls["REDIS_URL"] = valkey.url(broker.ready())
        yield urls | given


def product(urls: dict[str, str], ports: Ports) -> dict[str, str]:
    """Return the whole environment of a product process: ours, the servers' urls, and what its settings read."""
    inherited = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    binaries = str(Path(sys.executable).parent)
    return {
        **_keys(LOCAL / "secrets.env"),
        "CONVSYNC_DEBUG": "0",
        "CONVSYNC_EMBEDDED": "1",
        **inherited,
        **urls,
        "CONVSYNC_BASE_URL": ports.web_url,
        "CONVSYNC_SANDBOX_URL": ports.sandbox_url,
        "DJANGO_SETTINGS_MODULE": "convsync.settings",
        "PATH": os.pathsep.join((binaries, os.environ.get("PATH", os.defpath))),
    }


def _keys(path: Path) -> dict[str, str]:
    """Return the instance's own secrets, made once and readable by their owner alone."""
    with Lock(folder(path.parent) / "secrets.lock"):
        if not path.exists():
            made = {
                "CONVSYNC_SECRET_KEY": secrets.token_urlsafe(48),
                "CONVSYNC_VAULT_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            }
            # Whole or not at all: a half-written key file would lock the sealed tokens away.
            descriptor, unfinished = tempfile.mkstemp(dir=path.parent)  # readable by its owner alone
            with os.fdopen(descriptor, "w") as file:
                file.writelines(f"{name}={value}\n" for name, value in made.items())
            Path(unfinished).replace(path)
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
