"""The process under measurement: what `warmline serve` runs, and beside it a door that only checks the signature.

`python -m bench.server PORT` reads its settings from the environment like any server.
"""

from __future__ import annotations

import sys
from typing import Any

from litestar import Request, Response, post

from channels import twilio
from channels.envelope import BadSignature
from inbox import settings
from ui import routes, webhooks
from ui.commands import serve
from ui.guards import house_of

SIGNATURE_ONLY = "/in/bench/signature"


@post(SIGNATURE_ONLY, request_max_body_size=webhooks.SMALL_BYTES)
async def signature_only(request: Request[Any, Any, Any]) -> Response[str]:
    """What the door of messages does without its store: the ceiling of the same framework, server and check."""
    house = house_of(request)
    door = await webhooks._door(request, house, webhooks.SMALL_BYTES)
    try:
        twilio.verify(door, twilio.pick_account(door, [house.twilio]))
    except BadSignature:
        return webhooks._forbidden()
    return webhooks._twiml("<Response/>")


if __name__ == "__main__":
    routes.DOORS.append(signature_only)
    port = int(sys.argv[1])
    sys.exit(serve.run(serve.at_port(settings.read(), port), "127.0.0.1", port))
