"""Which account runs PostgreSQL, which refuses to run as root."""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.launch.errors import LaunchError


@dataclass(frozen=True)
class Account:
    """A system account; `switch` is what subprocess needs to become it, empty when we are it already."""

    name: str
    uid: int
    gid: int

    @property
    def switch(self) -> dict[str, Any]:
        if os.geteuid() == self.uid:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Make it the owner of `path`."""
        if self.switch:
            os.chown(path, self.uid, self.gid)

    def can_enter(self, folder: Path) -> bool:
        """Whether it may pass through `folder` and everything above it."""
        real = folder.resolve()
        return all(self._can_pass(above.stat()) for above in (real, *real.parents) if above.exists())

    def _can_pass(self, found: os.stat_result) -> bool:
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        return bool(found.st_mode & (stat.S_IXGRP if found.st_gid == self.gid else stat.S_IXOTH))


def for_cluster(data: Path) -> Account:
    """The account a cluster belongs to, or the one a new cluster shall belong to.

    Raises:
        LaunchError: the cluster is another account's and we are not root.
    """
    owner = data.stat().st_uid if data.exists() else None
    if os.geteuid() == 0:
        return _named("postgres", "nobody") if owner in (None, 0) else _by_id(owner)
    if owner not in (None, os.geteuid()):
        raise LaunchError(
            f"the database in {data} belongs to the account {_by_id(owner).name}; start as root or that account, "
            "or choose another folder with PALAVER__DATA__DIR"
        )
    return _by_id(os.geteuid())


def _by_id(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
        return Account(entry.pw_name, uid, entry.pw_gid)
    except KeyError:  # A container may run as a number without a name.
        return Account(str(uid), uid, os.getegid() if uid == os.geteuid() else uid)


def _named(*names: str) -> Account:
    for name in names:
        try:
            entry = pwd.getpwnam(name)
            return Account(name, entry.pw_uid, entry.pw_gid)
        except KeyError:
            continue
    return Account("65534", 65534, 65534)
