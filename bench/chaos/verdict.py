"""Once everything is quiet: is what everybody saw what is in the database?"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

from app.core.events import KINDS
from bench.chaos.listening import Listener, Span
from bench.chaos.people import Person
from tests.databases import Database

SHOWN = ("content", "status", "deleted_at", "edited_at")
QUIET_SECONDS = 120.0


def is_quiet(database: Database) -> bool:
    """No job, no answer that grows, nothing on its way."""
    [(jobs, growing, waiting)] = database.query(
        "select (select count(*) from palaver.jobs), (select count(*) from palaver.messages where status = 'streaming'),"
        " (select count(*) from palaver.outbox)"
    )
    return not (jobs or growing or waiting)


def await_quiet(database: Database) -> list[str]:
    """What is still not done after two minutes."""
    deadline = time.monotonic() + QUIET_SECONDS
    while time.monotonic() < deadline:
        if is_quiet(database):
            return []
        time.sleep(0.2)
    left = database.query("select message_id::text, state, attempts from palaver.jobs")
    growing = database.query("select id::text from palaver.messages where status = 'streaming'")
    return [f"it is not quiet after {QUIET_SECONDS:.0f} s: jobs {left}, growing {growing}"]


class Truth:
    """The database, read once."""

    def __init__(self, database: Database) -> None:
        self.events = database.query("select pos, topic_id::text, seq, kind from palaver.events order by pos")
        self.members: dict[str, set[str]] = {}
        for user, conversation in database.query(
            "select user_id::text, conversation_id::text from palaver.members where left_at is null"
        ):
            self.members.setdefault(user, set()).add(conversation)
        self.messages: dict[str, dict[str, Any]] = {
            row["id"]: row for (row,) in database.query(
                "select to_jsonb(m) || jsonb_build_object('content', case when m.deleted_at is null then m.content end)"
                " from palaver.messages m"
            )
        }  # fmt: skip
        self.sent = database.query(
            "select author_id::text, client_id::text, count(*) from palaver.messages where client_id is not null"
            " group by 1, 2"
        )

    def audible(self, listener: Listener) -> list[int]:
        """The places of all events that a stream is about."""
        topics = {listener.conversation} if listener.conversation else (
            self.members.get(listener.person.id, set()) | {listener.person.id}
        )  # fmt: skip
        return [pos for pos, topic, _, kind in self.events if topic in topics and KINDS[kind].wire]


def of_the_log(truth: Truth) -> Iterator[str]:
    """Numbers without holes, for the server and for each topic."""
    places = [pos for pos, *_ in truth.events]
    if places != list(range(1, len(places) + 1)):
        yield f"the log has holes: {len(places)} events, the last is {places[-1:]}"
    last: dict[str, int] = {}
    for pos, topic, seq, _ in truth.events:
        if seq != last.get(topic, 0) + 1:
            yield f"topic {topic}: {last.get(topic, 0)} is followed by {seq} at {pos}"
        last[topic] = seq


def of_a_stream(truth: Truth, listener: Listener) -> Iterator[str]:
    """Nothing missing, nothing twice, in order, but for what a resync gave up."""
    yield from listener.violations
    audible = truth.audible(listener)
    for span in listener.spans:
        yield from _of_a_span(audible, listener, span)


def _of_a_span(audible: list[int], listener: Listener, span: Span) -> Iterator[str]:
    wanted = [pos for pos in audible if pos > span.since and (span.until is None or pos <= span.until)]
    if wanted != span.heard:
        missing, more = sorted(set(wanted) - set(span.heard)), sorted(set(span.heard) - set(wanted))
        yield (
            f"{listener.person.name} {listener.reader.path}: {len(missing)} missing {missing[:5]},"
            f" {len(more)} too many {more[:5]} between {span.since} and {span.until}"
        )


def of_a_view(truth: Truth, person: Person) -> Iterator[str]:
    """What somebody's screen shows is what there is."""
    yield from person.violations
    mine = truth.members.get(person.id, set())
    there = {id: m for id, m in truth.messages.items() if m["conversation_id"] in mine}
    shown = person.view.messages
    if set(there) != set(shown):
        yield f"{person.name} misses {len(set(there) - set(shown))} messages and shows {len(set(shown) - set(there))} too many"
    for id in set(there) & set(shown):
        for name in SHOWN:
            if there[id][name] != shown[id][name]:
                yield f"{person.name} shows {name} {str(shown[id][name])[:60]!r} of {id}, not {str(there[id][name])[:60]!r}"


def of_the_writes(truth: Truth, people: Iterable[Person]) -> Iterator[str]:
    """What was acknowledged is there, once, as it was written last."""
    counts = {(author, client): count for author, client, count in truth.sent}
    yield from (f"{count} messages with the client_id {key}" for key, count in counts.items() if count != 1)
    for person in people:
        for written in person.written:
            message = truth.messages.get(written.message_id)
            if message is None or (person.id, written.client_id) not in counts:
                yield f"{person.name}: {written.message_id} was acknowledged and is not there"
            elif (message["deleted_at"] is not None) != written.is_deleted:
                yield f"{person.name}: {written.message_id} is deleted: {not written.is_deleted}"
            elif not written.is_deleted and message["content"] != written.content:
                yield f"{person.name}: {written.message_id} has not the text that was acknowledged"
