"""What is wrong with an account at the provider: asked through the real SDK, judged by rule."""

from datetime import UTC, datetime

import msgspec
import pytest

from channels.envelope import SendFailed
from channels.twilio import Account
from channels.twilio_account import Facts, Finding, Number, Service, inspect, judge, leads_to_us
from tests.support.carrier import DOCUMENT, carrier

AC, TOKEN, LINE, HOME = "AC" + "1" * 32, "2" * 32, "+14155550100", "https://inbox.example"
GOOD = Number(
    LINE,
    sms_url=f"{HOME}/in/twilio/messages#rc=5",
    sms_method="POST",
    sms_fallback_url="https://fallback.example/texts",
    voice_url=f"{HOME}/in/twilio/voice",
    voice_method="POST",
    voice_fallback_url="https://fallback.example/voicemail",
)


def found(number: Number = GOOD, lines: tuple[str, ...] = (LINE,), **facts: object) -> list[tuple[str, str, str]]:
    """All that is not ok."""
    given = msgspec.structs.replace(Facts("active", "Full", (number,)), **facts)
    return [
        (one.part, one.state, one.words.partition(":")[0]) for one in judge(given, HOME, lines) if one.state != "ok"
    ]


def test_an_account_that_is_set_up_well() -> None:
    assert found() == []
    assert list(judge(Facts("active", "Full", (GOOD,)), HOME, [LINE]))[1] == Finding(
        "hooks", "ok", "texts and calls of 1 lines are brought to us"
    )


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        ({"sms_url": "https://old.example/hook?token=secret"}, f"texts to {LINE} are brought to old.example"),
        ({"sms_url": ""}, f"texts to {LINE} are brought to nowhere"),
        ({"voice_method": "GET"}, f"calls to {LINE} are brought by GET"),
        ({"sms_fallback_url": ""}, f"texts to {LINE} have no fallback address"),
        ({"voice_fallback_url": ""}, f"calls to {LINE} have no fallback address"),
    ],
)
def test_a_hook_that_would_lose_messages_is_named_with_its_mend(changed: dict[str, str], part: str) -> None:
    state = "warn" if "fallback" in part else "fail"
    assert found(msgspec.structs.replace(GOOD, **changed)) == [("hooks", state, part)]


def test_what_else_is_wrong() -> None:
    assert found(status="suspended") == [("twilio", "fail", "the account is suspended")]
    assert found(kind="Trial") == [("twilio", "warn", "a trial account sends to verified numbers only")]
    assert found(lines=(LINE, "+14155550199"))[0] == ("hooks", "fail", "+14155550199 is no number of this account")
    assert found(lines=())[0][:2] == ("numbers", "warn")
    assert found(recording_open=True)[0][:2] == ("media", "fail")
    assert found(recording_open=False) == []


def test_a_service_takes_the_texts_unless_it_leaves_them_to_the_numbers() -> None:
    nowhere = msgspec.structs.replace(GOOD, sms_url="")
    service = Service(inbound_url=f"{HOME}/in/twilio/messages", inbound_method="POST")
    assert found(nowhere, service=service) == []
    assert found(nowhere, service=msgspec.structs.replace(service, on_number=True))[0][1] == "fail"
    unregistered = msgspec.structs.replace(service, registered=False, sticky_sender=True)
    assert [one[1] for one in found(service=unregistered)] == ["fail", "warn"]
    assert found(service=msgspec.structs.replace(service, inbound_url="https://old.example"))[0][0] == "service"


@pytest.mark.contract
@pytest.mark.skipif(not DOCUMENT.exists(), reason="no provider contracts here")
async def test_whether_our_address_leads_to_us() -> None:
    with carrier(AC, TOKEN) as (provider, url):
        assert await leads_to_us(url) is False
        provider.files["/health/live"] = ("application/json", b'{"status":"ok"}')
        assert await leads_to_us(url) is True
    assert await leads_to_us(url) is None


@pytest.mark.contract
@pytest.mark.skipif(not DOCUMENT.exists(), reason="no provider contracts here")
async def test_the_account_is_asked_through_its_api_and_nothing_is_changed() -> None:
    with carrier(AC, TOKEN) as (provider, url):
        named = {name: getattr(GOOD, name) for name in Number.__struct_fields__[1:]}
        schema = "api.v2010.account.incoming_phone_number"
        provider.numbers = [provider.document.resource(schema, phone_number=LINE, **named)]
        call, now = "CA" + "3" * 32, datetime.now(UTC)
        provider.rang(call, "+14155550142", LINE, now, now)
        provider.recordings[call] = 20
        facts = await inspect(Account(AC, (TOKEN,), api_url=url))
        with pytest.raises(SendFailed):
            await inspect(Account(AC, ("3" * 32,), api_url=url))
    assert facts == Facts("active", "Full", (GOOD,), None, recording_open=False)
    assert (provider.refused, {line.split()[0] for line in provider.asked}) == ([], {"GET"})
