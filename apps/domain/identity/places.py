"""Cities and postal codes.

Sources: Meta's customer information parameters (ct, zp) and parameter builder; Google's UserDataFormatter.
Choices: a city at Meta has the form of Meta's own parameter builder, which knows only a-z, as its second candidate; a
ZIP+4 is cut to five at Meta in the US and wherever it is written 5-4; nine digits without a dash are one in the US
only; Google's postal code keeps its blanks and dashes, as in the official formatter.
"""

import re
from unicodedata import decimal, normalize

from apps.domain.identity.context import Context, Forms
from apps.domain.identity.reasons import DropReason
from apps.domain.identity.text import letters, one_line, trim

_NOT_OF_BUILDER = re.compile(r"[^a-z0-9]+")
_ZIP_PLUS_4 = re.compile(r"([0-9]{5}) ?- ?([0-9]{4})")
_US_ZIP = re.compile(r"([0-9]{5})(?: ?-? ?([0-9]{4}))?")
_DASHES = re.compile("[‐-―−]")
_LONGEST_CODE = 20


def meta_city(text: str, context: Context) -> Forms:
    """Lower case without blanks and punctuation, in any script; then the builder's form where it differs."""
    city = letters(text)
    if not city:
        return DropReason.NO_LETTERS
    if city.isascii():
        return (city,)
    builder = _NOT_OF_BUILDER.sub("", city)
    return (city, builder) if builder[:1].isalpha() else (city,)


def meta_zip(text: str, context: Context) -> Forms:
    """Lower case without blanks and dashes; five digits of a US ZIP."""
    code = _plain(text)
    if context.country == "US":
        match = _US_ZIP.fullmatch(code)
        return (match[1],) if match else DropReason.INVALID_ZIP
    if match := _ZIP_PLUS_4.fullmatch(code):
        return (match[1],)
    joined = "".join(filter(str.isalnum, code.lower()))
    return (joined,) if _is_postal_code(joined) else DropReason.INVALID_ZIP


def google_zip(text: str, context: Context) -> Forms:
    """As written; in the US five digits, or five, a dash and four."""
    code = one_line(_plain(text))
    if context.country == "US":
        match = _US_ZIP.fullmatch(code)
        if match is None:
            return DropReason.INVALID_ZIP
        return (f"{match[1]}-{match[2]}" if match[2] else match[1],)
    return (code,) if _is_postal_code(code) else DropReason.INVALID_ZIP


def _is_postal_code(code: str) -> bool:
    """No country has postal codes of one character, of more than twenty, without a digit, or in another script."""
    return code.isascii() and 2 <= len(code) <= _LONGEST_CODE and any(map(str.isdigit, code))


def _plain(text: str) -> str:
    """Full-width letters, other scripts' digits and typographic dashes as the ASCII that they stand for."""
    if text.isascii():
        return text
    dashed = _DASHES.sub("-", normalize("NFKC", text))
    return trim("".join(str(decimal(char)) if char.isdecimal() else char for char in dashed))
