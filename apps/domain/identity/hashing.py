"""SHA-256 as the networks want it, and what to do with a value that arrives hashed.

Sources: Meta's customer information parameters and parameter builder (hash with appendix), Google's UserDataFormatter,
LinkedIn's Conversions API schema.
Choices: the hash of the empty string is dropped even when it arrives ready-made; SHA-1, SHA-224, SHA-384, SHA-512 and
base64 are recognised by their length, so that a hash in a name or a city is never hashed again.
"""

import re
from enum import Enum
from hashlib import sha256

from apps.domain.identity.reasons import DropReason

_EMPTY = sha256(b"").hexdigest()


def sha256_hex(text: str) -> str:
    """Lower-case hex SHA-256 of `text` in UTF-8. Raises ValueError for "", whose hash says nothing."""
    if not text:
        raise ValueError("there is nothing to hash: drop an empty identifier before it comes here")
    return sha256(text.encode()).hexdigest()


class HashInput(Enum):
    """What a field makes of a value that already is a hash."""

    TAKEN = "taken"
    TAKEN_WITH_APPENDIX = "taken_with_appendix"  # also in the form of Meta's own parameter builder
    TAKEN_AMONG_IDS = "taken_among_ids"  # the same, but 32 hex digits may be a UUID without its dashes
    REFUSED = "refused"  # the network wants the plain value
    IGNORED = "ignored"  # an opaque id may look like a hash


_IDS = frozenset({HashInput.IGNORED, HashInput.TAKEN_AMONG_IDS})
_HEX = re.compile(r"[0-9a-fA-F]+")
_BUILDER_FORM = re.compile(r"([0-9a-fA-F]{64})\.(?:[A-Za-z0-9_-]{2}|[A-Za-z0-9_-]{8})")
_BASE64_OF_32_BYTES = re.compile(r"[A-Za-z0-9+/]{43}=")

_SHA256_LENGTH = 64
_BASE64_LENGTH = 44
_BUILDER_LENGTHS = frozenset({67, 73})
_WITHOUT_APPENDIX = {
    HashInput.TAKEN: DropReason.UNSUPPORTED_HASH,
    HashInput.REFUSED: DropReason.HASH_NOT_ACCEPTED,
}
_OTHER_HASHES = {
    32: DropReason.MD5_HASH,
    40: DropReason.UNSUPPORTED_HASH,
    56: DropReason.UNSUPPORTED_HASH,
    96: DropReason.UNSUPPORTED_HASH,
    128: DropReason.UNSUPPORTED_HASH,
}
HASH_LENGTHS = frozenset({_SHA256_LENGTH, _BASE64_LENGTH, *_BUILDER_LENGTHS, *_OTHER_HASHES})  # of all that follows


def recognise(text: str, policy: HashInput) -> str | DropReason | None:
    """What leaves for a trimmed value that is a hash, why it may not, or None when it is no hash.

    None for every text whose length is not in HASH_LENGTHS.
    """
    length = len(text)
    if length == _SHA256_LENGTH:
        return _recognise_sha256(text, policy)
    if policy is HashInput.IGNORED:
        return None
    if length in _BUILDER_LENGTHS:
        return _recognise_builder_form(text, policy)
    if policy is HashInput.TAKEN_AMONG_IDS:
        return None
    if length == _BASE64_LENGTH:
        return DropReason.UNSUPPORTED_HASH if _BASE64_OF_32_BYTES.fullmatch(text) else None
    return _OTHER_HASHES.get(length) if _HEX.fullmatch(text) else None


def looks_hashed(form: str, policy: HashInput) -> bool:
    """Whether a normal form became a hash or a UUID only by losing its colons or dashes, as 00:0a:... in a name."""
    return policy not in _IDS and recognise(form, policy) is not None


def _recognise_sha256(text: str, policy: HashInput) -> str | DropReason | None:
    digest = text.lower()
    if digest == _EMPTY:
        return DropReason.EMPTY_HASH
    if policy is HashInput.IGNORED or not _HEX.fullmatch(text):
        return None
    return DropReason.HASH_NOT_ACCEPTED if policy is HashInput.REFUSED else digest


def _recognise_builder_form(text: str, policy: HashInput) -> str | DropReason | None:
    match = _BUILDER_FORM.fullmatch(text)
    if match is None:
        return None
    if policy in _WITHOUT_APPENDIX:
        return _WITHOUT_APPENDIX[policy]
    return DropReason.EMPTY_HASH if match[1].lower() == _EMPTY else text
