"""What Prometheus reads. Closed, but for the addresses in `metrics.allow`: it says how much is asked of which model."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

from flask import Blueprint, Response, current_app, request
from flask.sansio.blueprints import BlueprintSetupState
from prometheus_client import CONTENT_TYPE_LATEST

from app.blueprints.guards import actor, address_door
from app.core.config import ConfigError
from app.core.errors import Forbidden
from app.services import metrics

blueprint = Blueprint("metrics", __name__)


@blueprint.record_once
def _read(state: BlueprintSetupState) -> None:
    state.app.extensions["scrapers"] = networks(state.app.config["PALAVER"].metrics.allow)


def networks(allowed: str) -> list[Any]:
    """The networks of a comma-separated list.

    Raises:
        ConfigError: something in the list is neither an address nor a network.
    """
    try:
        return [ip_network(part.strip()) for part in allowed.split(",") if part.strip()]
    except ValueError as error:
        raise ConfigError(f"metrics.allow is {allowed!r}; it takes addresses or networks ({error})") from None


def is_scraper() -> bool:
    """Does one of the allowed addresses ask, itself? What a proxy passes on may come from anybody."""
    is_direct = not ({"X-Forwarded-For", "Forwarded", "Via"} & {name.title() for name in request.headers.keys()})
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return False
    return is_direct and any(address in network for network in current_app.extensions["scrapers"])


@blueprint.get("/metrics")
@address_door(is_scraper)
def read() -> Response:
    """Counts of answers, for administrators, keys with the scope `admin`, and allowed addresses."""
    if not is_scraper() and actor().user["role"] != "admin":
        raise Forbidden("Only an administrator may do this.")
    hub = current_app.extensions["streams"].hub
    return Response(
        metrics.exposition(len(hub.connections), current_app.extensions["worker"]), content_type=CONTENT_TYPE_LATEST
    )
