"""The pretend carrier: its receipts pass the real signature door, its special numbers fail as the provider would."""

import msgspec
import pytest

from channels import sandbox
from channels.envelope import DoorRequest, Outbound, SendFailed, Sent
from channels.twilio import FORM_TYPE

OUTBOUND = Outbound(
    channel="sms",
    to="+12125552368",
    line="+12125550006",
    text="Hi",
    attempt="018f",
    status_callback="http://127.0.0.1:8000/in/twilio/status",
)


async def test_a_message_is_taken_once_whatever_the_tries() -> None:
    sent = await sandbox.send(OUTBOUND)
    assert sent == await sandbox.send(OUTBOUND)
    assert (sent.external_id[:2], len(sent.external_id), sent.status) == ("SM", 34, "queued")


@pytest.mark.parametrize(
    ("channel", "to", "expected"),
    [
        ("sms", "+12125552368", [("sent", ""), ("delivered", "")]),
        ("whatsapp", "+12125552368", [("sent", ""), ("delivered", ""), ("read", "")]),
        ("sms", "+12125550003", [("sent", ""), ("undelivered", "30003")]),
    ],
)
def test_its_receipts_pass_the_real_door(channel: str, to: str, expected: list[tuple[str, str]]) -> None:
    outbound = msgspec.convert(msgspec.to_builtins(OUTBOUND) | {"channel": channel, "to": to}, Outbound)
    seen = []
    for planned in sandbox.receipts(outbound, Sent("SM1")):
        headers = {"x-twilio-signature": planned.signature, "content-type": FORM_TYPE}
        request = DoorRequest(planned.url, headers, planned.body)
        sandbox.verify(request, sandbox.ACCOUNT)
        receipt = sandbox.parse_receipt(request)
        assert (receipt.channel, receipt.external_id, receipt.attempt) == (channel, "SM1", "018f")
        seen.append((receipt.status, receipt.code))
    assert seen == expected


@pytest.mark.parametrize(
    ("to", "code", "permanent", "ambiguous"),
    [
        ("+12125551610", "21610", True, False),
        ("+12125551211", "21211", True, False),
        ("+12125550429", "20429", False, False),
        ("+12125550500", "500", False, True),
    ],
)
async def test_special_numbers_fail_as_the_provider_would(to: str, code: str, permanent: bool, ambiguous: bool) -> None:
    with pytest.raises(SendFailed) as failed:
        await sandbox.send(msgspec.structs.replace(OUTBOUND, to=to))
    assert (failed.value.code, failed.value.permanent, failed.value.ambiguous) == (code, permanent, ambiguous)


def test_no_callback_no_receipts() -> None:
    assert sandbox.receipts(msgspec.structs.replace(OUTBOUND, status_callback=""), Sent("SM1")) == []
