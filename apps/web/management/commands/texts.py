"""`./run manage texts`: gathers every text into locale/, and compiles what has been translated."""

from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.core.management.base import BaseCommand

from apps.web import texts


class Command(BaseCommand):
    """Brings the .po up to date (translations stay, texts that are gone go) and compiles the .mo."""

    help = "Gather every text into locale/, and compile what has been translated."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say which texts still wait for their Dutch."""
        source, compiled = texts.folder() / "django.po", texts.folder() / "django.mo"
        with source.open("rb") as file:
            translated = read_po(file, locale=texts.LANGUAGE)
        translated.update(texts.catalog(), no_fuzzy_matching=True)
        translated.obsolete.clear()
        with source.open("wb") as file:
            write_po(file, translated, include_lineno=False, width=110)
        with compiled.open("wb") as file:
            write_mo(file, translated)
        missing = texts.untranslated(translated)
        for text in missing:
            self.stdout.write(f"no {texts.LANGUAGE} yet: {text!r}")
        self.stdout.write(f"{len(translated)} texts, {len(missing)} without a translation")
