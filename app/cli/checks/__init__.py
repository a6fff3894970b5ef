"""What `flask doctor` looks at: one file a subject, one row here a check, in the order they are reported."""

from app.cli.checks import address, clock, configuration, database, disk, files, machine, model, origin, stream
from app.cli.checks.finding import Check

ALL: tuple[tuple[str, Check], ...] = (
    ("python", machine.python),
    ("packages", machine.packages),
    ("configuration", configuration.check),
    ("data folder", files.folder),
    ("secrets", files.secrets),
    ("disk", disk.check),
    ("database", database.reachable),
    ("tables", database.tables),
    ("run-time role", database.role),
    ("clock", clock.check),
    ("model", model.check),
    ("server", address.check),
    ("origin", origin.check),
    ("stream", stream.check),
)
