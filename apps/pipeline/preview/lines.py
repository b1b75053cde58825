"""A stream of lines in, one line out for each, in the same order and in constant memory."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from apps.pipeline.preview.reading import LONGEST_LINE

_MARK = b"\xef\xbb\xbf"


def answers(source: BinaryIO, answer: Callable[[bytes], bytes]) -> Iterator[bytes]:
    """The answer to every line of `source`, each with its line end. Blank lines at the end are no lines.

    Of a line longer than LONGEST_LINE, `answer` gets just enough to see that it is.
    """
    blanks = 0
    for number, line in enumerate(_lines(source)):
        content = line.removeprefix(_MARK) if number == 0 else line
        if not content.strip():
            blanks += 1
            continue
        for _ in range(blanks):
            yield answer(b"") + b"\n"
        blanks = 0
        yield answer(content) + b"\n"


def _lines(source: BinaryIO) -> Iterator[bytes]:
    while line := source.readline(LONGEST_LINE + 1):
        yield line
        while line and not line.endswith(b"\n"):
            line = source.readline(LONGEST_LINE)
