"""A worker that can be told to die: the product's own, with barriers around a few of its functions.

`python -m tests.faults.worker worker --pool ...`. The product itself holds no hook: what is wrapped is wrapped here,
before Celery starts. A barrier is a file in the folder FAULT_BARRIERS; who takes it renames it, so that only one does.

    {"act": "kill"}                 dies at once, as by `kill -9` or the system that ran out of memory
    {"act": "wait"}                 stands still until the file is gone
    {"act": "raise"}                fails with an error that nobody expects
    {"act": "kill", "after": 3}     the fourth time

FAULT_SETTINGS, as JSON, changes Celery's own settings; FAULT_CA is a file with the authority that is trusted;
FAULT_CLOCK is by how many seconds its clock is off, FAULT_BATCH how many conversions a request holds at most.
"""

import functools
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import time_machine
from celery.__main__ import main
from celery.signals import worker_ready
from requests import adapters, certs

from convsync.celery import app

FOLDER = Path(os.environ["FAULT_BARRIERS"])
_passed: dict[str, int] = {}
_resolve = socket.getaddrinfo


class Unexpected(Exception):
    """What no line of the product expects."""


def barrier(name: str) -> None:
    """Do what the barrier of that name says, if one stands."""
    path = FOLDER / name
    if not path.exists():
        return
    told = json.loads(path.read_text())
    _passed[name] = _passed.get(name, 0) + 1
    if _passed[name] <= told.get("after", 0):
        return
    taken = FOLDER / f"{name}.taken"
    try:
        path.rename(taken)
    except FileNotFoundError:  # another worker was faster
        return
    _passed[name] = 0
    if told["act"] == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if told["act"] == "raise":
        raise Unexpected(name)
    while taken.exists():
        time.sleep(0.02)


def wrap(module: ModuleType, name: str, *, before: str = "", after: str = "", when: str = "") -> None:
    """Put barriers around a function of a module; `when` is the HTTP method that they are meant for."""
    original: Callable[..., Any] = getattr(module, name)

    @functools.wraps(original)
    def wrapped(*positional: Any, **named: Any) -> Any:
        meant = not when or named.get("method") == when
        if before and meant:
            barrier(before)
        result = original(*positional, **named)
        if after and meant and (result or result is None):
            barrier(after)
        return result

    setattr(module, name, wrapped)


def resolve(name: Any, *positional: Any, **named: Any) -> Any:
    """Where a host is: as the file "resolver" says, else as the system does."""
    path = FOLDER / "resolver"
    told = json.loads(path.read_text()) if path.exists() else {}
    if name not in told:
        return _resolve(name, *positional, **named)
    if not told[name]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return [found for address in told[name] for found in _resolve(address, *positional, **named)]


def prepare() -> None:
    """Wrap what the catalogue kills at."""
    import django

    django.setup()
    app.conf.update(json.loads(os.environ.get("FAULT_SETTINGS", "{}")))
    from apps.conversions import claiming, owing
    from apps.core import http
    from apps.deliveries import sending
    from apps.pipeline import poisoned

    if "FAULT_CA" in os.environ:
        adapters.DEFAULT_CA_BUNDLE_PATH = os.environ["FAULT_CA"]
        certs.where = lambda: os.environ["FAULT_CA"]  # type: ignore[attr-defined]  # requests re-exports it untyped
    socket.getaddrinfo = resolve  # type: ignore[assignment]
    wrap(poisoned, "judge_batch", before="judging", after="judged")
    wrap(claiming, "claim", after="claiming")  # its transaction is still open
    wrap(http, "call", before="wire", after="answered", when="POST")
    wrap(owing, "workspaces_with_lost_leases", before="sweeping")
    wrap(owing, "settle", before="settling", after="settled")
    if few := int(os.environ.get("FAULT_BATCH", "0")):
        vars(sending)["_limit"] = lambda *_: few


@worker_ready.connect
def _ready(**_: Any) -> None:
    (FOLDER / f"ready.{os.getpid()}").touch()


if __name__ == "__main__":
    if off := float(os.environ.get("FAULT_CLOCK", "0")):
        time_machine.travel(datetime.now(UTC) + timedelta(seconds=off)).start()
    prepare()
    sys.argv = ["celery", "-A", "convsync", *sys.argv[1:]]
    main()
