"""docker-compose.yml, Dockerfile and .env.example say the same as the code."""

import re
import shlex
from typing import Any

import pytest
import yaml

from tests.support.environment import ONLY_FOR_DEVELOPMENT, read_by_the_settings
from tools.launcher import postgres
from tools.launcher.places import ROOT
from tools.launcher.processes import BEAT, JUDGE, MIGRATE, SEND, SLOW, WEB, WORKER, Process

PROCESSES = (WEB, WORKER, JUDGE, SEND, SLOW, BEAT)
IN_A_CONTAINER = {"host": "0.0.0.0", "port": 8000, "state": "/var/lib/convsync"}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    composed: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return composed


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_it_runs_the_same_command_in_production_as_here(process: Process, services: dict[str, Any]):
    assert shlex.split(services[process.name]["command"]) == process.words(**IN_A_CONTAINER)


def test_it_migrates_with_the_same_command(services: dict[str, Any]):
    assert services["migrate"]["command"] == MIGRATE


def test_it_serves_the_web_by_default_in_the_image():
    command = re.search(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert command is not None
    assert yaml.safe_load(command.group(1)) == WEB.words(**IN_A_CONTAINER)


def test_it_runs_the_same_postgresql_in_production(services: dict[str, Any]):
    assert services["postgres"]["image"] == f"postgres:{postgres.binaries()[1]}"


def test_it_gives_every_setting_to_production_and_keeps_the_servers_passwords_from_it(services: dict[str, Any]):
    given = set(services["web"]["environment"])
    assert read_by_the_settings() - ONLY_FOR_DEVELOPMENT == given


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_it_gives_the_same_settings_to_every_process(process: Process, services: dict[str, Any]):
    assert services[process.name]["environment"] == services["web"]["environment"]


def test_it_starts_one_web_and_one_worker_unless_asked_for_more(services: dict[str, Any]):
    assert {name for name, service in services.items() if "profiles" in service} == {
        "judge",
        "send",
        "slow",
        "pgbouncer",
        "balancer",
    }
    assert services["web"]["scale"] == "${CONVSYNC_WEBS:-1}"


def test_it_migrates_past_the_pooler(services: dict[str, Any]):
    assert services["migrate"]["environment"]["DATABASE_URL"].endswith("@postgres:5432/convsync")
    assert "${CONVSYNC_DB_AT:-postgres:5432}" in services["web"]["environment"]["DATABASE_URL"]


def test_it_documents_what_compose_asks_for():
    asked = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    assert asked <= documented()


def test_it_documents_every_setting():
    assert read_by_the_settings() <= documented()


def documented() -> set[str]:
    return set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
