"""Who is looking at which conversation, and who is writing: in memory, never journaled, forgotten after two missed
beats. Other processes hear of it in ids and staff names only; whoever may not see the conversation hears nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Protocol

import msgspec

from inbox import worklist
from inbox.actors import Actor, Vis, can_see

#: Two beats of a screen and the time a word takes.
STAYS = timedelta(seconds=35)


class Word(msgspec.Struct, frozen=True):
    """What a socket says of its person. `conversation_id` None: nothing is open, or nobody looks. `replying`: what is
    typed is meant for the patient."""

    socket: str
    actor_id: int
    name: str
    conversation_id: int | None
    typing: bool = False
    replying: bool = False


class Listener(Protocol):
    """A socket, as far as presence goes."""

    actor: Actor
    topics: frozenset[str] | None


class Room:
    """Everybody who is somewhere now, by socket. Its moments are the house's clock; safe for any thread."""

    def __init__(self) -> None:
        self._words: dict[str, tuple[Word, datetime]] = {}
        self._changed: set[int] = set()
        self._lock = Lock()

    def hear(self, word: Word, now: datetime) -> bool:
        """Notes a word; True when it says something new."""
        with self._lock:
            before = self._words.get(word.socket)
            if word.conversation_id is None:
                self._words.pop(word.socket, None)
            else:
                self._words[word.socket] = (word, now + STAYS)
            same = before[0] == word if before else word.conversation_id is None
            if not same:
                self._note(word, before[0] if before else None)
        return not same

    def changed(self, now: datetime) -> set[int]:
        """The conversations where somebody came, went, began or ceased to write since this was asked last."""
        with self._lock:
            for socket in [socket for socket, (_, until) in self._words.items() if until <= now]:
                self._note(self._words.pop(socket)[0])
            taken, self._changed = self._changed, set()
        return taken

    def occupied(self) -> set[int]:
        """Where somebody is."""
        with self._lock:
            return {word.conversation_id for word, _ in self._words.values() if word.conversation_id is not None}

    def people(self, conversation_id: int, but: int | None = None) -> list[dict[str, Any]]:
        """Who is there, one entry a person, by name, a patient as actor 0; without the actor `but`."""
        with self._lock:
            words = [word for word, _ in self._words.values() if word.conversation_id == conversation_id]
        names = {word.actor_id: word.name for word in words if word.actor_id != but}
        typing = {word.actor_id for word in words if word.typing}
        return [_shown(one, name, one in typing) for one, name in sorted(names.items(), key=lambda item: item[1])]

    def repliers(self, conversation_id: int) -> list[str]:
        """Who writes to the patient now, by name."""
        with self._lock:
            words = [word for word, _ in self._words.values() if word.conversation_id == conversation_id]
        return sorted({word.name for word in words if word.typing and word.replying})

    def _note(self, *words: Word | None) -> None:
        self._changed |= {word.conversation_id for word in words if word and word.conversation_id is not None}


def frames(room: Room, listener: Listener, visible: dict[int, Vis], changed: Sequence[int]) -> Iterator[dict[str, Any]]:
    """What a socket is told of the conversations in `changed`: those it follows or lists, and may see."""
    for conversation_id in changed:
        vis = visible.get(conversation_id)
        if vis and _follows(listener, conversation_id) and can_see(listener.actor, vis).operational:
            people = room.people(conversation_id, but=listener.actor.id)
            yield {"verb": "presence", "topic": f"conversation:{conversation_id}", "data": {"people": people}}


def _follows(listener: Listener, conversation_id: int) -> bool:
    """A program is told only of what it names: its frames without a topic stay the journal's."""
    topics = listener.topics or ()
    return f"conversation:{conversation_id}" in topics or any(topic.startswith("inbox:") for topic in topics)


def _shown(actor_id: int, name: str, typing: bool) -> dict[str, Any]:
    person = worklist.person(actor_id, name)
    initials = person.initials if person else ""
    return {"id": actor_id, "name": name, "initials": initials, "typing": typing}
