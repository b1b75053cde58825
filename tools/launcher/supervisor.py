"""The supervisor: starts the product's processes, logs what they say, restarts what dies, stops all in order.

One thread, one loop. Each process has its own group, so Ctrl-C reaches the supervisor alone and the order holds.
"""

import os
import re
import selectors
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from tools.launcher.children import before_exec
from tools.launcher.fault import Fault, say
from tools.launcher.foreground import tail
from tools.launcher.places import LOGS, ROOT, folder
from tools.launcher.processes import STOPPING_ORDER, Process

GLANCE = 0.1
# Seconds between two starts of a process that keeps dying; one that lived for STEADY seconds starts afresh.
BACK_OFF = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
STEADY = 30.0
READY_WITHIN = 90.0
STOP_WITHIN = 8.0
WORTH_SAYING = re.compile(rb"(?<![\w%])(warning|error|critical|traceback)\b", re.IGNORECASE)


@dataclass
class Child:
    """One process under supervision and its way back to life."""

    process: Process
    popen: "subprocess.Popen[bytes]"
    log: BinaryIO
    began: float
    unfinished: bytes = b""
    deaths: int = 0
    restart_at: float | None = None


@dataclass
class Supervisor:
    """Runs processes until told to stop. `blanks` fill the commands, `environment` goes to every process."""

    environment: Mapping[str, str]
    blanks: Mapping[str, Mapping[str, object]]
    stopping: bool = False
    _children: dict[str, Child] = field(default_factory=dict)
    _pipes: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)

    def start(self, process: Process) -> None:
        """Start a process, or start it again; it writes to `.local/logs/NAME.log`."""
        words = process.words(**self.blanks[process.name])
        popen = subprocess.Popen(
            words,
            env={**self.environment, "DJANGO_SETTINGS_MODULE": process.settings, "PYTHONUNBUFFERED": "1"},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=before_exec(process.last_signal),
        )
        assert popen.stdout is not None
        os.set_blocking(popen.stdout.fileno(), False)
        before = self._children.get(process.name)
        log = before.log if before else (folder(LOGS) / f"{process.name}.log").open("wb", buffering=0)
        child = Child(process, popen, log, time.monotonic(), deaths=before.deaths if before else 0)
        self._children[process.name] = child
        self._pipes.register(popen.stdout, selectors.EVENT_READ, child)

    def wait_until_ready(self, address: Callable[[Process], str]) -> None:
        """Return when every process with a health page answers there. Raises `Fault` if one dies or none answers."""
        deadline = time.monotonic() + READY_WITHIN
        waiting = [child.process for child in self._children.values() if child.process.health]
        while waiting and not self.stopping:
            self._listen()
            for child in self._children.values():
                if child.popen.poll() is not None or time.monotonic() > deadline:
                    raise Fault(f"{child.process.name} did not start. Its last words:\n{self._last_words(child)}")
            waiting = [process for process in waiting if not answers(address(process))]

    def watch(self, done: Callable[[], bool] = lambda: False) -> None:
        """Keep everything running until `done` or until told to stop."""
        while not self.stopping and not done():
            self._listen()
            for child in list(self._children.values()):
                self._revive(child)

    def stop(self) -> None:
        """Stop every process in order; nothing of ours runs when this returns."""
        present = [self._children[process.name] for process in STOPPING_ORDER if process.name in self._children]
        for child in present:
            self._end(child)
            self._hang_up(child)
            child.log.close()
        self._children.clear()

    def told_to_stop(self, _number: int = 0, _frame: object = None) -> None:
        """End `watch` soon; the second time, stop without patience. Fit to be a signal handler."""
        if self.stopping:
            for child in self._children.values():
                _signal_group(child, signal.SIGKILL)
        self.stopping = True

    def _end(self, child: Child) -> None:
        deadline = time.monotonic() + STOP_WITHIN
        if child.popen.poll() is None:
            child.popen.terminate()
        while child.popen.poll() is None and time.monotonic() < deadline:
            self._listen()
        # Whatever is left of its group, its own children included.
        _signal_group(child, signal.SIGKILL)
        child.popen.wait()
        self._listen()

    def _revive(self, child: Child) -> None:
        now = time.monotonic()
        if child.restart_at is not None:
            if now >= child.restart_at:
                self.start(child.process)
            return
        code = child.popen.poll()
        if code is None:
            return
        _signal_group(child, signal.SIGKILL)
        child.deaths = 1 if now - child.began > STEADY else child.deaths + 1
        pause = BACK_OFF[min(child.deaths, len(BACK_OFF)) - 1]
        child.restart_at = now + pause
        say(f"[{child.process.name}] ended with code {code}; starting it again in {pause:g} s")

    def _listen(self) -> None:
        """Take what the processes have said, for at most a moment."""
        for key, _events in self._pipes.select(GLANCE):
            child: Child = key.data
            said = os.read(key.fd, 65536)
            if not said:
                self._hang_up(child)
            *lines, child.unfinished = (child.unfinished + said).split(b"\n")
            if not said and child.unfinished:
                lines, child.unfinished = [*lines, child.unfinished], b""
            for line in lines:
                _record(child, line)

    def _hang_up(self, child: Child) -> None:
        assert child.popen.stdout is not None
        if not child.popen.stdout.closed:
            self._pipes.unregister(child.popen.stdout)
            child.popen.stdout.close()

    def _last_words(self, child: Child) -> str:
        self._listen()
        return tail(Path(child.log.name))


def _record(child: Child, line: bytes) -> None:
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    child.log.write(b"%s [%s] %s\n" % (stamp, child.process.name.encode(), line))
    if WORTH_SAYING.search(line):
        say(f"[{child.process.name}] {line.decode(errors='replace')}")


def _signal_group(child: Child, number: signal.Signals) -> None:
    try:
        os.killpg(child.popen.pid, number)
    except ProcessLookupError:
        return


def answers(address: str) -> bool:
    """Return whether a health page answers 200."""
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310 - our own http address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
