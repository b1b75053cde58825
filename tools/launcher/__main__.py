"""`python -m tools.launcher COMMAND ARGS...`, called by `./run`."""

import errno
import signal
import sys
from types import FrameType

from tools.launcher.commands import COMMANDS
from tools.launcher.fault import Fault, say
from tools.launcher.places import LOCAL, ROOT

NOT_YOURS = f'Did another user run this here? Give it to yourself: sudo chown -R "$(id -un)" {LOCAL} {ROOT / ".venv"}'
FIXES = {
    errno.EACCES: NOT_YOURS,
    errno.EPERM: NOT_YOURS,
    errno.EROFS: "Put the project in a folder that can be written.",
    errno.ENOSPC: "Make room on the disk and run the same command again.",
    errno.EMFILE: "Allow more open files: ulimit -n 4096",
}


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code; a fault is one sentence on stderr and code 1."""
    name, *rest = arguments or ["start"]
    if name not in COMMANDS:
        say(f"There is no command “{name}”. `./run help` lists them.")
        return 2
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _as_interrupt)
    try:
        return COMMANDS[name](rest)
    except Fault as fault:
        say(f"✗ {fault}")
        return 1
    except OSError as error:
        if error.errno not in FIXES:
            raise
        say(f"✗ {error.filename or 'The disk'}: {error.strerror}. {FIXES[error.errno]}")
        return 1
    except KeyboardInterrupt:
        return 130


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
