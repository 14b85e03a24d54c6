"""A person's own settings of the screens."""

from __future__ import annotations

from typing import Any

from litestar import Response, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from inbox import preferences
from inbox.store.database import Transaction
from ui.api.acting import Act


@put("/me/settings", sync_to_thread=True, status_code=200)
def change(data: JSONBody[dict[str, bool]], acting: NamedDependency[Act]) -> Response[Any]:
    """Sets `single_keys`, `sound` or `notifications` of the caller; what is not named stays."""

    def work(unit: Transaction) -> None:
        preferences.change(unit, actor=acting.caller.actor, wanted=data)

    acting.once(data, work)
    return Response(data, status_code=200) if acting.is_program else Response(None, status_code=204)


ACTS = [change]
