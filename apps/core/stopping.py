"""Whether this process was told to stop: what works in turns looks between two steps, and gives back what it holds.

The flag lies in shared memory, because of a worker that forks only the parent hears the signal.
"""

from multiprocessing.sharedctypes import RawValue

_asked = RawValue("b", 0)


def stop() -> None:
    """Let nothing new be begun. There is no way back: the process is about to end."""
    _asked.value = 1


def stopping() -> bool:
    """Whether to give back what is held instead of going on."""
    return bool(_asked.value)
