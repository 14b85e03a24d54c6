"""The doors for patients alone: the real doorstep, courier and headers, and nobody behind them to read arrivals."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.static_files import create_static_files_router

from inbox.chat import Courier
from inbox.errors import WarmlineError
from inbox.house import House
from inbox.intake import Doorstep
from ui import forms, guards, problems, render, widget


def patient_doors(house: House) -> Litestar:
    """An application of forms and chat around one house; closing it closes the house."""

    @asynccontextmanager
    async def running(app: Litestar) -> AsyncIterator[None]:
        doorstep = Doorstep(house)
        app.state.running = SimpleNamespace(doorstep=doorstep, chat=Courier(house))
        doorstep.start()
        yield
        doorstep.stop()
        house.close()

    handlers: list[Any] = [
        Router("/", route_handlers=[*forms.HANDLERS, *widget.HANDLERS], include_in_schema=False),
        create_static_files_router(path=render.STATIC_PATH, directories=[render.STATIC]),
    ]
    app = Litestar(
        handlers,
        lifespan=[running],
        middleware=[guards.Doorman()],
        dependencies={"house": Provide(guards.provide_house, sync_to_thread=False)},
        exception_handlers={WarmlineError: problems.on_house_error, HTTPException: problems.on_framework_error},
        openapi_config=None,
        logging_config=None,
        request_max_body_size=1 << 20,
    )
    app.state.house = house
    return app
