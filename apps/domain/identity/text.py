"""Text as people type it, brought to the few forms that the other modules compare, cut and hash.

Choices: lower-casing is Unicode's own, as in a browser, so "İ" becomes "i" with a combining dot, the same as Meta's
pixel makes of it; letters, marks and digits of every script stay; invisible characters never do.
"""

import re
from unicodedata import category, normalize

# White space, and the invisible characters that copying out of a web page or a spreadsheet leaves at the ends.
_EDGES = "".join(
    map(
        chr,
        (
            *range(0x09, 0x0E),
            *range(0x1C, 0x21),
            *(0x85, 0xA0, 0xAD, 0x1680, 0x180E),
            *range(0x2000, 0x2010),
            *range(0x2028, 0x2030),
            *range(0x205F, 0x2070),
            *(0x3000, 0xFEFF),
        ),
    )
)
# Zero-width joiners stay: Persian and Indic names are spelled with them.
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]+")
_ASCII_WITHOUT_LETTERS_AND_DIGITS = {code: None for code in range(128) if not chr(code).isalnum()}
# Hangul fillers count as letters, variation selectors as marks; both show nothing.
_SHOWS_NOTHING = frozenset(map(chr, (0x034F, 0x115F, 0x1160, 0x3164, 0xFFA0, *range(0xFE00, 0xFE10))))


def trim(text: str) -> str:
    """`text` without white space and invisible characters around it."""
    return text.strip() if text.isascii() else text.strip(_EDGES)


def is_sound(text: str) -> bool:
    """Whether `text` can be written as UTF-8: half a surrogate pair cannot."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def one_line(text: str) -> str:
    """`text` for a person's eyes: NFC, single blanks, no control characters. Letter case stays."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return trim(normalize("NFC", " ".join(_INVISIBLE.sub("", text).split())))


def without_punctuation(text: str) -> str:
    """Lower case, NFC, and of all characters only letters, marks, digits and blanks."""
    lowered = normalize("NFC", text).lower()
    return normalize("NFC", "".join(char for char in lowered if _is_word(char) or char.isspace()))


def letters(text: str) -> str:
    """Lower case, NFC, and only letters, marks and digits. "" when no letter is among them."""
    if text.isascii():
        if text.isalpha():
            return text.lower()
        kept = text.lower().translate(_ASCII_WITHOUT_LETTERS_AND_DIGITS)
        return "" if kept.isdigit() else kept
    kept = normalize("NFC", "".join(without_punctuation(text).split()))
    return kept if has_letters(kept) else ""


def has_letters(text: str) -> bool:
    """Whether a person could read a letter in it, of any script."""
    return any(char.isalpha() and char not in _SHOWS_NOTHING for char in text)


def fold(text: str) -> str:
    """The key under which the tables of countries, states and words find `text`: "Île-de-Fr." gives "iledefr"."""
    return "".join(char for char in normalize("NFKD", text).casefold() if char.isalnum())


def _is_word(char: str) -> bool:
    return (char.isalnum() or category(char) in {"Mn", "Mc"}) and char not in _SHOWS_NOTHING
