"""Who was pushed whom: an access row before the frame leaves, one for a person and a conversation in five minutes."""

from __future__ import annotations

import time
from collections.abc import Sequence

from inbox.fanout import Made
from inbox.store import feed as store
from inbox.store.database import Database

SEEN_SECONDS = 300.0


class Pushes:
    """What this process has shown to whom, and until when that needs no further row."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._shown: dict[tuple[int, int], float] = {}

    def note(self, frames: Sequence[Made]) -> None:
        """Who is about to be shown whom, unless they were in the last five minutes: no row, no frame. Only then does a
        cursor move, or a log that cannot be written would cost the screens their frames."""
        now = time.monotonic()
        fresh: dict[int, set[int]] = {}
        for subscriber, made in frames:
            for conversation_id in {frame.shows for frame in made if frame.shows is not None}:
                if self._shown.get((conversation_id, subscriber.actor.id), 0.0) < now:
                    fresh.setdefault(conversation_id, set()).add(subscriber.actor.id)
        if fresh:
            with self._database.transaction(ids=len(fresh) + 250) as unit:
                store.note_pushes(unit, [(conversation, sorted(viewers)) for conversation, viewers in fresh.items()])
        self._remember(fresh, now)
        for subscriber, made in frames:
            subscriber.cursor, subscriber.dirty = made[-1].seq, True

    def _remember(self, fresh: dict[int, set[int]], now: float) -> None:
        until = now + SEEN_SECONDS
        self._shown.update({(shown, viewer): until for shown, viewers in fresh.items() for viewer in viewers})
        if len(self._shown) > 200_000:
            self._shown = {key: until for key, until in self._shown.items() if until > now}
