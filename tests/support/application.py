"""The web application for tests: its routes, which take half a second to build, are built once a process; its house and
all that it remembers are each test's own.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from litestar import Litestar

from inbox.house import House
from ui.app import settle, unsettled

_idle: list[Litestar] = []


@contextmanager
def application(house: House) -> Iterator[Litestar]:
    """The whole application around this house, lent until left; several at once are several."""
    app = _idle.pop() if _idle else unsettled()
    settle(app, house)
    try:
        yield app
    finally:
        app.state.clear()
        _idle.append(app)
