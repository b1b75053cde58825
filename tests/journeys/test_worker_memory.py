"""How much memory a worker needs that judges and sends: measured on a process of its own, at the sandbox."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from apps.conversions.models import Conversion
from apps.core.tenancy import workspace_scope
from apps.pipeline.intake import Posted, submissions_receive
from convsync.celery import app
from tests.conftest import Sandbox
from tests.support import factories
from tests.support.world import World, make_world
from tools.launcher.foreground import python, tail
from tools.launcher.processes import WORKER

MOST_MIB = 150
CONVERSIONS, AT_ONCE, WITHIN = 1_000, 100, 90.0  # seconds


@contextmanager
def working(log: Path) -> "Iterator[subprocess.Popen[bytes]]":
    """A worker with the command of `./run`, at the tests' database and broker."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    with log.open("wb") as output:
        process = subprocess.Popen(
            python("-m", *WORKER.words()), env={**os.environ, "DATABASE_URL": database}, stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def peak_mib(process: "subprocess.Popen[bytes]") -> float:
    """The most memory that the process ever held."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


@pytest.mark.parametrize("network", ["facebook", "linkedin"])
def test_it_stays_under_150_mib_while_it_judges_and_sends(
    transactional_db: None, sandbox: Sandbox, tmp_path: Path, network: str
) -> None:
    sandbox.reset()
    app.control.purge()
    world = make_world()
    world.make_event(network, at=timezone.now() - timedelta(hours=1))
    fill(world)
    with working(tmp_path / "log") as worker:
        wait_until_sent(world, worker, tmp_path / "log")
        peak = peak_mib(worker)
    assert peak < MOST_MIB


def fill(world: World) -> None:
    """People who send the form in, as many as a full request holds."""
    for first in range(0, CONVERSIONS, AT_ONCE):
        posted = [posting(number) for number in range(first, first + AT_ONCE)]
        with workspace_scope(world.workspace.id):
            submissions_receive(workspace_id=world.workspace.id, form=world.form, posted=posted, at=timezone.now())


def posting(number: int) -> Posted:
    """One of them."""
    return Posted(
        answers={
            "email": f"person{number}@example.com",
            "firstname": "Anneke",
            "lastname": "de Vries",
            "phone": f"+31 6 2{number:07}",
            "country": "Nederland",
            factories.CONSENT_PROPERTY: "yes",
        },
        submitted_at=timezone.now(),
        page_url="https://acme.example/contact",
        ip_address="93.184.216.34",
        user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/144.0",
        order_id=f"order-{number}",
    )


def wait_until_sent(world: World, worker: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return when the network has taken all of them."""
    deadline = time.monotonic() + WITHIN
    while time.monotonic() < deadline and worker.poll() is None:
        with world.scope():
            if Conversion.objects.filter(state="sent").count() == CONVERSIONS:
                return
        time.sleep(0.2)
    pytest.fail(f"They were not all sent. The worker's last words:\n{tail(log)}")
