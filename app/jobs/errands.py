"""Which service carries out a job that is no answer."""

from __future__ import annotations

from collections.abc import Callable

import gevent

from app.adapters.llm import ChatModel, ModelError
from app.core.settings import Llm
from app.services import summaries, titles
from app.services.errands import Errand

SERVICES = {"title": titles, "summary": summaries}


def run(errand: Errand, model_of: Callable[[Errand], ChatModel], config: Llm) -> None:
    """Carry it out to its end."""
    errand.runner = gevent.getcurrent()
    service = SERVICES[errand.kind]
    try:
        model = model_of(errand)
    except ModelError as error:
        service.give_up(errand, error)
    else:
        service.write(errand, model, config)
