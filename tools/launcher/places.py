"""Where the launcher keeps things: all of it in `.local/`, which may be deleted at any time while nothing runs."""

import tempfile
from pathlib import Path

from tools.launcher.fault import Fault

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"
LOGS = LOCAL / "logs"

# A unix socket's path ends at 107 bytes on Linux and 103 on macOS; the servers add a file name of at most 18.
LONGEST_SOCKET_DIRECTORY = 103 - 18


def folder(path: Path, *, mode: int = 0o755) -> Path:
    """Make `path` a writable folder and return it. Raises `Fault` naming the folder and the fix."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=mode)
        with tempfile.TemporaryFile(dir=path):
            return path
    except OSError as error:
        raise Fault(
            f"The folder {path} cannot be written ({error.strerror}). "
            f'Give it to yourself with: sudo chown -R "$(id -un)" {LOCAL}'
        ) from error


def socket_directory(wanted: Path) -> Path:
    """Return a private folder for a unix socket: `wanted`, or a temporary one when that path is too long."""
    if len(str(wanted).encode()) > LONGEST_SOCKET_DIRECTORY:
        return Path(tempfile.mkdtemp(prefix="convsync-", dir="/tmp"))
    wanted.mkdir(parents=True, exist_ok=True)
    wanted.chmod(0o700)
    return wanted
