"""What we ask of the provider during a call, through the real SDK to a server on loopback, held to its own document."""

import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import jwt
import msgspec
import pytest

from channels import voice_rest, voice_token
from channels.envelope import SendFailed
from channels.twilio import Account
from channels.voice_token import VoiceKeys
from tests.channels.test_twilio_rest import AC, CONTRACT, always, provider

CA, CF = "CA" + "1" * 32, "CF" + "2" * 32
URL = "https://inbox.example/in/twilio/voice/bridge?k=7"
PLACE = {"to": "+15005550100", "line": "+15005550006", "url": URL, "status_url": URL}
#: Each thing we ask, the path it goes to, as the document names it, and the form.
ASKED: dict[str, tuple[Callable[[Account], Awaitable[Any]], str, str, dict[str, str]]] = {
    "place": (
        lambda account: voice_rest.place(account, **PLACE),
        f"Accounts/{AC}/Calls.json",
        "/2010-04-01/Accounts/{AccountSid}/Calls.json",
        {
            "To": "+15005550100",
            "From": "+15005550006",
            "Url": URL,
            "Method": "POST",
            "StatusCallback": URL,
            "Timeout": "25",
        },
    ),
    "redirect": (
        lambda account: voice_rest.redirect(account, CA, URL),
        f"Accounts/{AC}/Calls/{CA}.json",
        "/2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json",
        {"Url": URL, "Method": "POST"},
    ),
    "finish": (
        lambda account: voice_rest.finish(account, CA),
        f"Accounts/{AC}/Calls/{CA}.json",
        "/2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json",
        {"Status": "completed"},
    ),
    "hold": (
        lambda account: voice_rest.hold(account, CF, CA, on=True, url=URL),
        f"Accounts/{AC}/Conferences/{CF}/Participants/{CA}.json",
        "/2010-04-01/Accounts/{AccountSid}/Conferences/{ConferenceSid}/Participants/{CallSid}.json",
        {"Hold": "true", "HoldUrl": URL, "HoldMethod": "POST"},
    ),
    "resume": (
        lambda account: voice_rest.hold(account, CF, CA, on=False, url=URL),
        f"Accounts/{AC}/Conferences/{CF}/Participants/{CA}.json",
        "/2010-04-01/Accounts/{AccountSid}/Conferences/{ConferenceSid}/Participants/{CallSid}.json",
        {"Hold": "false"},
    ),
}


@pytest.mark.parametrize("what", ASKED)
async def test_what_leaves_is_what_the_provider_published(what: str) -> None:
    ask, path, template, form = ASKED[what]
    async with provider(always(201, {"sid": CA, "call_sid": CA})) as (account, asked):
        await ask(account)
    ((line, body),) = asked
    sent = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    assert (line, sent) == (f"POST /2010-04-01/{path} HTTP/1.1", form)
    if CONTRACT.exists():
        document = msgspec.json.decode(CONTRACT.read_bytes())
        (content,) = document["paths"][template]["post"]["requestBody"]["content"].values()
        assert set(sent) <= set(content["schema"]["properties"])


async def test_a_leg_that_is_gone_is_no_failure() -> None:
    gone = always(404, {"code": 20404, "message": "not found", "status": 404})
    async with provider(gone) as (account, asked):
        await voice_rest.finish(account, CA)
    assert len(asked) == 1


async def test_a_call_that_nobody_can_say_was_placed_is_ambiguous() -> None:
    async with provider(lambda line, body: None) as (account, _):
        with pytest.raises(SendFailed) as failed:
            await voice_rest.place(account, **PLACE)
    assert (failed.value.ambiguous, failed.value.permanent) == (True, False)


def test_a_pass_names_its_person_and_opens_one_application_only() -> None:
    keys = VoiceKeys(AC, "SK" + "3" * 32, "a secret that is long enough for HS256", "AP" + "4" * 32)
    claims = jwt.decode(voice_token.mint(keys, 12), keys.secret, algorithms=["HS256"])
    assert (claims["iss"], claims["sub"], 0 < claims["exp"] - time.time() <= 3600) == (keys.key_sid, AC, True)
    voice = {"outgoing": {"application_sid": keys.application_sid}}
    assert claims["grants"] == {"identity": "agent-12", "voice": voice}
    assert keys.secret not in repr(keys)


@pytest.mark.parametrize(
    ("caller", "actor"), [("client:agent-12", 12), ("client:12", 0), ("+14155550142", 0), ("client:agent-x", 0)]
)
def test_whose_browser_calls(caller: str, actor: int) -> None:
    assert voice_token.actor_of(caller) == actor
