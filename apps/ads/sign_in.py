"""Signing in at a network: OAuth's steps and pasted tokens, as data and inquiries.

In every function `base` is the network's own address or the sandbox's stand-in for it; where a network signs people in
at other hosts than it serves at, the function chooses them by it. Times are aware; `now` is when the step is taken.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apps.ads.wire import Inquiry

Credentials = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class App:
    """The operator's registration at a network."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the consent page is asked for. `challenge` is PKCE's S256 of the verifier, for networks that have it."""

    redirect_uri: str
    state: str = field(repr=False)
    scopes: tuple[str, ...]
    challenge: str = ""


@dataclass(frozen=True, slots=True)
class Returned:
    """What came back from the consent page, with what it was asked with."""

    code: str = field(repr=False)
    redirect_uri: str
    verifier: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a sign-in gave.

    scopes      what the token may be used for, by the network's own names; None: the network does not tell
    expires_at  when the access token ends; None: never, as far as the network says
    ends_at     when the person must sign in again, renewed or not; None: not foreseen
    who         the person or system user at the network, by a name or id that may be shown
    """

    credentials: Credentials = field(repr=False)
    scopes: frozenset[str] | None = None
    expires_at: datetime | None = None
    ends_at: datetime | None = None
    who: str = ""


@dataclass(frozen=True, slots=True)
class Pasted:
    """A field of the form in which a token is pasted; its name is the credential's."""

    name: str
    label: str
    help: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class SignIn:
    """How one signs in at a network.

    scopes        by purpose: `send`, `discover` and, where leads come in, `leads`
    hosts         who may be called for it, beside the manifest's hosts
    pasted        the fields of a pasted token; empty where a token cannot be pasted
    renews_with   the credential without which a token cannot be renewed
    renew_before  how long before its end a token is renewed
    warn_days     how many days before its end people are told that they must sign in again, most first
    pkce          whether the network takes a code challenge
    """

    scopes: Mapping[str, tuple[str, ...]]
    hosts: frozenset[str]
    pasted: tuple[Pasted, ...]
    renews_with: str
    renew_before: timedelta
    warn_days: tuple[int, ...]
    pkce: bool
    consent_url: Callable[[str, App, Asked], str]
    swap: Callable[[str, App, Returned, datetime], Inquiry[Grant]]
    renew: Callable[[str, App | None, Credentials, datetime], Inquiry[Grant]]
    inspect: Callable[[str, App | None, Credentials, datetime], Inquiry[Grant]]
    revoke: Callable[[str, App | None, Credentials], Inquiry[None]]

    def missing(self, grant: Grant, purpose: str) -> tuple[str, ...]:
        """The names of the permissions that `purpose` needs and the grant lacks; none where the network tells none."""
        if grant.scopes is None:
            return ()
        return tuple(scope for scope in self.scopes.get(purpose, ()) if scope not in grant.scopes)
