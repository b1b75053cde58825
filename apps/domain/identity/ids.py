"""What leaves as it came: click ids, lead ids, device ids, the customer's own ids, IP addresses and user agents.

Sources: Meta's customer information parameters, its fbp and fbc page and its Conversion Leads payload; Google's
ClickConversion; LinkedIn's Conversions API schema and custom matching identifiers.
Choices: a lead id loses the "l:" of Meta's own CSV export; at LinkedIn a bare number of 15 to 17 digits is a Facebook
lead and is dropped; NAT64 and 6to4 addresses count as private, an IPv4 address inside IPv6 as itself; a device id is
lower-cased as Android shows it; nothing else is changed.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from apps.domain.identity.context import Context, FormRule, Forms
from apps.domain.identity.reasons import DropReason

_OPAQUE = r"[A-Za-z0-9._~=+/:-]{1,512}"
_APPENDIX = r"(?:\.(?:A[Qgw]|B[AQg]|[A-Za-z0-9_-]{8}))?"


def matching(pattern: str, reason: DropReason) -> FormRule:
    """A rule that passes the values that `pattern` matches as a whole, byte for byte, and drops the rest."""
    compiled = re.compile(pattern)

    def rule(text: str, context: Context) -> Forms:
        return (text,) if compiled.fullmatch(text) else reason

    return rule


click_id = matching(_OPAQUE, DropReason.INVALID_CLICK_ID)
fbc = matching(rf"fb\.[0-9]{{1,2}}\.[0-9]{{13}}\.[A-Za-z0-9_-]{{1,500}}{_APPENDIX}", DropReason.INVALID_CLICK_ID)
fbp = matching(rf"fb\.[0-9]{{1,2}}\.[0-9]{{13}}\.[A-Za-z0-9_-]{{1,64}}{_APPENDIX}", DropReason.INVALID_CLICK_ID)
_WITHOUT_CONTROLS = re.compile(r"[^\x00-\x1f\x7f]+")


def own_id(text: str, context: Context) -> Forms:
    """Any text without control characters."""
    return (text,) if text.isprintable() or _WITHOUT_CONTROLS.fullmatch(text) else DropReason.INVALID_TEXT


def user_agent(text: str, context: Context) -> Forms:
    """Any text without control characters."""
    return (text,) if text.isprintable() or _WITHOUT_CONTROLS.fullmatch(text) else DropReason.INVALID_USER_AGENT


_EPOCH, _MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)


def fbc_of(fbclid: str, first_seen: datetime) -> str:
    """Meta's fbc for a click on a Facebook ad, with the click's own time: Meta refuses one that is re-timed.

    Source: Meta's page on fbp and fbc.
    """
    return f"fb.1.{(first_seen - _EPOCH) // _MILLISECOND}.{fbclid}"


_META_LEAD = re.compile(r"(?:l:\s?)?([0-9]{15,17})")
_LINKEDIN_LEAD_URN = "urn:li:leadGenFormResponse:"
_LINKEDIN_LEAD = re.compile(rf"(?:{_LINKEDIN_LEAD_URN}|(?![0-9]{{15,17}}\Z))([A-Za-z0-9_-]{{1,100}})")


def meta_lead_id(text: str, context: Context) -> Forms:
    """15 to 17 digits, as text; LinkedIn's leads are none of Meta's business."""
    if text.startswith(_LINKEDIN_LEAD_URN):
        return DropReason.NOT_USED_BY_NETWORK
    match = _META_LEAD.fullmatch(text)
    return (match[1],) if match else DropReason.INVALID_LEAD_ID


def linkedin_lead_urn(text: str, context: Context) -> Forms:
    """The URN of a lead form's answer, from the URN or from the bare id. Facebook's own are not LinkedIn's to know."""
    if _META_LEAD.fullmatch(text):
        return DropReason.NOT_USED_BY_NETWORK
    match = _LINKEDIN_LEAD.fullmatch(text)
    return (f"{_LINKEDIN_LEAD_URN}{match[1]}",) if match else DropReason.INVALID_LEAD_ID


_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OPTED_OUT = "00000000-0000-0000-0000-000000000000"


def device_id(text: str, context: Context) -> Forms:
    """An advertising id: a UUID in lower case, but not the all-zero one."""
    lowered = text.lower()
    if lowered == _OPTED_OUT:
        return DropReason.PLACEHOLDER
    return (lowered,) if _UUID.fullmatch(lowered) else DropReason.INVALID_DEVICE_ID


_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"), IPv6Network("2002::/16"))


def public_ip(text: str, context: Context) -> Forms:
    """A visitor's IPv4 or IPv6 address, in its shortest spelling."""
    address = _public_address(text)
    return address if isinstance(address, DropReason) else (address[0],)


def public_ipv4(text: str, context: Context) -> Forms:
    """A visitor's IPv4 address."""
    address = _public_address(text)
    if isinstance(address, DropReason):
        return address
    return (address[0],) if address[1] == 4 else DropReason.IPV6_NOT_ACCEPTED


# Four numbers, the first of which begins no range that is private or reserved: the library's answer, at a tenth of
# its time, for nine visitors in ten. Whatever else there is goes the library's way.
_PART = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_ORDINARY = re.compile(
    rf"(?!(?:0|10|100|127|169|172|192|198|203|22[4-9]|23[0-9]|24[0-9]|25[0-9])\.){_PART}(?:\.{_PART}){{3}}"
)


def _public_address(text: str) -> tuple[str, int] | DropReason:
    """The address and its version."""
    if _ORDINARY.fullmatch(text):
        return text, 4
    return _looked_up(text)


@lru_cache(maxsize=2_048)
def _looked_up(text: str) -> tuple[str, int] | DropReason:
    """The library's answer. The latest such addresses, never more than `maxsize`, stay in memory."""
    try:
        address: IPv4Address | IPv6Address = ip_address(text)
    except ValueError:
        return DropReason.INVALID_IP
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return DropReason.INVALID_IP
        if address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        elif any(address in network for network in _TRANSLATED):
            return DropReason.PRIVATE_IP
    if address.is_multicast or not address.is_global:
        return DropReason.PRIVATE_IP
    return str(address), address.version
