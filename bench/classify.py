"""How fast a message is understood: red flags, reasons, language and priority, on one core, over our own messages."""

from __future__ import annotations

import time
from statistics import median

from bench.corpora import labelled
from bench.figures import Figure
from bench.options import Options
from bench.storage import Storages
from routing.classify import classify

#: Issue 6: at least so many a second on a core; interfaces.md: a message in less than 5 ms.
A_SECOND, MILLISECONDS = 2000, 5


def measure(storages: Storages, options: Options) -> list[Figure]:
    """Processor time: a message waits for its own work, not for the neighbours'. The packs are read first."""
    texts = [row["text"] for row in labelled.messages("open")]
    for text in texts:
        classify(text)
    took = [_seconds(text) for _ in range(1 if options.quick else 5) for text in texts]
    note = f"{len(took):,} messages, processor time"
    return [
        Figure("classify", "none", len(took) / sum(took), "≥", A_SECOND, "messages/s", note),
        Figure("classify, median", "none", median(took) * 1000, "≤", MILLISECONDS, "ms", note),
    ]


def _seconds(text: str) -> float:
    begun = time.process_time()
    classify(text)
    return time.process_time() - begun
