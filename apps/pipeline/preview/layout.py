"""JSON laid out for reading: only white space is added, so that every number and letter stays as it leaves."""

import re
from collections.abc import Iterator

_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+')
_OPENING, _CLOSING = frozenset("{["), frozenset("}]")
_STEP = "  "


def laid_out(text: str) -> str:
    """JSON, a line for each member. Without the white space that was added, its very bytes are back."""
    return "".join(_pieces(_TOKENS.findall(text)))


def _pieces(tokens: list[str]) -> Iterator[str]:
    depth, before = 0, ""
    for token in tokens:
        if token in _CLOSING:
            depth -= 1
            if before not in _OPENING:
                yield f"\n{_STEP * depth}"
        elif before in _OPENING or before == ",":
            yield f"\n{_STEP * depth}"
        elif before == ":":
            yield " "
        if token in _OPENING:
            depth += 1
        yield token
        before = token
