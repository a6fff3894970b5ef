"""The providers that the configuration names, in the order of their buttons."""

from __future__ import annotations

from app.adapters.oauth import Provider
from app.adapters.oauth.apple import AppleProvider
from app.adapters.oauth.github import GithubProvider
from app.adapters.oauth.oidc import GoogleProvider, OidcProvider
from app.core.settings import Oauth


def configured(c: Oauth) -> dict[str, Provider]:
    """By name; one whose client id is empty is not there.

    Raises:
        ConfigError: Apple's key cannot be read.
    """
    found: list[Provider] = []
    if c.oidc_client_id:
        found.append(
            OidcProvider(
                "oidc", c.oidc_name, c.oidc_issuer, c.oidc_client_id, c.oidc_client_secret, c.oidc_scopes,
                c.timeout_seconds,
            )
        )  # fmt: skip
    if c.github_client_id:
        found.append(
            GithubProvider(
                c.github_url, c.github_api_url, c.github_client_id, c.github_client_secret, c.timeout_seconds
            )
        )
    if c.google_client_id:
        found.append(
            GoogleProvider(
                "google", "Google", c.google_issuer, c.google_client_id, c.google_client_secret, "openid email profile",
                c.timeout_seconds,
            )
        )  # fmt: skip
    if c.apple_client_id:
        found.append(
            AppleProvider(
                c.apple_issuer, c.apple_client_id, c.apple_team_id, c.apple_key_id, c.apple_private_key,
                c.timeout_seconds,
            )
        )  # fmt: skip
    return {provider.name: provider for provider in found}
