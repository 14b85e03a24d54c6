"""What the webhooks missed is fetched from the provider's lists by the real SDK; a send in doubt is looked up there."""

from collections.abc import Iterator

import msgspec
import pytest
from sqlalchemy import select

from inbox import backfill, media, practice, template, watch, worker
from inbox.errors import Invalid
from inbox.practice import Line, Practice
from inbox.settings import DEMO_ACCOUNT_SID
from inbox.store import tables as t
from tests.support.carrier import DOCUMENT, Carrier, carrier
from tests.support.house import HOUR, LINE, MARIA, MINUTE, SECOND, Clinic

pytestmark = [
    pytest.mark.contract,
    pytest.mark.skipif(not DOCUMENT.exists(), reason="no provider contracts here"),
]


@pytest.fixture
def provider(clinic: Clinic) -> Iterator[Carrier]:
    """The clinic's line at a provider that can be asked."""
    with carrier(DEMO_ACCOUNT_SID, "demo-token", lambda: clinic.now) as (made, url):
        clinic.house.settings = msgspec.structs.replace(clinic.house.settings, twilio_api_url=url)
        clinic.act(practice.publish, Practice(lines=(Line(LINE), Line("contact"))), actor=None)
        clinic.house.configuration.forget()
        yield made


def look(clinic: Clinic) -> None:
    """One look as the timers begin it, and what it brings."""
    watch.sweep(clinic.house)
    worker.work_off(clinic.house, "bulk")
    worker.work_off(clinic.house, "inbound")


def bodies(clinic: Clinic) -> list[str]:
    return [row.body for row in clinic.all(select(t.messages).order_by(t.messages.c.at, t.messages.c.id))]


def test_what_came_while_we_were_down_arrives_once_at_its_own_time(clinic: Clinic, provider: Carrier) -> None:
    look(clinic)
    clinic.land(clinic.sms("Heard", sid="SM" + "a" * 32))
    missed = clinic.now + MINUTE
    provider.came("SM" + "a" * 32, MARIA, LINE, "Heard", clinic.now)
    provider.came("SM" + "b" * 32, MARIA, LINE, "Not heard", missed)
    provider.came("SM" + "c" * 32, f"whatsapp:{MARIA}", f"whatsapp:{LINE}", "Nor this", missed + SECOND)
    provider.came("SM" + "d" * 32, MARIA, "+14155550999", "Somebody else's", missed)
    clinic.move(HOUR)
    look(clinic)
    assert bodies(clinic) == ["Heard", "Not heard", "Nor this"]
    late = clinic.all(select(t.messages).where(t.messages.c.body == "Not heard"))[0]
    assert (late.at, late.received_at) == (missed, clinic.now)
    clinic.move(MINUTE * 3)
    head = clinic.head()
    look(clinic)
    assert (bodies(clinic), clinic.head()) == (["Heard", "Not heard", "Nor this"], head)
    assert provider.refused == []


def test_a_hook_that_is_still_on_its_way_is_waited_for(clinic: Clinic, provider: Carrier) -> None:
    look(clinic)
    clinic.move(MINUTE * 3)
    provider.came("SM" + "b" * 32, MARIA, LINE, "Just now", clinic.now - MINUTE)
    look(clinic)
    assert bodies(clinic) == []
    (arrival,) = clinic.land(clinic.sms("Just now", sid="SM" + "b" * 32))
    clinic.move(MINUTE * 5)
    look(clinic)
    assert (arrival.state, bodies(clinic)) == ("received", ["Just now"])


def test_a_missed_call_with_its_voicemail_is_a_conversation(clinic: Clinic, provider: Carrier) -> None:
    look(clinic)
    call = "CA" + "e" * 32
    provider.rang(call, MARIA, LINE, clinic.now, clinic.now + MINUTE)
    provider.recordings[call] = 40
    clinic.move(HOUR)
    look(clinic)
    (row,) = clinic.all(select(t.calls))
    assert (row.sid, row.ended_at is not None, row.recording is not None) == (call, True, True)
    clinic.move(MINUTE * 3)
    look(clinic)
    assert clinic.count(t.calls) == clinic.count(t.conversations) == 1


def test_a_missed_picture_is_fetched_and_kept_as_what_it_is(clinic: Clinic, provider: Carrier) -> None:
    look(clinic)
    provider.came("MM" + "b" * 32, MARIA, LINE, "My card", clinic.now, files=1)
    path = f"/2010-04-01/Accounts/{DEMO_ACCOUNT_SID}/Messages/MM{'b' * 32}/Media/ME{0:032x}"
    provider.files[path] = ("image/png", b"\xff\xd8\xff\xe0 a photo")
    clinic.move(HOUR)
    look(clinic)
    for queue in ("inbound", "bulk"):
        worker.work_off(clinic.house, queue)
    (file,) = clinic.all(select(t.attachments))
    assert (file.state, file.content_type, file.filename) == ("stored", "image/jpeg", "media-1.png")


def test_the_token_goes_to_the_api_alone(clinic: Clinic, provider: Carrier) -> None:
    assert set(media.credentials(clinic.house)) == {"api.twilio.com", "127.0.0.1"}


