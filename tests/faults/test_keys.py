"""Keys: changed while work goes on (51), and missing or weak at the start (52)."""

import base64
import os
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.connections.models import Connection
from apps.conversions.models import Conversion
from apps.core import rotating, vault
from apps.core.tenancy import TenantModel, every_workspace
from apps.pipeline import flow
from apps.records.suppression import erased_at, suppress
from tests.conftest import Sandbox
from tests.support import factories
from tests.support.world import World, make_world
from tools.launcher.places import ROOT

transactional = pytest.mark.django_db(transaction=True)
Keys = Callable[..., None]
OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


@pytest.fixture
def keys(settings: Any) -> Keys:
    """Sets the keys, the first first."""

    def use(*named: str) -> None:
        settings.VAULT_KEYS = list(named)

    use(OLD)
    return use


@pytest.fixture
def world(keys: Keys, sandbox: Sandbox) -> World:
    """A workspace whose tokens are sealed under the old key."""
    sandbox.reset()
    world = make_world()
    world.make_event("facebook")
    return world


def rotate() -> str:
    out = StringIO()
    call_command("rotate_keys", stdout=out)
    return out.getvalue()


def sent(world: World) -> int:
    """Bring one more submission to the network; how many have arrived."""
    factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)
    with world.scope():
        return Conversion.objects.filter(state="sent").count()


def sealed() -> dict[object, bytes]:
    with every_workspace():
        return {key: bytes(blob) for key, blob in Connection.objects.values_list("id", "sealed")}


@pytest.mark.fault(51)
@transactional
def test_f51_it_goes_on_sending_before_during_and_after_a_change_of_keys(world: World, keys: Keys):
    assert sent(world) == 1
    keys(OLD, NEW)  # first every process has to know the new one
    assert sent(world) == 2
    keys(NEW, OLD)  # then it seals
    assert sent(world) == 3
    assert "3 sealed anew, 0 were" in rotate()
    assert sent(world) == 4
    keys(NEW)
    assert sent(world) == 5


@pytest.mark.fault(51)
@transactional
def test_f51_it_goes_on_where_a_killed_rotation_stopped(world: World, keys: Keys, monkeypatch: pytest.MonkeyPatch):
    keys(NEW, OLD)
    monkeypatch.setattr(rotating, "CHUNK", 1)
    whole, done = vault.sealed_anew, []

    def killed(blob: bytes) -> bytes | None:
        if done:
            raise KeyboardInterrupt
        done.append(blob)
        return whole(blob)

    monkeypatch.setattr(vault, "sealed_anew", killed)
    with pytest.raises(KeyboardInterrupt):
        rotate()
    monkeypatch.setattr(vault, "sealed_anew", whole)
    assert "2 sealed anew, 1 were" in rotate()
    assert "0 sealed anew, 3 were" in rotate()
    keys(NEW)
    assert all(vault.open_sealed(blob) for blob in sealed().values())


@pytest.mark.fault(51)
@transactional
def test_f51_it_leaves_alone_what_somebody_sealed_meanwhile(world: World, keys: Keys, monkeypatch: pytest.MonkeyPatch):
    keys(NEW, OLD)
    whole, latest = vault.sealed_anew, {"access_token": "EAArenewed"}

    def renewed_meanwhile(blob: bytes) -> bytes | None:
        with world.scope():
            Connection.objects.filter(sealed=blob).update(sealed=vault.seal(latest))
        return whole(blob)

    monkeypatch.setattr(vault, "sealed_anew", renewed_meanwhile)
    assert "0 sealed anew" in rotate()
    assert [vault.open_sealed(blob) for blob in sealed().values()] == [latest] * 3


@pytest.mark.fault(51)
@transactional
def test_f51_it_says_which_secret_no_key_opens_and_leaves_it(world: World, keys: Keys):
    before = sealed()
    keys(NEW)
    with pytest.raises(CommandError, match="3 secret"):
        rotate()
    assert sealed() == before


@pytest.mark.fault(51)
@transactional
def test_f51_it_still_knows_an_erased_person_and_says_which_keys_that_takes(world: World, keys: Keys):
    with world.scope():
        suppress(workspace_id=world.workspace.id, names={"email:gone@example.com"}, at=timezone.now())
    keys(NEW, OLD)
    assert "keep the old keys" in rotate()
    with world.scope():
        assert erased_at({"who": {"email:gone@example.com"}})


def test_f51_every_sealed_column_belongs_to_a_workspace_and_says_that_it_is_sealed():
    for model, column in rotating.sealed_columns():
        assert issubclass(model, TenantModel)
        assert column.endswith("sealed"), "A binary column holds a secret, or it is none."


def test_f51_it_opens_nothing_that_is_not_sealed(keys: Keys):
    with pytest.raises(InvalidToken):
        vault.open_sealed(b'{"access_token": "plain"}')


GOOD = base64.urlsafe_b64encode(os.urandom(32)).decode()
ZEROS = base64.urlsafe_b64encode(bytes(32)).decode()
TYPED = base64.urlsafe_b64encode(b"a passphrase of thirty-two chars").decode()


@pytest.mark.fault(52)
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CONVSYNC_VAULT_KEYS", "", "is not set"),
        ("CONVSYNC_VAULT_KEYS", " , ", "is not set"),
        ("CONVSYNC_VAULT_KEYS", "fill-in", "is not URL-safe base64"),
        ("CONVSYNC_VAULT_KEYS", GOOD[:-8], "needs 32"),
        ("CONVSYNC_VAULT_KEYS", ZEROS, "can be guessed"),
        ("CONVSYNC_VAULT_KEYS", TYPED, "can be guessed"),
        ("CONVSYNC_VAULT_KEYS", f"{GOOD},{ZEROS}", "key 2 of 2"),
        ("CONVSYNC_VAULT_KEYS", f"{GOOD},{GOOD}", "twice"),
        ("CONVSYNC_SECRET_KEY", "", "is not set"),
        ("CONVSYNC_SECRET_KEY", "fill-in", "can be guessed"),
        ("CONVSYNC_SECRET_KEY", "a" * 60, "can be guessed"),
    ],
)
def test_f52_it_does_not_start_without_a_good_key_and_shows_none(name: str, value: str, said: str):
    ended = started([sys.executable, "-c", "import convsync.settings"], {name: value})
    assert ended.returncode != 0
    assert name in ended.stderr
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not value.strip(" ,") or value not in ended.stderr


@pytest.mark.fault(52)
@pytest.mark.parametrize(
    "command",
    [
        "manage.py migrate --check",
        "-m gunicorn convsync.wsgi:application --bind 127.0.0.1:0 --no-control-socket",
        "-m celery -A convsync worker --pool threads",
        "-m celery -A convsync beat --schedule /dev/null",
    ],
)
def test_f52_no_process_starts_without_the_key(command: str):
    ended = started([sys.executable, *command.split()], {"CONVSYNC_VAULT_KEYS": ""})
    assert ended.returncode != 0
    assert "CONVSYNC_VAULT_KEYS is not set" in ended.stderr


def started(words: list[str], changed: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        words, cwd=ROOT, env={**os.environ, **changed}, capture_output=True, text=True, timeout=60, check=False
    )
