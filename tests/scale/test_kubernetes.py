"""The manifests in deploy/kubernetes say the same as the code, docker-compose.yml and each other."""

from typing import Any

import pytest
import yaml
from django.urls import resolve

from apps.core import health
from tests.support.environment import ONLY_FOR_DEVELOPMENT, read_by_the_settings
from tools.launcher.places import ROOT
from tools.launcher.processes import BEAT, JUDGE, MIGRATE, SEND, SLOW, WEB, Process

KUBERNETES = ROOT / "deploy" / "kubernetes"
BASE, EXAMPLE = KUBERNETES / "base", KUBERNETES / "overlays" / "example"
IN_A_CONTAINER = {"host": "0.0.0.0", "port": 8000, "state": "/var/lib/convsync"}
OURS = ("web", "judge", "send", "slow", "beat")


def objects() -> list[dict[str, Any]]:
    """Everything that the base's kustomization lists."""
    listed = yaml.safe_load((BASE / "kustomization.yaml").read_text())["resources"]
    return [each for name in listed for each in yaml.safe_load_all((BASE / name).read_text())]


def of(kind: str) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in objects() if each["kind"] == kind}


def pod(name: str) -> dict[str, Any]:
    found: dict[str, Any] = {**of("Deployment"), **of("Job")}[name]["spec"]["template"]["spec"]
    return found


def container(name: str) -> dict[str, Any]:
    found: dict[str, Any] = pod(name)["containers"][0]
    return found


def names(*files: str) -> set[str]:
    lines = [line for file in files for line in (KUBERNETES / file).read_text().splitlines()]
    return {line.split("=", 1)[0] for line in lines if line}


def test_it_lists_every_file_of_the_base():
    listed = yaml.safe_load((BASE / "kustomization.yaml").read_text())["resources"]
    assert sorted(listed) == sorted(path.name for path in BASE.glob("*.yaml") if path.name != "kustomization.yaml")


@pytest.mark.parametrize("process", [WEB, JUDGE, SEND, SLOW, BEAT], ids=lambda process: process.name)
def test_it_runs_the_same_commands_as_compose_and_the_launcher(process: Process):
    assert container(process.name)["args"] == process.words(**IN_A_CONTAINER)


def test_it_migrates_with_the_same_command_and_past_the_pooler():
    job = container("migrate")
    assert " ".join(job["args"]) == MIGRATE
    assert job["env"][0]["valueFrom"]["secretKeyRef"] == {"name": "migrations", "key": "DATABASE_URL"}
    assert "@postgres:5432/" in (EXAMPLE / "migrations.env").read_text()
    assert "@pgbouncer:6432/" in (EXAMPLE / "secrets.env").read_text()


def test_it_gives_every_setting_and_no_other():
    given = names("base/settings.env", "overlays/example/secrets.env")
    assert given == read_by_the_settings() - ONLY_FOR_DEVELOPMENT


def test_it_keeps_every_secret_out_of_the_config_map():
    told = names("base/settings.env")
    assert not {name for name in told if any(word in name for word in ("SECRET", "KEYS", "PASSWORD", "_URL"))} - {
        "CONVSYNC_BASE_URL"
    }


@pytest.mark.parametrize(
    ("probe", "view"),
    [("startupProbe", health.live), ("livenessProbe", health.live), ("readinessProbe", health.ready)],
)
def test_it_probes_addresses_that_the_product_answers(probe: str, view: object):
    asked = container("web")[probe]["httpGet"]
    assert resolve(asked["path"]).func is view
    assert asked["httpHeaders"][0]["value"] in (BASE / "settings.env").read_text()


@pytest.mark.parametrize("name", [*OURS, "migrate", "pgbouncer"])
def test_it_runs_without_root_on_a_file_system_that_cannot_be_written(name: str):
    whole = pod(name)
    assert whole["securityContext"]["runAsNonRoot"] is True
    assert whole["automountServiceAccountToken"] is False
    for each in (*whole["containers"], *whole.get("initContainers", ())):
        assert each["securityContext"]["readOnlyRootFilesystem"] is True
        assert each["securityContext"]["allowPrivilegeEscalation"] is False
        assert each["resources"]["limits"]["memory"]
        assert each["resources"].keys() == {"requests", "limits"}


@pytest.mark.parametrize("name", [*OURS, "pgbouncer"])
def test_it_gives_what_is_begun_thirty_seconds_to_end(name: str):
    paused = container(name).get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", ["sleep", "0"])
    assert pod(name)["terminationGracePeriodSeconds"] >= 30 + int(paused[1])


@pytest.mark.parametrize("name", OURS)
def test_it_starts_nothing_before_the_migrations_are_applied(name: str):
    (first,) = pod(name)["initContainers"]
    assert first["args"] == [*MIGRATE.split()[:3], "--check"]


def test_it_scales_what_may_be_many_and_never_takes_all_of_them_away():
    assert of("HorizontalPodAutoscaler").keys() == {"web", "judge", "send", "slow"}
    assert of("PodDisruptionBudget").keys() == {"web", "judge", "send", "pgbouncer"}
    for name, scaler in of("HorizontalPodAutoscaler").items():
        assert scaler["spec"]["scaleTargetRef"]["name"] == name
        assert scaler["spec"]["minReplicas"] <= scaler["spec"]["maxReplicas"]


def test_it_lets_nobody_in_but_to_web_and_to_the_pooler():
    policies = of("NetworkPolicy")
    assert "ingress" not in policies["product"]["spec"]
    assert policies["product"]["spec"]["podSelector"]["matchLabels"] == {"convsync/role": "product"}
    for name in (*OURS, "migrate"):
        template = {**of("Deployment"), **of("Job")}[name]["spec"]["template"]
        assert template["metadata"]["labels"]["convsync/role"] == "product"


def test_it_finds_every_file_and_object_that_the_example_names():
    overlay = yaml.safe_load((EXAMPLE / "kustomization.yaml").read_text())
    files = [each for maker in overlay["secretGenerator"] for key in ("envs", "files") for each in maker.get(key, ())]
    assert all((EXAMPLE / file).exists() for file in [*files, *overlay["resources"], overlay["patches"][0]["path"]])
    patched = list(yaml.safe_load_all((EXAMPLE / "queue-age.yaml").read_text()))
    assert {each["metadata"]["name"] for each in patched} <= of("HorizontalPodAutoscaler").keys()
    made = {each["name"] for each in overlay["secretGenerator"]}
    assert made == {"secrets", "migrations", "pgbouncer-users"}
    assert {each["name"] for each in overlay["images"]} == {
        container(name)["image"] for name in (*OURS, "migrate", "pgbouncer")
    }
