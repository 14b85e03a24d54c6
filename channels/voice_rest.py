"""Twilio's REST side of calls: place one, send a leg elsewhere, hold, end. A call that was asked for and not answered
is *ambiguous*: the endpoint has no idempotency parameter, so it is never asked for twice.
"""

from __future__ import annotations

from channels.envelope import SendFailed
from channels.twilio import Account
from channels.twilio_rest import asked, connected

#: So long a phone rings before it counts as not answered.
RING_SECONDS = 25
#: "Call is not in-progress" (twilio.com/docs/api/errors/21220), and a participant or call that is not there any more.
_GONE = frozenset({"21220", "20404"})


async def place(account: Account, *, to: str, line: str, url: str, status_url: str) -> str:
    """Calls a number and answers the new call's id; its TwiML comes from `url`. SendFailed as for messages."""
    async with connected(account) as (twilio, wire):
        asking = twilio.calls.create_async(
            to=to, from_=line, url=url, method="POST", status_callback=status_url, timeout=RING_SECONDS
        )
        return str((await asked(asking, wire)).sid)


async def redirect(account: Account, call_sid: str, url: str) -> None:
    """A leg that is on goes on with the TwiML of `url`; nothing happens to one that is gone."""
    async with connected(account) as (twilio, wire):
        await _unless_gone(asked(twilio.calls(call_sid).update_async(url=url, method="POST"), wire))


async def finish(account: Account, call_sid: str) -> None:
    """Hangs up a leg; nothing happens to one that is gone."""
    async with connected(account) as (twilio, wire):
        await _unless_gone(asked(twilio.calls(call_sid).update_async(status="completed"), wire))


async def hold(account: Account, conference_sid: str, call_sid: str, *, on: bool, url: str) -> None:
    """Takes a participant out of the talk, to hear `url`, or back into it."""
    async with connected(account) as (twilio, wire):
        participant = twilio.conferences(conference_sid).participants(call_sid)
        facts = {"hold": True, "hold_url": url, "hold_method": "POST"} if on else {"hold": False}
        await _unless_gone(asked(participant.update_async(**facts), wire))


async def _unless_gone(asking: object) -> None:
    try:
        await asking  # type: ignore[misc]  # the SDK ships no types
    except SendFailed as failure:
        if failure.code not in _GONE:
            raise
