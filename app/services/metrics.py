"""What Prometheus reads of answers: counted in the database, so that every process says the same, and nothing goes back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from app.models import answers

LABELS = ["kind", "provider", "model"]
HISTOGRAMS = {
    "first": ("palaver_answer_first_piece_seconds", "From the question to the first piece, waiting included."),
    "whole": ("palaver_answer_seconds", "From the question to the end of the answer."),
    "waited": ("palaver_answer_waiting_seconds", "From the question to its turn in the queue of the model's server."),
    "cancelled": ("palaver_answer_cancel_seconds", "From the wish to stop an answer to its end."),
}
# Ends that have a count of their own, beside the one of all ends.
APART = {
    "cancelled": ("palaver_answer_cancels", "Answers that somebody stopped."),
    "timeout": ("palaver_answer_timeouts", "Answers whose model took too long."),
}
By = tuple[str, ...]


class _Answers:
    """Makes families of metrics from `answers.counts`."""

    def __init__(self, told: dict[str, Any], streams: int, process: int) -> None:
        self._providers, self._streams, self._process = told["providers"], streams, process
        self._counts: dict[str, dict[By, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
        for row in told["counts"]:
            self._counts[row["metric"]][tuple(row[name] for name in LABELS)][row["label"]] = row["value"]

    def collect(self) -> Iterator[Metric]:
        yield from self._ends()
        for metric, (name, meaning) in HISTOGRAMS.items():
            family = HistogramMetricFamily(name, meaning, labels=LABELS)
            for labels, counts in sorted(self._counts[metric].items()):
                family.add_metric(labels, _buckets(counts), counts["sum"])
            yield family
        yield from self._now()

    def _ends(self) -> Iterator[Metric]:
        ended = CounterMetricFamily("palaver_answers", "Answers and other requests to models that ended, and how.",
                                    labels=[*LABELS, "finish_reason"])  # fmt: skip
        apart = {reason: CounterMetricFamily(*named, labels=LABELS) for reason, named in APART.items()}
        for labels, reasons in sorted(self._counts["ended"].items()):
            for reason, count in sorted(reasons.items()):
                ended.add_metric([*labels, reason], count)
            for reason, family in apart.items():
                family.add_metric(labels, reasons.get(reason, 0))
        yield ended
        yield from apart.values()

    def _now(self) -> Iterator[Metric]:
        for state, meaning in (("running", "are being written"), ("waiting", "wait for their turn")):
            family = GaugeMetricFamily(f"palaver_answers_{state}", f"Answers and other requests that {meaning} now.",
                                       labels=["provider"])  # fmt: skip
            for row in self._providers:
                family.add_metric([row["provider"]], row[state])
            yield family
        streams = GaugeMetricFamily(
            "palaver_streams_connected", "Streams of events of the web process that answers.", labels=["process"]
        )
        streams.add_metric([str(self._process)], self._streams)
        yield streams


def exposition(streams: int, process: int) -> bytes:
    """All of it, in Prometheus' text format.

    Args:
        streams: how many are connected to this process, whose number is `process`.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Answers(answers.counts(), streams, process))  # type: ignore[arg-type]
    return generate_latest(registry)


def _buckets(counts: dict[str, float]) -> list[tuple[str, float]]:
    """Cumulative, as Prometheus wants them; the one of everything is always there."""
    total, buckets = 0.0, []
    for bound in sorted((label for label in counts if label != "sum"), key=float):
        total += counts[bound]
        buckets.append((bound, total))
    return buckets if buckets and buckets[-1][0] == "+Inf" else [*buckets, ("+Inf", total)]
