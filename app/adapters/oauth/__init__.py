"""Accounts elsewhere that prove who somebody is: one protocol, whatever the provider speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from app.core.errors import Forbidden, InvalidCredentials, Unavailable


@dataclass(frozen=True)
class Attempt:
    """One try to sign in, from the button to the callback. The three values are secret until they are sent.

    Attributes:
        state: comes back with the browser; binds the callback to the browser that began.
        nonce: comes back in the id_token; binds the token to this try.
        verifier: goes from server to server with the code (PKCE); who stole the code does not have it.
    """

    state: str
    nonce: str
    verifier: str
    redirect_uri: str


@dataclass(frozen=True)
class Identity:
    """Who somebody is elsewhere. `email` is only there when the provider has verified it.

    Attributes:
        issuer: who says so; the same subject of another issuer is somebody else.
        names: what could become a user name, the best first.
    """

    provider: str
    issuer: str
    subject: str
    email: str | None
    display_name: str
    names: tuple[str, ...]


class ProviderDown(Unavailable):
    code = "PV.OAUTH.UNAVAILABLE"


class ProviderRefused(InvalidCredentials):
    """The provider did not take the code, or what it answered cannot be believed."""

    code = "PV.OAUTH.REFUSED"


class ProviderDenied(Forbidden):
    """The person said no."""

    code, title = "PV.OAUTH.DENIED", "Sign-in was cancelled"


class Provider(Protocol):
    """What signing in with others needs.

    Attributes:
        name: the key in addresses: github, google, apple, oidc.
        label: what people call it.
        posts_back: it sends the browser back with a form, from its own site.
    """

    name: str
    label: str
    posts_back: bool

    def authorization_url(self, attempt: Attempt) -> str:
        """Where the browser goes to be asked.

        Raises:
            ProviderDown: it cannot be reached.
        """

    def identify(self, attempt: Attempt, code: str, issuer: str | None = None) -> Identity:
        """Who came back with this code.

        Args:
            issuer: the `iss` of the callback (RFC 9207), if there was one.

        Raises:
            ProviderDown: it cannot be reached.
            ProviderRefused: the code is used, foreign or expired, or the answer cannot be believed.
        """
