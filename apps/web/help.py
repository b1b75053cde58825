"""The networks' help pages (`setup.md`, in Dutch `setup.nl.md`) as HTML."""

from functools import cache
from pathlib import Path

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from markdown_it import MarkdownIt

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
    html: str = MarkdownIt("commonmark", {"html": False}).enable("table").render(page)
    return mark_safe(html)  # noqa: S308 - raw HTML in the text is escaped
