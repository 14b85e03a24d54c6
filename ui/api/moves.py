"""Conversations joined, parted, split, and moved to another patient; each with a reason."""

from __future__ import annotations

from typing import Any

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from inbox import merge, move, split
from ui.api.acting import CONVERSATION, Act


@post(f"{CONVERSATION}/merge", sync_to_thread=True, status_code=200)
def join(conversation_id: FromPath[int], data: JSONBody[merge.Merge], acting: NamedDependency[Act]) -> Response[Any]:
    """Ends this conversation in the one named `into`; 409 for another patient's, or while something is on its way."""
    return acting.on(conversation_id, data, merge.merge, acting.house, asked=data)


@post(f"{CONVERSATION}/unmerge", sync_to_thread=True, status_code=200)
def part(conversation_id: FromPath[int], data: JSONBody[merge.Unmerge], acting: NamedDependency[Act]) -> Response[Any]:
    """A merged conversation stands by itself again, with what was said to it since."""
    return acting.on(conversation_id, data, merge.unmerge, acting.house, asked=data)


@post(f"{CONVERSATION}/split", sync_to_thread=True)
def divide(conversation_id: FromPath[int], data: JSONBody[split.Split], acting: NamedDependency[Act]) -> Response[Any]:
    """Some messages become a conversation of their own, `created`."""
    return acting.on(conversation_id, data, split.split, acting.house, asked=data, created=True)


@post(f"{CONVERSATION}/move", sync_to_thread=True, status_code=200)
def transfer(conversation_id: FromPath[int], data: JSONBody[move.Move], acting: NamedDependency[Act]) -> Response[Any]:
    """It is about another patient; what was seen or sent meanwhile is written down as a disclosure."""
    return acting.on(conversation_id, data, move.move, asked=data)


ACTS = [join, part, divide, transfer]
