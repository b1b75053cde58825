"""E-mail addresses.

Sources: Meta's customer information parameters (em), Google's UserDataFormatter, LinkedIn's Conversions API schema.
Choices: a quoted local part is legal mail and is kept, blanks in it at Meta only (Google forbids them, LinkedIn strips
all white space); a local part outside ASCII is dropped before lower-casing, which would turn a Kelvin sign into "k";
an international domain leaves as punycode only, with ß and ς kept apart from ss and σ as registries do today.
"""

import re
from functools import lru_cache
from unicodedata import category, normalize

from apps.domain.identity.context import Context, Forms
from apps.domain.identity.reasons import DropReason

_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART = re.compile(rf'{_ATOM}(?:\.{_ATOM})*|"(?:[ !#-\[\]-~]|\\[ -~])+"')
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_DOTS = re.compile("[.\u3002\uff0e\uff61]")
_GMAIL = frozenset({"gmail.com", "googlemail.com"})
_MAX_LOCAL, _MAX_LABEL, _MAX_ADDRESS = 64, 63, 254


def meta_email(text: str, context: Context) -> Forms:
    """Lower case; dots and tags stay."""
    local, domain = _split(text)
    return _address(local.lower(), domain)


def google_email(text: str, context: Context) -> Forms:
    """Lower case, no blanks; at gmail.com and googlemail.com also without dots and without the tag."""
    local, domain = _split(text)
    if " " in local:
        return DropReason.INVALID_EMAIL
    local = local.lower()
    if domain in _GMAIL:
        local = local.partition("+")[0].replace(".", "")
    return _address(local, domain)


def linkedin_email(text: str, context: Context) -> Forms:
    """Lower case without any white space; dots and tags stay."""
    return meta_email("".join(text.split()), context)


def _split(text: str) -> tuple[str, str]:
    """Local part as written and domain in ASCII; two empty texts when either cannot be."""
    local, _, domain = text.rpartition("@")
    ascii_domain = _ascii_domain(domain) if local.isascii() else None
    return (local, ascii_domain) if ascii_domain else ("", "")


def _address(local: str, domain: str) -> Forms:
    address = f"{local}@{domain}"
    if len(local) > _MAX_LOCAL or len(address) > _MAX_ADDRESS or not _LOCAL_PART.fullmatch(local):
        return DropReason.INVALID_EMAIL
    return (address,)


@lru_cache(maxsize=8_192)
def _ascii_domain(domain: str) -> str | None:
    """The domain as DNS knows it, or None when no host can have that name."""
    labels = [_ascii_label(label) for label in _DOTS.split(domain)]
    if len(labels) < 2 or not all(labels) or labels[-1].isdigit():
        return None
    return ".".join(labels)


def _ascii_label(label: str) -> str:
    """One label in ASCII, "" when it is none. UTS 46 without its transitional mappings, in so far as mail needs it."""
    lowered = label.lower()
    if not lowered.isascii():
        lowered = normalize("NFKC", normalize("NFKC", lowered).lower())
        if not lowered.isascii():
            if not all(map(_may_stand_in_a_label, lowered)) or category(lowered[0])[0] == "M":
                return ""
            lowered = f"xn--{lowered.encode('punycode').decode('ascii')}"
    return lowered if len(lowered) <= _MAX_LABEL and _LABEL.fullmatch(lowered) else ""


def _may_stand_in_a_label(char: str) -> bool:
    return char == "-" or char.isalnum() or category(char) in {"Mn", "Mc"}
