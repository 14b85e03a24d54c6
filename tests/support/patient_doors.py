"""The doors for patients alone: the real doorstep, courier and headers, and nobody behind them to read arrivals."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.static_files import create_static_files_router
from sqlalchemy import insert, select

from inbox.chat import Courier
from inbox.errors import WarmlineError
from inbox.house import House
from inbox.intake import Doorstep
from inbox.live import Hub
from inbox.store import contacts
from inbox.store.database import Transaction
from inbox.store.tables import conversations, messages
from ui import forms, guards, problems, render, secure, survey, widget


def patient_doors(house: House, hub: Hub | None = None) -> Litestar:
    """An application of forms and chat around one house; closing it closes the house."""

    @asynccontextmanager
    async def running(app: Litestar) -> AsyncIterator[None]:
        doorstep = Doorstep(house)
        app.state.running = SimpleNamespace(doorstep=doorstep, chat=Courier(house, hub or Hub(house)))
        doorstep.start()
        yield
        doorstep.stop()
        house.close()

    handlers: list[Any] = [
        Router(
            "/",
            route_handlers=[*forms.HANDLERS, *secure.HANDLERS, *survey.HANDLERS, *widget.HANDLERS],
            include_in_schema=False,
        ),
        create_static_files_router(path=render.STATIC_PATH, directories=[render.STATIC]),
    ]
    app = Litestar(
        handlers,
        lifespan=[running],
        middleware=[guards.Doorman()],
        before_send=[guards.dress],
        dependencies={"house": Provide(guards.provide_house, sync_to_thread=False)},
        exception_handlers={WarmlineError: problems.on_house_error, HTTPException: problems.on_framework_error},
        openapi_config=None,
        logging_config=None,
        request_max_body_size=1 << 20,
    )
    app.state.house = house
    return app


def say(house: House, token: str, text: str, *, status: str = "delivered", client_id: str = "", minute: int = 0) -> int:
    """A chat message straight into the tables: with a client id from the patient, else from Jess. Answers its id."""
    session = token.partition(".")[0]
    with house.database.transaction() as unit:
        contact = contacts.find_or_add(unit, "chat", session)
        message = unit.new_id()
        values = {
            "id": message,
            "conversation_id": _conversation(unit, contact.id),
            "sequence": 1,
            "direction": "in" if client_id else "out",
            "channel": "chat",
            "contact_id": contact.id,
            "account": "chat",
            "line": "chat",
            "author_kind": "patient" if client_id else "staff",
            "author_name": "" if client_id else "Jess Moreno",
            "body": text,
            "class": "phi",
            "external_id": f"{session[:24]}:{client_id}" if client_id else None,
            "status": "received" if client_id else status,
            "exempt_reason": None if client_id else "reply",
            "at": unit.now + timedelta(minutes=minute),
            "received_at": unit.now,
            "sha256": "0" * 64,
        }
        unit.execute(insert(messages), [values])
        unit.record("message.said", actor_id=None)
    return message


def _conversation(unit: Transaction, contact_id: int) -> int:
    found = unit.one(select(conversations.c.id).where(conversations.c.sender_contact_id == contact_id))
    if found:
        return int(found.id)
    values = {
        "id": unit.new_id(),
        "sender_contact_id": contact_id,
        "account": "chat",
        "channel": "chat",
        "line": "chat",
        "state": "open",
        "reason": "general_info",
        "reasons": ["general_info"],
        "priority": 3,
        "clinical": False,
        "team": "contact_center",
        "next_step_id": 1,
        "opened_at": unit.now,
        "last_at": unit.now,
    }
    unit.execute(insert(conversations), [values])
    return int(values["id"])
