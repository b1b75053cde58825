"""The environment of the product's processes, and the rule that only one `./run` runs."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tools.launcher import browser, environment, instance
from tools.launcher.fault import Fault
from tools.launcher.instance import Claim
from tools.launcher.ports import Ports

AT = Ports(8000, 8010)


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(environment, "LOCAL", tmp_path)
    monkeypatch.setattr(instance, "PLACE", tmp_path / "run.lock")
    for name in ("CONVSYNC_SECRET_KEY", "CONVSYNC_VAULT_KEYS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_it_makes_the_secrets_once_for_their_owner_alone(local: Path):
    first, second = environment.product({}, AT), environment.product({}, AT)
    assert first["CONVSYNC_SECRET_KEY"] == second["CONVSYNC_SECRET_KEY"]
    assert (local / "secrets.env").stat().st_mode & 0o777 == 0o600
    Fernet(first["CONVSYNC_VAULT_KEYS"])


def test_it_lets_the_environment_override_secrets_and_servers(local: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CONVSYNC_SECRET_KEY", "mine")
    assert environment.product({}, AT)["CONVSYNC_SECRET_KEY"] == "mine"
    given = {name: f"given-{name}" for name in ("DATABASE_URL", "SANDBOX_DATABASE_URL", "REDIS_URL")}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with environment.servers(environment.lasting_homes()) as urls:
        assert urls == given
    assert not list(local.glob("pg*"))


def test_it_does_not_pass_on_what_would_keep_python_slow(local: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert "PYTHONDONTWRITEBYTECODE" not in environment.product({}, AT)


def test_it_runs_once_per_folder_and_says_where(local: Path):
    with Claim().held(AT), pytest.raises(Fault, match=r"already running .* http://127\.0\.0\.1:8000"):
        Claim().held(AT).__enter__()
    assert instance.current() is None


def test_it_tells_others_which_servers_the_running_one_uses(local: Path):
    with Claim().held(AT) as claim:
        claim.announce(AT, {"REDIS_URL": "unix:///socket"})
        other = instance.current()
        assert other is not None
        assert (other.ports, other.urls) == (AT, {"REDIS_URL": "unix:///socket"})


def test_it_refuses_a_browser_that_is_no_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "nothing"))
    with pytest.raises(Fault, match="CHROMIUM"):
        browser.find()


def test_it_says_how_to_get_a_browser_where_none_can_be_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browser, "LOCAL", tmp_path)
    with pytest.raises(Fault, match="apt install chromium"):
        browser.ensure()