def test_a_missed_receipt_moves_its_message(clinic: Clinic, provider: Carrier) -> None:
    look(clinic)
    message = clinic.answer(clinic.landed())
    clinic.send_out()
    assert clinic.message(message).status == "accepted"
    provider.messages[0] |= {"status": "undelivered", "error_code": 30005}
    clinic.move(MINUTE * 3)
    look(clinic)
    said = clinic.message(message)
    assert (said.status, said.error) == ("failed", "This number is unknown or no longer in service.")


def test_a_provider_that_cannot_be_asked_is_asked_again_from_where_it_was(clinic: Clinic, provider: Carrier) -> None:
    look(clinic)
    provider.came("SM" + "b" * 32, MARIA, LINE, "Patience", clinic.now)
    provider.token = "changed meanwhile"
    clinic.move(HOUR)
    look(clinic)
    (job,) = clinic.all(select(t.jobs).where(t.jobs.c.kind == "backfill", t.jobs.c.state == "pending"))
    assert (job.last_error, bodies(clinic)) == ("SendFailed", [])
    provider.token = "demo-token"
    clinic.move(HOUR)
    look(clinic)
    assert bodies(clinic) == ["Patience"]


def test_more_than_a_page_is_read_to_its_end(clinic: Clinic, provider: Carrier) -> None:
    look(clinic)
    for number in range(120):
        provider.came(f"SM{number:032x}", f"+1415300{number:04d}", LINE, f"Text {number}", clinic.now)
    clinic.move(HOUR)
    look(clinic)
    assert len(bodies(clinic)) == 120


def test_a_template_that_whatsapp_refuses_is_not_sent(clinic: Clinic, provider: Carrier) -> None:
    sid = "HX" + "3" * 32
    words = template.Written("hours", "en", "Hours", {"": "We open at eight."}, sid)
    written = clinic.act(template.write, actor=clinic.supervisor, written=words)
    clinic.act(template.approve, actor=clinic.supervisor, template_id=written)
    conversation = clinic.landed(from_=f"whatsapp:{MARIA}")
    for judged in ("rejected", "approved"):
        provider.approvals[sid] = judged
        clinic.move(HOUR)
        look(clinic)
        if judged == "rejected":
            with pytest.raises(Invalid) as refused:
                clinic.answer(conversation, "", channel="whatsapp", template="hours")
            assert refused.value.fields == {"template": "is rejected at WhatsApp; choose another"}
    message = clinic.message(clinic.answer(conversation, "", channel="whatsapp", template="hours"))
    assert (message.template, message.body) == (sid, "We open at eight.")


# a send in doubt


def test_a_send_in_doubt_is_found_at_the_provider(clinic: Clinic, provider: Carrier) -> None:
    provider.fault = 500
    message = clinic.answer(clinic.landed(), "Tuesday at ten?")
    clinic.send_out()
    assert clinic.message(message).status == "sending"
    clinic.move(MINUTE)
    worker.work_off(clinic.house, "bulk")
    said = clinic.message(message)
    assert (said.status, said.external_id) == ("accepted", provider.messages[0]["sid"])
    (attempt,) = clinic.all(select(t.attempts))
    assert (attempt.outcome, attempt.external_id) == ("accepted", said.external_id)
    assert provider.asked.count("POST /{AccountSid}/Messages.json") == 1


def test_two_that_fit_prove_nothing_and_it_is_unknown_after_ten_minutes(clinic: Clinic, provider: Carrier) -> None:
    provider.fault = 500
    message = clinic.answer(clinic.landed(), "Tuesday at ten?")
    clinic.send_out()
    provider.messages.append(provider.messages[0] | {"sid": "SM" + "f" * 32})
    for _ in range(10):
        assert clinic.message(message).status == "sending"
        clinic.move(MINUTE)
        worker.work_off(clinic.house, "bulk")
    assert clinic.message(message).status == "unknown"
    clinic.move(HOUR)
    worker.work_off(clinic.house, "bulk")
    assert provider.asked.count("POST /{AccountSid}/Messages.json") == 1


@pytest.mark.parametrize(
    "other", [{"body": "Wednesday?"}, {"from": "+14155550999"}, {"direction": "inbound"}, {"date_created": "old"}]
)
def test_a_message_that_does_not_fit_is_not_taken_for_ours(
    clinic: Clinic, provider: Carrier, other: dict[str, str]
) -> None:
    provider.fault = 500
    message = clinic.answer(clinic.landed(), "Tuesday at ten?")
    clinic.send_out()
    old = {"date_created": "Wed, 11 Mar 2026 16:00:00 +0000"}
    provider.messages[0] |= old if other == {"date_created": "old"} else other
    clinic.move(MINUTE)
    worker.work_off(clinic.house, "bulk")
    assert clinic.message(message).status == "sending"


def test_the_pretend_carrier_of_the_demo_has_no_lists(clinic: Clinic) -> None:
    look(clinic)
    assert clinic.all(select(t.jobs).where(t.jobs.c.kind == "backfill")) == []
    assert backfill.EVERY == 2 * MINUTE
