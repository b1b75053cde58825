"""What keeps the design sound: contrast in both themes, icons that exist, nothing inline that the policy forbids."""

import re
from pathlib import Path

import pytest
from django.conf import settings

BASE = Path(settings.BASE_DIR)
ASSETS, TEMPLATES = BASE / "apps/web/assets", BASE / "templates"
_TOKEN = re.compile(r"--([\w-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\);")

TEXT_ON = {
    "text": ("canvas", "surface", "raised", "sunken", "accent-soft", "ok-soft", "info-soft", "warn-soft", "bad-soft"),
    "muted": ("canvas", "surface", "raised", "sunken", "off-soft"),
    "accent": ("canvas", "surface", "raised", "accent-soft", "sunken"),
    "on-accent": ("accent-fill", "accent-fill-hover"),
    "ok": ("surface", "sunken", "ok-soft"),
    "info": ("surface", "sunken", "info-soft"),
    "warn": ("surface", "sunken", "warn-soft"),
    "bad": ("surface", "sunken", "bad-soft"),
    "off": ("surface", "sunken", "off-soft"),
}
FIELD_ON = {"line-strong": ("surface",), "accent-fill": ("surface",)} | {
    f"fill-{state}": ("surface",)
    for state in ("sent", "confirmed", "waiting", "blocked", "expired", "failed", "unknown", "poisoned")
}


def _tokens() -> dict[str, tuple[str, str]]:
    found = _TOKEN.findall((ASSETS / "css/tokens.css").read_text())
    return {name: (light, dark) for name, light, dark in found}


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("wanted", "pairs"), [(4.5, TEXT_ON), (3, FIELD_ON)], ids=["text", "field"])
def test_it_has_enough_contrast(theme: int, wanted: float, pairs: dict[str, tuple[str, ...]]):
    tokens = _tokens()
    weak = {
        f"{front} on {back}": round(_contrast(tokens[front][theme], tokens[back][theme]), 2)
        for front, backs in pairs.items()
        for back in backs
        if _contrast(tokens[front][theme], tokens[back][theme]) < wanted
    }
    assert weak == {}


def test_it_uses_only_tokens_that_exist():
    css = "".join(path.read_text() for path in (ASSETS / "css").glob("*.css"))
    defined = set(re.findall(r"(--[\w-]+):", css))
    assert set(re.findall(r"var\((--[\w-]+)", css)) <= defined


def test_it_uses_every_icon_it_draws_and_draws_every_icon_it_uses():
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (ASSETS / "icons.svg").read_text()))
    pages = "".join(path.read_text() for path in TEMPLATES.rglob("*.html"))
    code = "".join((BASE / "apps/web" / name).read_text() for name in ("wording.py", "context.py"))
    used = set(re.findall(r'{% icon "([\w-]+)"', pages))
    used |= set(
        re.findall(r'(?:"(?:ok|warn|bad|info|off)",|Place\(_\("[^"]+"\),) "([\w-]+)"', re.sub(r"\s+", " ", code))
    )
    assert used == drawn


@pytest.mark.parametrize(
    "forbidden", [r"\sstyle=", r"<script(?![^>]*\ssrc=)", r"<style", r"\son\w+=", r"javascript:", r"https?://"]
)
def test_it_holds_nothing_inline_and_fetches_nothing_from_elsewhere(forbidden: str):
    found = [path.name for path in TEMPLATES.rglob("*.html") if re.search(forbidden, path.read_text())]
    assert found == []


def test_it_gives_every_field_a_label():
    for path in TEMPLATES.rglob("*.html"):
        page = re.sub(r"<label.*?</label>", "", path.read_text(), flags=re.DOTALL)
        for tag in re.findall(r"<(?:input|select|textarea)\b[^>]*?\bname=[^>]*>", page):
            if 'type="hidden"' in tag:
                continue
            named = re.search(r'\bid="([^"]+)"', tag)
            assert named, (path.name, tag)
            assert f'for="{named.group(1)}"' in page or f'for="{named.group(1)}"' in path.read_text(), (path.name, tag)
