"""The interpreter and the packages this runs on."""

from __future__ import annotations

import platform
import sys
from importlib import metadata

from packaging.requirements import Requirement

from app import ROOT
from app.cli.checks.finding import Finding, Patient, fault, ok

OLDEST = (3, 11)


def python(patient: Patient) -> Finding:
    """Is the interpreter new enough?"""
    seen = f"Python {platform.python_version()} in {sys.prefix}"
    if sys.version_info < OLDEST:
        return fault(seen, "install Python 3.11 or newer, remove .venv and start scripts/run")
    return ok(seen)


def packages(patient: Patient) -> Finding:
    """Are exactly the packages of requirements.txt installed?"""
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    wanted = [Requirement(line) for line in lines if line and not line.startswith("#")]
    wrong = [said for requirement in wanted if (said := _difference(requirement))]
    if wrong:
        return fault("; ".join(wrong), "start scripts/run, which installs what requirements.txt lists")
    return ok(f"{len(wanted)} packages, as requirements.txt lists them")


def _difference(requirement: Requirement) -> str:
    if requirement.marker and not requirement.marker.evaluate():
        return ""
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return f"{requirement.name} is missing"
    return "" if requirement.specifier.contains(version, prereleases=True) else (
        f"{requirement.name} is {version} instead of {requirement.specifier}")  # fmt: skip
