"""Child processes that do not outlive their parent, and processes found again after a crash."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
ON_LINUX = sys.platform == "linux"
_libc = ctypes.CDLL(None, use_errno=True) if ON_LINUX else None


@dataclass(frozen=True)
class Identity:
    """A process for good: numbers are given out again, a number with its start time is not."""

    pid: int
    started: str


def identify(pid: int) -> Identity | None:
    """Return the running process with this number, or None when there is none (a zombie counts as none)."""
    if ON_LINUX:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] == "Z" else Identity(pid, fields[19])
    found = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return Identity(pid, found.stdout.strip()) if found.stdout.strip() else None


def command_line(pid: int) -> str:
    """Return the command of a running process, words parted by spaces; empty when it is gone or not ours to see."""
    if ON_LINUX:
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            return ""
    found = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return found.stdout.strip()


def stop_stranger(identity: Identity, *, number: signal.Signals, patience: float) -> None:
    """Stop a process that is not our child: `number` first, SIGKILL after `patience` seconds."""
    deadline = time.monotonic() + patience
    sent: signal.Signals | None = None
    while identify(identity.pid) == identity:
        wanted = number if time.monotonic() < deadline else signal.SIGKILL
        if wanted is not sent:
            os.kill(identity.pid, wanted)
            sent = wanted
        time.sleep(0.05)


def stop_child(process: "subprocess.Popen[bytes]", *, number: signal.Signals, patience: float) -> None:
    """Stop our child: `number` first, SIGKILL to its whole group after `patience` seconds."""
    if process.poll() is None:
        process.send_signal(number)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def before_exec(number: signal.Signals, *, namespace: bool = False) -> Callable[[], None]:
    """Return what a new child does before its program starts: ask for signal `number` when its parent dies (Linux).

    With `namespace`, it first enters a user namespace in which root is user 1000: programs that refuse to run as root
    accept that, while the files they make stay root's.
    """
    parent = os.getpid()

    def prepare() -> None:
        if _libc is None:
            return
        if namespace:
            _enter_user_namespace()
        # A change of user clears the parent-death signal, so it comes last.
        _libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


def _enter_user_namespace() -> None:
    assert _libc is not None
    if _libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    for name, text in (("setgroups", b"deny"), ("uid_map", b"1000 0 1"), ("gid_map", b"1000 0 1")):
        descriptor = os.open(f"/proc/self/{name}", os.O_WRONLY)
        os.write(descriptor, text)
        os.close(descriptor)


def user_namespace_works() -> bool:
    """Return whether this system lets us enter a user namespace (Docker's default profile is said to forbid it)."""
    if not ON_LINUX:
        return False
    prepare = before_exec(signal.SIGKILL, namespace=True)
    question = [sys.executable, "-S", "-c", "import os; raise SystemExit(os.getuid() != 1000)"]
    try:
        return subprocess.run(question, preexec_fn=prepare, check=False).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False
