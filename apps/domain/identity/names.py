"""Names of people, their job and their company, and the street.

Sources: Meta's customer information parameters (fn, ln) and parameter builder; Google's UserDataFormatter (Data Manager
utilities) and OfflineUserAddressInfo (Ads API); LinkedIn's Conversions API schema (userInfo, hashedFirstName).
Choices: at Google a given name keeps its hyphens and blanks (the official formatter does) while a family name loses all
punctuation (the Ads API's own text); titles and suffixes count with and without their dots; a family name that is one
word is never taken for a suffix, because Ii, Vi and Md are names; a street keeps its punctuation ("lower case only").
"""

from apps.domain.identity.context import Context, Forms
from apps.domain.identity.reasons import DropReason
from apps.domain.identity.text import has_letters, letters, one_line, without_punctuation

_TITLES = frozenset({"mr", "mrs", "ms", "dr"})
_GENERATIONS = frozenset({"jr", "sr", "2nd", "3rd", "ii", "iii", "iv", "v", "vi"})
_SUFFIXES = _GENERATIONS | {"cpa", "dc", "dds", "vm", "jd", "md", "phd"}


def joined_letters(text: str, context: Context) -> Forms:
    """Meta's names and LinkedIn's hashed ones: lower case without blanks and punctuation, in any script."""
    form = letters(text)
    return (form,) if form else DropReason.NO_LETTERS


def google_given_name(text: str, context: Context) -> Forms:
    """Lower case, single blanks, without Mr, Mrs, Ms and Dr before or after it."""
    words = one_line(text.lower()).split(" ")
    while words and words[0].removesuffix(".") in _TITLES:
        del words[0]
    while words and words[-1].removesuffix(".") in _TITLES:
        del words[-1]
    if not words:
        return DropReason.ONLY_A_TITLE
    return _or_no_letters(" ".join(words))


def google_family_name(text: str, context: Context) -> Forms:
    """Lower case, single blanks, no punctuation, without suffixes such as Jr, III and PhD."""
    words = without_punctuation(text.replace(",", " ")).split()
    fewest = 0 if text.startswith(",") else 1
    while len(words) > fewest and words[-1] in _SUFFIXES:
        del words[-1]
    if not words and has_letters(text):
        return DropReason.ONLY_A_TITLE
    return _or_no_letters(" ".join(words))


def lower_line(text: str, context: Context) -> Forms:
    """Google's street: lower case and single blanks, nothing else."""
    line = one_line(text.lower())
    return (line,) if any(map(str.isalnum, line)) else DropReason.NO_LETTERS


def plain_line(text: str, context: Context) -> Forms:
    """As written, with single blanks: names, job and company at LinkedIn, the city at Google."""
    return _or_no_letters(one_line(text))


def _or_no_letters(form: str) -> Forms:
    return (form,) if has_letters(form) else DropReason.NO_LETTERS
