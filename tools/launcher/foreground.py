"""Programs that run in the launcher's place for a while: a test run, a migration, a shell."""

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.launcher.children import before_exec
from tools.launcher.fault import Fault
from tools.launcher.places import LOGS, ROOT, folder


def python(*words: str) -> list[str]:
    """Return the command that runs our Python with these words."""
    return [sys.executable, *words]


def call(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a program on our terminal and return its exit code. Ctrl-C is the program's to answer, not ours."""
    process = launch(words, environment)
    answered = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        code = process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    finally:
        signal.signal(signal.SIGINT, answered)
    return code if code >= 0 else 128 - code


def launch(words: Sequence[str], environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """Start a program on our terminal, from the project's folder; it ends when we are killed."""
    return subprocess.Popen(words, env=dict(environment), cwd=ROOT, preexec_fn=before_exec(signal.SIGTERM))


def quietly(name: str, *commands: tuple[Sequence[str], Mapping[str, str]]) -> None:
    """Run programs side by side, logged in `.local/logs/NAME.log`. Raises `Fault` with the log's end if one fails."""
    path = folder(LOGS) / f"{name}.log"
    with path.open("wb") as log:
        running = [
            subprocess.Popen(
                words,
                env=dict(environment),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=before_exec(signal.SIGTERM),
            )
            for words, environment in commands
        ]
        try:
            codes = [process.wait() for process in running]
        except BaseException:
            for process in running:
                process.kill()
                process.wait()
            raise
    if any(codes):
        raise Fault(f"That did not work (all of it: {path}):\n{tail(path)}")


def tail(path: Path, lines: int = 12) -> str:
    """Return the last lines of a log."""
    try:
        return "\n".join(f"    {line}" for line in path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""
