"""The process under measurement: the whole application, and beside it a door that only checks the signature.

`python -m bench.server PORT` reads its settings from the environment like any server.
"""

from __future__ import annotations

import sys
from typing import Any

import uvicorn
from litestar import Request, Response, post

from channels import twilio
from channels.envelope import BadSignature
from inbox.settings import read
from ui import webhooks
from ui.app import create_app
from ui.guards import house_of

SIGNATURE_ONLY = "/in/bench/signature"


@post(SIGNATURE_ONLY, opt={"scope": "public"}, request_max_body_size=webhooks.SMALL_BYTES)
async def signature_only(request: Request[Any, Any, Any]) -> Response[str]:
    """What the door of messages does without its store: the ceiling of the same framework, server and check."""
    house = house_of(request)
    door = await webhooks._door(request, house, webhooks.SMALL_BYTES)
    try:
        twilio.verify(door, twilio.pick_account(door, [house.twilio]))
    except BadSignature:
        return webhooks._forbidden()
    return webhooks._twiml("<Response/>")


def main(port: int) -> None:
    """Serves until SIGTERM."""
    app = create_app(read())
    app.register(signature_only)
    config = uvicorn.Config(
        app,
        port=port,
        loop="uvloop",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
