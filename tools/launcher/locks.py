"""Locks that the kernel takes back when their holder dies, however it dies."""

import fcntl
import os
from pathlib import Path


class Lock:
    """A lock on a file; as a context, exclusive. Not inherited by child processes."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def take(self, *, shared: bool = False, wait: bool = True) -> bool:
        """Take the lock, or change it from shared to exclusive and back.

        Returns False when `wait` is off and others hold it; a lock that was to be changed is then lost.
        """
        operation = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(self._descriptor, operation if wait else operation | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Let go of the lock; it may be taken again."""
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def __enter__(self) -> None:
        self.take()

    def __exit__(self, *_failure: object) -> None:
        self.release()

    def write(self, text: str) -> None:
        """Put `text` into the locked file, for those who find the lock taken."""
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text.encode(), 0)
