from __future__ import annotations

from collections import Counter
from urllib.parse import urlsplit

import click
from flask.cli import with_appcontext

from app.cli import checks, database, output
from app.cli.checks.finding import Check, Finding, Patient, fault
from app.cli.failures import one_line, said

NAME_WIDTH = max(len(name) for name, _ in checks.ALL)


@click.command("doctor")
@click.option("--stream", "url", metavar="URL", help="Measure streaming where browsers reach the server.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@with_appcontext
@one_line()
def command(url: str | None, as_json: bool) -> None:
    """Look for what is wrong with this installation and say how to mend it; exit code 1 if anything is."""
    patient = Patient(database.settings(), _checked(url))
    found = []
    for name, check in checks.ALL:
        finding = examine(check, patient)
        found.append({"name": name, "state": finding.state, "seen": finding.seen, "mend": finding.mend})
        if not as_json:
            _tell(name, finding)
    if as_json:
        output.show_json(found)
    else:
        click.echo(_summary(Counter(finding["state"] for finding in found)))
    if any(finding["state"] == "fault" for finding in found):
        raise click.exceptions.Exit(1)


def examine(check: Check, patient: Patient) -> Finding:
    """One check; that it failed itself is a finding, too."""
    try:
        return check(patient)
    except Exception as error:
        return fault(f"the check failed: {type(error).__name__}: {said(error)}", "please report this as a bug")


def _checked(url: str | None) -> str | None:
    if url is None:
        return None
    place = urlsplit(url)
    if place.scheme not in ("http", "https") or not place.hostname:
        raise click.UsageError("--stream takes an address such as https://chat.example.org")
    return url.rstrip("/")


def _tell(name: str, finding: Finding) -> None:
    colour = {"ok": "green", "warning": "yellow", "fault": "red"}.get(finding.state)
    click.echo(f"{click.style(f'{finding.state:<7}', fg=colour)}  {name:<{NAME_WIDTH}}  {output.plain(finding.seen)}")
    if finding.mend:
        click.echo(f"{'':7}  {'':{NAME_WIDTH}}  -> {output.plain(finding.mend)}")


def _summary(counts: Counter[str]) -> str:
    if not counts["fault"] and not counts["warning"]:
        return "Nothing is wrong."
    return f"{output.counted(counts['fault'], 'fault')}, {output.counted(counts['warning'], 'warning')}."
