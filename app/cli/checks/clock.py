"""Sessions and leases end by the database's clock, cookies by the browser's: they have to agree."""

from __future__ import annotations

from app.cli import stream_probe
from app.cli.checks.finding import Finding, Patient, fault, ok, skipped

MOST_SECONDS = 5.0


def check(patient: Patient) -> Finding:
    """Compare this machine's clock with the database's and, given a URL, with that of the server behind it."""
    clocks = {}
    if patient.inspection is not None:
        clocks["the database"] = patient.inspection.clock_ahead
    if patient.stream_url and (ahead := stream_probe.date_ahead(patient.stream_url)) is not None:
        clocks[patient.stream_url] = ahead
    if not clocks:
        return skipped("there is no other clock to compare with")
    wrong = [f"{name} is {_apart(ahead)}" for name, ahead in clocks.items() if abs(ahead) > MOST_SECONDS]
    if wrong:
        return fault("; ".join(wrong), "let both machines set their clocks by NTP (timedatectl set-ntp true)")
    return ok(f"within {MOST_SECONDS:.0f} s of {' and '.join(clocks)}")


def _apart(ahead: float) -> str:
    return f"{abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} this machine"
