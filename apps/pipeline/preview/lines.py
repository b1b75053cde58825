"""A stream of lines in, one line out for each, in the same order and in constant memory."""

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from typing import BinaryIO

from apps.pipeline.preview.reading import LONGEST_LINE

Answer = Callable[[bytes], bytes]

_MARK = b"\xef\xbb\xbf"
_BATCH = 200


def answers(source: BinaryIO, answer: Answer) -> Iterator[bytes]:
    """The answer to every line of `source`, each with its line end. Blank lines at the end are no lines.

    Of a line longer than LONGEST_LINE, `answer` gets just enough to see that it is.
    """
    return (answer(line) + b"\n" for line in _contents(source))


def answers_by(workers: int, source: BinaryIO, answer: Answer) -> Iterator[bytes]:
    """The same, worked out by several processes; `answer` must be one that can be pickled."""
    lines = _contents(source)
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("fork")) as pool:
        ahead: deque[Future[list[bytes]]] = deque()
        while batch := list(islice(lines, _BATCH)):
            ahead.append(pool.submit(_answered, answer, batch))
            if len(ahead) > 2 * workers:
                yield from ahead.popleft().result()
        while ahead:
            yield from ahead.popleft().result()


def _answered(answer: Answer, lines: Iterable[bytes]) -> list[bytes]:
    return [answer(line) + b"\n" for line in lines]


def _contents(source: BinaryIO) -> Iterator[bytes]:
    blanks = 0
    for number, line in enumerate(_lines(source)):
        content = line.removeprefix(_MARK) if number == 0 else line
        if not content.strip():
            blanks += 1
            continue
        for _ in range(blanks):
            yield b""
        blanks = 0
        yield content


def _lines(source: BinaryIO) -> Iterator[bytes]:
    while line := source.readline(LONGEST_LINE + 1):
        yield line
        while line and not line.endswith(b"\n"):
            line = source.readline(LONGEST_LINE)
