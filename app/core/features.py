"""Every feature that can be off: one row each.

A feature that decides what is mounted is read from the configuration at start; while it is off its doors are absent from
the routes and from OpenAPI. A run-time feature can be switched by an administrator while the server runs.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Feature:
    """A switch.

    Attributes:
        at_runtime: an administrator can switch it live; the others are decided by the configuration at start.
    """

    name: str
    default: bool
    at_runtime: bool
    meaning: str


FEATURES: dict[str, Feature] = {
    feature.name: feature
    for feature in (
        Feature("auth_v1", True, False, "Accounts and sessions. Off: one local user, on loopback addresses only."),
        Feature("sse_v1", True, False, "Live updates as Server-Sent Events at /api/stream."),
        Feature("well_known", False, False, "The documents configured for /.well-known/."),
        Feature("openai_v1", False, False, "The OpenAI-compatible API at /v1."),
        Feature("require_totp", False, True, "Everybody who signs in with a password needs a second factor."),
        Feature("registration", True, True, "Registration as auth.registration says; off closes it for the moment."),
        Feature("tools", False, True, "Assistants may use the tools of servers that administrators have added (MCP)."),
        Feature(
            "user_search", True, True,
            "Members find each other by the beginning of a name; off, only by the whole user name.",
        ),
    )
}  # fmt: skip


class Features:
    """Which features are on in this process.

    Args:
        configured: name -> enabled from the configuration.
    """

    def __init__(self, configured: dict[str, bool]) -> None:
        self._configured = {f.name: configured.get(f.name, f.default) for f in FEATURES.values()}
        self._switched: dict[str, bool] = {}

    def is_on(self, name: str) -> bool:
        """Is it on now? A switch that an administrator has set wins over the configuration for run-time features.

        Raises:
            KeyError: no such feature.
        """
        if FEATURES[name].at_runtime and name in self._switched:
            return self._switched[name]
        return self._configured[name]

    def set_switched(self, switched: dict[str, bool]) -> None:
        """Replace what administrators have switched."""
        self._switched = {name: on for name, on in switched.items() if name in FEATURES and FEATURES[name].at_runtime}
