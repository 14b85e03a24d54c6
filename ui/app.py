"""The composition root: `create_app(settings)` puts doors, screens, socket and the running parts together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from litestar import Litestar, Router
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.static_files import create_static_files_router

from inbox.errors import WarmlineError
from inbox.house import House
from inbox.running import Running
from inbox.settings import Settings
from ui import denials, guards, health, live, password, problems, render, sign_in
from ui.api import fhir, gate
from ui.routes import API, DOORS, SCREENS

STATIC = Path(__file__).parent / "static"


def create_app(settings: Settings, *, house: House | None = None) -> Litestar:
    """The whole web application. `house` lets a test bring its own clock."""
    app = unsettled()
    settle(app, house or House(settings))
    return app


def settle(app: Litestar, house: House) -> None:
    """Puts a house behind the doors. Whatever the application remembers of an earlier one is gone."""
    app.state.clear()
    app.state.house = house
    app.state.update(live.renderers(house))


@asynccontextmanager
async def _running(app: Litestar) -> AsyncIterator[None]:
    app.state.running = Running(app.state.house)
    async with app.state.running:
        yield


def unsettled() -> Litestar:
    """Doors, screens and socket around no house yet: some three hundred routes, which take half a second to build."""
    return Litestar(
        route_handlers=[
            *_routers(),
            create_static_files_router(
                path=render.STATIC_PATH,
                directories=[STATIC],
                cache_control=CacheControlHeader(public=True, max_age=31_536_000, immutable=True),
                opt={"scope": "public"},
                include_in_schema=False,
            ),
        ],
        lifespan=[_running],
        middleware=[guards.Doorman(), denials.Denials()],
        before_send=[guards.dress],
        dependencies={
            "house": Provide(guards.provide_house, sync_to_thread=False),
            "caller": Provide(guards.provide_caller, sync_to_thread=False),
        },
        exception_handlers={
            WarmlineError: problems.on_house_error,
            HTTPException: problems.on_framework_error,
            Exception: problems.on_surprise,
        },
        openapi_config=OpenAPIConfig(
            title="Warmline", version="1", path="/api/schema", render_plugins=[JsonRenderPlugin(path="/openapi.json")]
        ),
        logging_config=None,
        request_max_body_size=1 << 20,
    )


def _routers() -> Sequence[Any]:
    staff = Router(
        path="/",
        route_handlers=SCREENS,
        guards=[guards.staff, gate.refuse_unstorable],
        opt={"scope": "staff"},
        include_in_schema=False,
    )
    api = Router(path="/api", route_handlers=API, guards=[guards.staff], opt={"scope": "staff"})
    newcomers = Router(
        path="/",
        route_handlers=password.HANDLERS,
        guards=[guards.newcomer],
        opt={"scope": "staff"},
        include_in_schema=False,
    )
    doors = Router(
        path="/",
        route_handlers=[*DOORS, *sign_in.HANDLERS, *health.HANDLERS, *live.HANDLERS],
        opt={"scope": "public"},
        include_in_schema=False,
    )
    return [staff, api, fhir.API, newcomers, doors]
