"""Every text a reader can meet, gathered from where it stands: templates, screens, and the tables of the domain.

`./run manage texts` brings locale/ up to date with it; a test fails while a Dutch text is missing or unused.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from django.conf import settings
from django.utils.translation.template import templatize

from apps.ads.cautions import CAUTIONS
from apps.ads.counts import WHY
from apps.ads.network import Network
from apps.ads.registry import NETWORKS
from apps.domain.alerts import KINDS as ALERTS
from apps.domain.alerts import QUIET_CAUSES
from apps.domain.identity.reasons import DropReason
from apps.domain.manifest import Manifest
from apps.domain.reasons import REASONS
from apps.domain.steps import ORIGINS, PASSED, TITLES
from apps.pipeline.again import THEN, TODAY
from apps.pipeline.explain import DOUBTED, DROPPED, SUMMARIES
from apps.pipeline.fixes import KINDS
from apps.pipeline.withdrawals import SENTENCES
from apps.privacy.certificates import STATEMENT

KEYWORDS = {"_": None, "gettext": None, "gettext_lazy": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
LANGUAGE = "nl"
Text = str | tuple[str, ...] | list[str]


def folder() -> Path:
    """Where the translations are: the .po that people edit, and the .mo made of it."""
    return Path(settings.BASE_DIR, "locale", LANGUAGE, "LC_MESSAGES")


def catalog() -> Catalog:
    """All texts without their translations, each with the files it stands in."""
    gathered = Catalog(project="convsync", version="1", charset="utf-8")
    for place, text in sorted(_everything(), key=lambda found: (found[0], str(found[1]))):
        gathered.add(text, locations=[(place, 0)])
    return gathered


def untranslated(held: Catalog) -> list[Text]:
    """The texts of which a translation, or one of its plural forms, is missing."""
    return [message.id for message in held if message.id and not _whole(message.string)]


def _whole(string: Text | None) -> bool:
    return bool(string) if isinstance(string, str) or string is None else all(string)


def _everything() -> Iterator[tuple[str, Text]]:
    base = Path(settings.BASE_DIR)
    for path in sorted(base.joinpath("templates").rglob("*.*")):
        place = path.relative_to(base).as_posix()
        yield from ((place, text) for text in _called(templatize(path.read_text(), origin=place)))
    for path in sorted(base.joinpath("apps/web").rglob("*.py")):
        place = path.relative_to(base).as_posix()
        yield from ((place, text) for text in _called(path.read_text()))
    yield from _of_the_domain()


def _called(code: str) -> Iterator[Text]:
    for _, text, _, _ in extract("python", BytesIO(code.encode()), keywords=KEYWORDS):
        yield text


def _of_the_domain() -> Iterator[tuple[str, str]]:
    for reason in REASONS.values():
        yield from (("apps/domain/reasons.py", text) for text in (reason.sentence, reason.advice))
    yield from (("apps/domain/alerts.py", text) for text in _of_alerts())
    for text in (*TITLES.values(), *PASSED.values(), *ORIGINS.values()):
        yield "apps/domain/steps.py", text
    for dropped in DropReason:
        yield "apps/domain/identity/reasons.py", dropped.explanation
    for caution in CAUTIONS.values():
        yield from (("apps/ads/cautions.py", text) for text in (caution.sentence, caution.advice))
    yield "apps/privacy/certificates.py", STATEMENT
    yield from (("apps/ads/counts.py", why) for why in WHY.values())
    for summary in (*SUMMARIES.values(), DOUBTED, DROPPED):
        yield "apps/pipeline/explain.py", summary
    for kind in KINDS.values():
        yield from (("apps/pipeline/fixes.py", text) for text in (kind.sentence, kind.caution) if text)
    for sentence in (*THEN.values(), *TODAY.values()):
        yield "apps/pipeline/again.py", sentence
    for sentence in SENTENCES:
        yield "apps/pipeline/withdrawals.py", sentence
    for key, network in NETWORKS.items():
        yield from ((f"apps/ads/networks/{key}/manifest.py", text) for text in _of_manifest(network.manifest) if text)
        yield from ((f"apps/ads/networks/{key}/__init__.py", text) for text in _of_connecting(network) if text)


def _of_alerts() -> Iterator[str]:
    for kind in ALERTS.values():
        yield from (kind.sentence, kind.over, kind.advice)
    yield from QUIET_CAUSES.values()


def _of_manifest(manifest: Manifest) -> Iterator[str]:
    yield manifest.event_name_label
    yield manifest.personalisation
    yield from manifest.warnings.values()
    yield from (text for lint in manifest.lints for text in (lint.sentence, lint.advice))
    yield from (shared.label for shared in manifest.shared)
    for choice in manifest.choices:
        yield from (choice.label, choice.help, *choice.options)


def _of_connecting(network: Network) -> Iterator[str]:
    for pasted in network.sign_in.pasted:
        yield from (pasted.label, pasted.help)
    for makes in network.makes:
        yield makes.label
        yield from (text for setting in makes.settings for text in (setting.label, setting.help))
