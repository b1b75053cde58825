"""`./run` itself: one clear sentence for what a person can mend."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tools.launcher.places import ROOT


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A folder with the script and nothing installed, and no tool but those of a bare machine."""
    shutil.copy(ROOT / "run", tmp_path)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "dev.txt").write_text("")
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("sh", "dirname", "cat", "date", "tail", "mkdir", "rm", "cksum", "id"):
        found = shutil.which(name)
        assert found is not None
        (tools / name).symlink_to(found)
    return tmp_path


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PATH": str(folder / "bin")}
    return subprocess.run(
        [folder / "run", *arguments], cwd="/", env=environment, capture_output=True, text=True, check=False
    )


def provide(folder: Path, name: str, script: str) -> None:
    path = folder / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_it_helps_before_anything_is_installed(fresh: Path):
    answer = run(fresh, "help")
    assert answer.returncode == 0
    commands = "install test faults chaos check demo bench bench-fairness manage lock help"
    for command in commands.split():
        assert f"./run {command}" in answer.stdout
    assert not (fresh / ".local").exists()


def test_it_names_the_commands_when_one_is_unknown(fresh: Path):
    answer = run(fresh, "tset")
    assert answer.returncode == 2
    assert "no command “tset”" in answer.stderr
    assert "./run test" in answer.stderr


def test_it_says_which_python_it_needs(fresh: Path):
    provide(fresh, "python3", "exit 1")
    answer = run(fresh, "install")
    assert answer.returncode == 1
    assert "Python 3.11 or newer" in answer.stderr


def test_it_takes_a_newer_python_that_stands_beside_an_old_one(fresh: Path):
    provide(fresh, "python3", "exit 1")
    provide(fresh, "python3.12", 'case "$2" in *ensurepip*) exit 1 ;; esac')
    answer = run(fresh, "install")
    assert "venv module is missing" in answer.stderr


def test_it_says_what_to_do_when_nothing_can_be_downloaded(fresh: Path):
    provide(fresh, "python3", 'case "$*" in *venv*.local*) echo "no route to host"; exit 1 ;; esac')
    answer = run(fresh, "install")
    assert answer.returncode == 1
    assert "no route to host" in answer.stderr
    assert "Is there a network" in answer.stderr
    assert "Traceback" not in answer.stderr
