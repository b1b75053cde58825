"""The supervisor: restarts what dies, stops in order, keeps what was said, says what matters."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.launcher import supervisor
from tools.launcher.fault import Fault
from tools.launcher.processes import BEAT, STOPPING_ORDER, WEB, Process
from tools.launcher.supervisor import Supervisor

STAND_IN = "while true; do sleep 0.05; done"


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(supervisor, "LOGS", tmp_path)
    monkeypatch.setattr(supervisor, "BACK_OFF", (0.05,))
    return tmp_path


def scripted(tmp_path: Path, name: str, script: str, health: str | None = None) -> Process:
    path = tmp_path / f"{name}.sh"
    path.write_text(script)
    return Process(name, f"sh {path}", health=health)


def supervising(*processes: Process) -> Supervisor:
    made = Supervisor(os.environ, {process.name: {} for process in processes})
    for process in processes:
        made.start(process)
    return made


def within(condition: Callable[[], bool], seconds: float = 5.0) -> Callable[[], bool]:
    deadline = time.monotonic() + seconds
    return lambda: condition() or time.monotonic() > deadline


def test_it_starts_a_process_that_ended_again_and_says_so(
    tmp_path: Path, logs: Path, capsys: pytest.CaptureFixture[str]
):
    counter = tmp_path / "starts"
    process = scripted(tmp_path, WEB.name, f"echo x >>{counter}; exit 3")
    watched = supervising(process)
    watched.watch(done=within(lambda: counter.exists() and counter.read_text().count("x") >= 2))
    watched.stop()
    assert counter.read_text().count("x") >= 2
    assert "[web] ended with code 3" in capsys.readouterr().err


def test_it_stops_in_order_and_waits_for_each(tmp_path: Path, logs: Path):
    ended, started = tmp_path / "ended", tmp_path / "started"
    script = "trap 'sleep 0.1; echo {0} >>{1}; exit' TERM; echo {0} >>{2}; " + STAND_IN
    watched = supervising(
        *(scripted(tmp_path, p.name, script.format(p.name, ended, started)) for p in reversed(STOPPING_ORDER))
    )
    watched.watch(done=within(lambda: started.exists() and len(started.read_text().split()) == 4))
    watched.stop()
    assert ended.read_text().split() == ["beat", "worker", "web", "sandbox"]


def test_it_kills_a_process_that_does_not_want_to_stop(tmp_path: Path, logs: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(supervisor, "STOP_WITHIN", 0.3)
    watched = supervising(scripted(tmp_path, WEB.name, f"trap '' TERM; echo up; {STAND_IN}"))
    watched.watch(done=within(lambda: "up" in (logs / "web.log").read_text()))
    began = time.monotonic()
    watched.stop()
    assert time.monotonic() - began < 2


def test_it_logs_every_line_and_shows_only_warnings(tmp_path: Path, logs: Path, capsys: pytest.CaptureFixture[str]):
    said = 'echo hello; echo \'{"level": "warning", "event": "slow"}\'; printf unfinished'
    watched = supervising(scripted(tmp_path, BEAT.name, f"{said}; sleep 0.2; echo ' line'; {STAND_IN}"))
    log = logs / "beat.log"
    watched.watch(done=within(lambda: "line" in log.read_text()))
    watched.stop()
    assert [line.split("] ", 1)[1] for line in log.read_text().splitlines()] == [
        "hello",
        '{"level": "warning", "event": "slow"}',
        "unfinished line",
    ]
    shown = capsys.readouterr().err
    assert "slow" in shown
    assert "hello" not in shown


def test_it_shows_the_last_words_of_a_process_that_dies_while_starting(tmp_path: Path, logs: Path):
    watched = supervising(scripted(tmp_path, WEB.name, "echo no such module; exit 1", health="/health"))
    with pytest.raises(Fault, match=r"web did not start(.|\n)*no such module"):
        watched.wait_until_ready(lambda _process: "http://127.0.0.1:1/health")
    watched.stop()
