from __future__ import annotations

import pytest

from app.core.limits import Budget, Rules, Taken, network_of

PROFILES = [
    {"name": "wide", "algorithm": "gcra", "params": {"requests_per_second": 50, "burst": 100}},
    {"name": "tight", "algorithm": "moving_window", "params": {"limit": 5, "window_seconds": 60}},
]


def rules(*assigned: tuple[str, str, str, str]) -> Rules:
    return Rules(
        PROFILES,
        [
            {"id": f"{n}", "profile_name": profile, "method": method, "path_pattern": path, "scope": scope}
            for n, (profile, method, path, scope) in enumerate(assigned)
        ],
    )


@pytest.mark.parametrize(
    ("pattern", "fitting", "others"),
    [
        ("*", ["/", "/x", "/x/y/z"], []),
        ("/", ["/"], ["/x"]),
        ("/api/users", ["/api/users", "/api/users/"], ["/api/user", "/api/users/1", "/api/usersx", "/API/users"]),
        ("/api/x/*", ["/api/x", "/api/x/y", "/api/x/y/z"], ["/api/xy", "/api"]),
        ("/api/*/y", ["/api/x/y"], ["/api/y", "/api/x/z", "/api/x/y/z"]),
        ("/c/:id/t/<uuid:root>", ["/c/1/t/2"], ["/c/1/t", "/c/1/x/2"]),
        ("/c/{id}", ["/c/1"], ["/c", "/c/1/2"]),
    ],
)
def test_patterns(pattern: str, fitting: list[str], others: list[str]) -> None:
    held = rules(("wide", "*", pattern, "ip"))
    assert [path for path in fitting if not held.concerning("GET", path)] == []
    assert [path for path in others if held.concerning("GET", path)] == []


def test_methods() -> None:
    held = rules(("tight", "GET", "/x", "ip"))
    assert held.concerning("GET", "/x") and held.concerning("HEAD", "/x")
    assert not held.concerning("POST", "/x")


def test_the_narrowest_of_each_scope_counts_and_addresses_come_first() -> None:
    held = rules(
        ("wide", "*", "*", "user"), ("wide", "*", "*", "ip"), ("wide", "*", "/api/*", "ip"),
        ("wide", "*", "/api/*/login", "ip"), ("wide", "*", "/api/auth/*", "ip"), ("wide", "*", "/api/auth/login", "ip"),
        ("tight", "POST", "/api/auth/login", "ip"),
    )  # fmt: skip
    ids = {
        path: [a.id for a in held.concerning("POST", path)]
        for path in ("/api/auth/login", "/api/auth/x", "/api/x", "/y")
    }
    assert ids == {"/api/auth/login": ["6", "0"], "/api/auth/x": ["4", "0"], "/api/x": ["2", "0"], "/y": ["1", "0"]}
    assert [a.id for a in held.concerning("GET", "/api/auth/login")] == ["5", "0"]
    assert [a.id for a in held.concerning("GET", "/api/other/login")] == ["3", "0"]


def test_budgets() -> None:
    assert rules().profiles["wide"] == Budget("wide", "gcra", 100, 2.0)
    assert rules().profiles["tight"] == Budget("tight", "moving_window", 5, 60.0)


def test_headers_on_both_outcomes() -> None:
    tight = rules().profiles["tight"]
    assert Taken(True, 4, 59.2, 0.0).headers(tight) == {
        "RateLimit-Limit": "5", "RateLimit-Remaining": "4", "RateLimit-Reset": "60", "X-RateLimit-Profile": "tight",
    }  # fmt: skip
    assert Taken(False, 0, 59.2, 0.3).headers(tight)["Retry-After"] == "1"


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("::1", "::/64"), (None, "unknown"), ("", "unknown"),
    ],
)  # fmt: skip
def test_what_is_counted_as_one_address(address: str | None, counted: str) -> None:
    assert network_of(address) == counted
