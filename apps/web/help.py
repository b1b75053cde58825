"""The networks' help pages (`setup.md`, in Dutch `setup.nl.md`) as HTML."""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from markdown_it import MarkdownIt
from markdown_it.token import Token

import apps.ads.networks

_FOLDER = Path(apps.ads.networks.__file__).parent


def help_of(network: str) -> SafeString:
    """The page that helps a customer to connect `network`, in the reader's language where it is written in it."""
    return _rendered(network, get_language() or "en")


@cache
def _rendered(network: str, language: str) -> SafeString:
    translated = _FOLDER / network / f"setup.{language}.md"
    text = (translated if translated.exists() else _FOLDER / network / "setup.md").read_text(encoding="utf-8")
    page = text.partition("\n")[2]  # the screen has a title of its own
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(page)
    _tables_named(tokens)
    html: str = markdown.renderer.render(tokens, markdown.options, {})
    return mark_safe(html)  # noqa: S308 - raw HTML in the text is escaped


def _tables_named(tokens: Sequence[Token]) -> None:
    """Each table is called what the heading above it says: a screen reader lists tables by their names."""
    heading = ""
    for before, token in pairwise(tokens):
        if before.type == "heading_open":
            heading = token.content
        elif token.type == "table_open":
            token.attrSet("aria-label", heading)
