from app.models import db


def switched() -> dict[str, bool]:
    """What administrators have switched while the server ran: name -> enabled."""
    return db.read("feature_list")


def switch(actor: str, name: str, enabled: bool) -> dict[str, bool]:
    return db.write("feature_set", actor, name, enabled)


def switch_as_operator(name: str, enabled: bool) -> dict[str, bool]:
    return db.write("feature_switch", name, enabled)
