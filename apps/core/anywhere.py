"""The door out to an address that a customer typed: public hosts over https only, and never a way into our own network.

The name is resolved once, every address it has is checked, and the connection is made to the one that was checked, so
that an answer of the DNS that changes in between (rebinding) leads nowhere. Redirects are not followed, and what the
other side says beyond its status is not read.
"""

import socket
import time
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

import urllib3
from django.conf import settings

from apps.core.cutoff import Cut, PlainPool, SecurePool
from apps.core.http import Answer

CONNECT_SECONDS = 5
TOTAL_SECONDS = 15.0  # from dialling to the status, however steadily it drips in
LONGEST_URL = 500
# Global by the registries, and a way to private addresses all the same: NAT64, 6to4, Teredo.
_TUNNELS = tuple(ip_network(each) for each in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))


class AddressRefused(Exception):
    """The address is not one that convsync calls; the message says why, for the person who typed it."""


def address_check(url: str) -> SplitResult:
    """The address in its parts. Raises AddressRefused where its form alone says that it is not called."""
    if not url.isascii() or not url.isprintable() or len(url) > LONGEST_URL or set(url) & set(" \\\"'<>#"):
        raise AddressRefused("Write the whole address in plain letters, without spaces and without #.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefused("This is not a web address.") from error
    if _of_sandbox(url):
        return parts
    if parts.scheme != "https" or port not in (None, 443):
        raise AddressRefused("The address must begin with https:// and use its own port.")
    if parts.username or parts.password or not parts.hostname or "." not in parts.hostname:
        raise AddressRefused("Name a public host, without a user name or password in the address.")
    return parts


def post(*, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Post the body; the answer holds a status and no more. Raises AddressRefused for hosts that are not public."""
    parts = address_check(url)
    host, started = parts.hostname or "", time.monotonic()
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with Cut().after(TOTAL_SECONDS), _pool(parts, host) as pool:
            response = pool.urlopen(
                "POST",
                path,
                body=body,
                headers={**headers, "Host": parts.netloc},
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=TOTAL_SECONDS),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            status = response.status
            response.close()
    except (urllib3.exceptions.HTTPError, OSError):
        status = 0
    fault = "" if status else "maybe_sent"
    return Answer(status, fault=fault, milliseconds=int((time.monotonic() - started) * 1000))


def _pool(parts: SplitResult, host: str) -> urllib3.HTTPConnectionPool:
    if _of_sandbox(parts.geturl()):
        return PlainPool(host, parts.port)
    address = next(iter(_public(host)))
    return SecurePool(address, 443, server_hostname=host, assert_hostname=host)


def _public(host: str) -> list[str]:
    """The host's addresses, all of them public. Raises AddressRefused, and OSError where it has none."""
    found = sorted(_addresses(host))
    if not found or not all(is_public(address) for address in found):
        raise AddressRefused("The host is not on the public internet.")
    return found


def _addresses(host: str) -> Iterator[str]:
    for _, _, _, _, address in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM):
        yield str(address[0])


def is_public(text: str) -> bool:
    """Whether the address is one of the public internet's, and no tunnel to another."""
    address: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if isinstance(address, IPv6Address) and any(address in tunnel for tunnel in _TUNNELS):
        return False
    return address.is_global and not address.is_multicast


def _of_sandbox(url: str) -> bool:
    return bool(settings.SANDBOX_URL) and url.startswith(settings.SANDBOX_URL + "/")
