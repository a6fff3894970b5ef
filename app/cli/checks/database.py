"""PostgreSQL: reachable, of a supported version, up to date, and closed to the role that the server runs as."""

from __future__ import annotations

import psycopg2

from app.cli import database
from app.cli.checks.finding import Finding, Patient, fault, ok, skipped
from app.cli.failures import said
from app.launch.errors import LaunchError
from app.models import inspection
from app.models.bootstrap import SUPPORTED, BootstrapError

NOT_REACHED = "not known without the database"


def reachable(patient: Patient) -> Finding:
    """Connect as the run-time role."""
    try:
        database.configure(patient.config)
        patient.inspection = inspection.inspect()
    except (LaunchError, BootstrapError) as error:
        what, _, mend = str(error).partition("; ")
        return fault(what, mend)
    except psycopg2.Error as error:
        return fault(said(error), "check db.url and db.runtime_url; if the database is new, run `flask bootstrap`")
    version = patient.inspection.version
    if version not in SUPPORTED:
        return fault(f"PostgreSQL {version}", "Palaver works with PostgreSQL 16, 17 and 18; move to one of them")
    return ok(f"PostgreSQL {version}, {'another server' if patient.config.db.url else 'the embedded one'}")


def tables(patient: Patient) -> Finding:
    """Is every SQL file of this version applied?"""
    if patient.inspection is None:
        return skipped(NOT_REACHED)
    if missing := database.behind():
        shown = ", ".join(missing[:3]) + (" …" if len(missing) > 3 else "")
        return fault(f"{len(missing)} SQL files of this version are not applied: {shown}", "run `flask bootstrap`")
    return ok("every SQL file of this version is applied")


def role(patient: Patient) -> Finding:
    """May the run-time role do no more than call functions?"""
    seen = patient.inspection
    if seen is None:
        return skipped(NOT_REACHED)
    if seen.superuser or seen.readable:
        what = "is a superuser" if seen.superuser else f"can reach tables: {', '.join(seen.readable)}"
        return fault(f"the role {seen.role} {what}",
                     "leave db.runtime_url empty or name a role without rights; then `flask bootstrap`")  # fmt: skip
    return ok(f"{seen.role} may call functions and touch no table")
