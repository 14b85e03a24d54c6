"""The conversations behind a figure, and what each brings to it: folded together they are the figure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from inbox import cohort as cohorts
from inbox import practice, worklist
from inbox.actors import Actor, Permission, may
from inbox.errors import Forbidden, Invalid
from inbox.figures import BY_NAME, measure_behind
from inbox.measures import Entry
from inbox.metric_figures import made
from inbox.metric_span import asked, query
from inbox.metrics_shape import Behind, Narrow
from inbox.practice import calendar_of
from inbox.store import journal
from inbox.store import worklist as lists
from inbox.store.database import Reading


def rows(
    reading: Reading, *, actor: Actor, name: str, since: date, until: date, after: str | None = None, limit: int = 50
) -> worklist.Page:
    """The conversations behind a figure, newest first, as the viewer may see them. Raises Forbidden for roles without
    rows, Invalid for an unknown figure."""
    return behind(reading, actor=actor, name=name, since=since, until=until, after=after, limit=limit).page


def behind(
    reading: Reading,
    *,
    actor: Actor,
    name: str,
    since: date,
    until: date,
    narrow: Narrow | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Behind:
    """As `rows`, with what each conversation brings to the figure: folded together they are the figure."""
    measure = measure_behind(name)
    if not may(actor, Permission.METRIC_ROWS):
        raise Forbidden("Your role shows figures, not the rows behind them.")
    if measure is None:
        raise Invalid(fields={"name": "one of " + ", ".join(BY_NAME)})
    if after is not None and not (after.isascii() and after.isdigit() and len(after) < 19):
        raise Invalid(fields={"after": "send back `next` as it came"})
    clinic, narrow = practice.read(reading), narrow or Narrow()
    span, _ = asked(reading, actor, (since, until), clinic, narrow)
    found = cohorts.load(reading, actor, span, calendar_of(clinic))
    every = measure.entries(found)
    ids = sorted({entry.case.id for entry in every}, reverse=True)
    ids = [one for one in ids if after is None or one < int(after)]
    page = _page(reading, actor, ids, limit)
    shown = {row.id for row in page.items}
    figures = made(measure, every, query(since, until, narrow), measure.whole(found))
    figure = next(one for one in figures if one.name.startswith(name))
    return Behind(page, _by_conversation(every, shown), figure, measure)


def _page(reading: Reading, actor: Actor, ids: Sequence[int], limit: int) -> worklist.Page:
    shown = worklist.rows(reading, actor, lists.rows_of_ids(reading, actor, list(ids[:limit])), view="all")
    items = tuple(sorted(shown, key=lambda row: row.key))
    return worklist.Page(items, str(ids[limit - 1]) if len(ids) > limit else None, journal.head(reading.connection))


def _by_conversation(entries: Iterable[Entry], shown: set[int]) -> dict[int, tuple[Entry, ...]]:
    found: dict[int, tuple[Entry, ...]] = {}
    for entry in entries:
        if entry.case.id in shown:
            found[entry.case.id] = (*found.get(entry.case.id, ()), entry)
    return found
