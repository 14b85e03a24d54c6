"""The chat socket as the widget and a program meet it: stored before the acknowledgement, resumed whole, told live."""

import asyncio
import hashlib
import hmac
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import select, update
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from channels import chat
from inbox import accounts
from inbox.house import House
from inbox.keys import Keys
from inbox.live import Hub
from inbox.practice import Practice, publish
from inbox.presence import Word
from inbox.settings import Settings
from inbox.store.tables import actors, arrivals, conversations, messages
from tests.support.patient_doors import patient_doors, say
from tests.support.serving import serving
from ui import cli, forms

#: A Friday evening in Los Angeles, an hour after closing.
EVENING = datetime(2026, 3, 14, 1, 0, tzinfo=UTC)
CLINIC = Practice(hours={day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")})


class Widget:
    """A clinic's chat door on a real socket; the clock stands still and nobody reads arrivals behind it."""

    def __init__(self, house: House, url: str, hub: Hub) -> None:
        self.house, self.url, self.hub = house, url, hub

    def open(self, token: str = "", **options: Any) -> connect:
        query = f"?session={token}" if token else ""
        return connect(f"{self.url.replace('http', 'ws')}/chat/live{query}", proxy=None, **options)

    def stored(self) -> list[Any]:
        with self.house.database.snapshot() as reading:
            wanted = select(arrivals).where(arrivals.c.channel == "chat").order_by(arrivals.c.id)
            return list(reading.all(wanted))

    def say(self, token: str, text: str, **facts: Any) -> int:
        return say(self.house, token, text, **facts)

    def deliver(self, message: int) -> None:
        with self.house.database.transaction() as unit:
            unit.execute(update(messages).where(messages.c.id == message).values(status="delivered"))
            unit.record("message.delivered", actor_id=None)


@pytest.fixture
async def widget(fresh_database: Any, tmp_path: Path) -> AsyncIterator[Widget]:
    house = House(Settings(data_dir=tmp_path, database_url=fresh_database("sqlite")), clock=lambda: EVENING)
    with house.database.transaction() as unit:
        publish(unit, CLINIC, actor=None)
    hub = Hub(house)
    async with serving(patient_doors(house, hub)) as url:
        yield Widget(house, url, hub)


async def hear(socket: ClientConnection, seconds: float = 5) -> Any:
    return msgspec.json.decode(await asyncio.wait_for(socket.recv(), seconds))


async def write(socket: ClientConnection, client_id: str, text: str, **more: Any) -> None:
    await socket.send(msgspec.json.encode({"client_id": client_id, "text": text, **more}).decode())


async def silence(socket: ClientConnection, seconds: float = 0.4) -> bool:
    try:
        await asyncio.wait_for(socket.recv(), seconds)
    except TimeoutError:
        return True
    return False


async def test_a_message_is_acknowledged_once_it_is_stored_and_a_repeat_changes_nothing(widget: Widget) -> None:
    async with widget.open() as socket:
        token = (await hear(socket))["session"]
        await write(socket, "c-1", "Is the clinic open?", name="Tomás")
        assert await hear(socket) == {"ack": "c-1", "at": "2026-03-14T01:00:00Z"}
        await socket.send('{"text": "Is the clinic open?",  "client_id": "c-1"}')
        assert await hear(socket) == {"ack": "c-1", "at": "2026-03-14T01:00:00Z"}
    (row,) = widget.stored()
    session = chat.open_token(token, widget.house.keys.chat)
    assert (row.door, row.account, row.headers) == ("chat", "chat", {"x-chat-session": session})
    inbound = chat.parse(chat.DoorRequest(row.url, row.headers, row.body), session)
    assert (inbound.external_id, inbound.text, inbound.sender_name) == (row.external_id, "Is the clinic open?", "Tomás")


async def test_the_same_id_with_other_words_is_kept_for_people_to_see(widget: Widget) -> None:
    async with widget.open() as socket:
        await hear(socket)
        for text in ("one", "two"):
            await write(socket, "c-1", text)
            assert (await hear(socket))["ack"] == "c-1"
    assert [row.reason.partition(":")[0] for row in widget.stored()] == ["", "conflict"]


async def test_a_session_resumes_with_its_thread_and_nobody_elses(widget: Widget) -> None:
    async with widget.open() as socket:
        token = (await hear(socket))["session"]
    other = chat.token(chat.new_session(), widget.house.keys.chat)
    asked = widget.say(token, "May I come today?", client_id="c-1")
    answered = widget.say(token, "Yes, at 4.", minute=1)
    widget.say(other, "Not for you.")
    async with widget.open(token) as socket:
        frames = [await hear(socket) for _ in range(3)]
        assert await silence(socket)
    assert frames == [
        {"session": token},
        {
            "id": str(asked),
            "at": "2026-03-14T01:00:00Z",
            "text": "May I come today?",
            "author": "",
            "direction": "in",
            "client_id": "c-1",
        },
        {
            "id": str(answered),
            "at": "2026-03-14T01:01:00Z",
            "text": "Yes, at 4.",
            "author": "Jess Moreno",
            "direction": "out",
        },
    ]


async def test_an_answer_arrives_live_once_it_has_left_and_only_once(widget: Widget) -> None:
    async with widget.open() as socket:
        token = (await hear(socket))["session"]
        held = widget.say(token, "Wait, not yet.", status="queued")
        widget.say(token, "Hello!")
        assert (await hear(socket))["text"] == "Hello!"
        assert await silence(socket)
        widget.deliver(held)
        assert (await hear(socket))["text"] == "Wait, not yet."
        assert await silence(socket)


async def test_ones_own_words_are_not_echoed_but_another_tab_sees_them(widget: Widget) -> None:
    async with widget.open() as mine:
        token = (await hear(mine))["session"]
        async with widget.open(token) as tab:
            await hear(tab)
            await write(mine, "c-1", "Hello?")
            await hear(mine)
            widget.say(token, "Hello?", client_id="c-1")
            assert (await hear(tab))["client_id"] == "c-1"
            assert await silence(mine)


async def test_a_commit_of_another_process_is_found_within_moments(widget: Widget) -> None:
    async with widget.open() as socket:
        token = (await hear(socket))["session"]
        widget.house.database.published.clear()
        widget.say(token, "From far away.")
        assert (await hear(socket, 3))["text"] == "From far away."


async def test_a_program_may_resume_by_a_frame(widget: Widget) -> None:
    async with widget.open() as socket:
        token = (await hear(socket))["session"]
    widget.say(token, "Hello!")
    async with widget.open() as socket:
        assert (await hear(socket))["session"] != token
        await write(socket, "c-2", "And now?", session=token)
        frames = [await hear(socket) for _ in range(3)]
    assert [sorted(frame)[0] for frame in frames if "text" not in frame] == ["session", "ack"]
    assert [frame["text"] for frame in frames if "text" in frame] == ["Hello!"]
    (row,) = widget.stored()
    assert (row.headers["x-chat-session"], b"session" in row.body) == (token.partition(".")[0], False)


async def test_a_forged_token_begins_anew(widget: Widget) -> None:
    token = chat.token(chat.new_session(), b"another key")
    async with widget.open(token) as socket:
        assert (await hear(socket))["session"].partition(".")[0] != token.partition(".")[0]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("not json", {"error": "no frame with client_id and text"}),
        ("[1]", {"error": "no frame with client_id and text"}),
        ('{"client_id": "c-1", "text": "  "}', {"error": "an empty message", "client_id": "c-1"}),
        (
            msgspec.json.encode({"client_id": "c-1", "text": "x" * 4001}).decode(),
            {"error": "a message longer than 4000 characters", "client_id": "c-1"},
        ),
    ],
)
async def test_what_is_no_message_is_told_so_and_the_socket_goes_on(widget: Widget, text: str, answer: Any) -> None:
    async with widget.open() as socket:
        await hear(socket)
        await socket.send(text)
        assert await hear(socket) == answer
        await write(socket, "c-9", "Hello?")
        assert (await hear(socket))["ack"] == "c-9"
    assert len(widget.stored()) == 1


async def test_the_eleventh_message_at_once_is_asked_to_wait(widget: Widget) -> None:
    async with widget.open() as socket:
        await hear(socket)
        for n in range(11):
            await write(socket, f"c-{n}", "Hello?")
        frames = [await hear(socket) for _ in range(11)]
    assert [frame.get("ack") for frame in frames] == [*(f"c-{n}" for n in range(10)), None]
    assert frames[10] == {"error": "too fast", "client_id": "c-10", "retry_after": 1}
    assert len(widget.stored()) == 10


async def test_a_frame_over_the_limit_closes_the_socket(widget: Widget) -> None:
    async with widget.open() as socket:
        await hear(socket)
        await write(socket, "c-1", "x" * 33_000)
        with pytest.raises(ConnectionClosed) as closed:
            await hear(socket)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


async def test_other_sites_are_refused_and_our_own_frame_is_not(widget: Widget) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await widget.open(origin="https://evil.example")
    assert refused.value.response.status_code == 403
    async with widget.open(origin=widget.house.settings.public_url) as socket:
        assert sorted(await hear(socket)) == ["session"]


async def test_an_address_has_ten_seats_and_gets_them_back(widget: Widget) -> None:
    sockets = [await widget.open() for _ in range(10)]
    with pytest.raises(InvalidStatus):
        await widget.open()
    await sockets.pop().close()
    for _ in range(50):
        await asyncio.sleep(0.02)
        try:
            sockets.append(await widget.open())
            break
        except InvalidStatus:
            continue
    assert len(sockets) == 10
    await asyncio.gather(*(socket.close() for socket in sockets))


async def test_the_frame_says_when_we_open_and_whom_to_call(widget: Widget) -> None:
    async with httpx.AsyncClient(base_url=widget.url) as client:
        page = await client.get("/chat/frame")
        spanish = await client.get("/chat/frame?lang=es")
    assert "We are closed. We open Mon, Mar 16, 8:00 AM. Leave a message and we answer then." in page.text
    assert "Estamos cerrados. Abrimos: lunes 16 de marzo, 8:00 a. m." in spanish.text
    assert '<a href="tel:911">911</a>' in page.text
    assert "frame-ancestors *;" in page.headers["content-security-policy"]
    assert page.headers.get("set-cookie") is None


async def test_loader_and_frame_hold_their_budgets(widget: Widget) -> None:
    import gzip

    static = Path(forms.__file__).parent / "static" / "patient"
    async with httpx.AsyncClient(base_url=widget.url) as client:
        loader = (await client.get("/chat/widget.js")).content
        page = (await client.get("/chat/frame")).content
    opened = [page, (static / "chat.css").read_bytes(), *(file.read_bytes() for file in (static / "chat").glob("*.js"))]
    assert len(gzip.compress(loader)) <= 3_000
    assert sum(len(gzip.compress(part)) for part in opened) <= 15_000


PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 1000


async def post_file(widget: Widget, token: str, content: bytes, **fields: str) -> httpx.Response:
    given = {"session": token, "client_id": "f-1", **fields}
    async with httpx.AsyncClient() as client:
        files = {"file": ("rash <1>.png", content, "image/png")}
        return await client.post(f"{widget.url}/chat/files", data=given, files=files)


async def test_a_picture_is_stored_before_it_is_acknowledged_and_a_repeat_changes_nothing(widget: Widget) -> None:
    async with widget.open() as socket:
        token = (await hear(socket))["session"]
    answers = [await post_file(widget, token, PNG) for _ in range(2)]
    assert [(answer.status_code, answer.json()["ack"]) for answer in answers] == [(202, "f-1")] * 2
    (row,) = widget.stored()
    session = chat.open_token(token, widget.house.keys.chat)
    said = chat.parse_file(chat.DoorRequest(row.url, row.headers, row.body), session)
    assert (row.door, said.text, said.attachments[0].content_type) == ("chat.file", "rash <1>.png", "image/png")
    assert (said.sender, said.attachments[0].content) == (chat.Address("chat", session), PNG)


@pytest.mark.parametrize(
    ("content", "fields", "status"),
    [
        (b"MZ\x90\x00 a program", {}, 422),
        (PNG, {"client_id": ""}, 422),
        (PNG, {"session": "forged.token"}, 403),
        (PNG + b"x" * (11 << 20), {}, 413),
    ],
)
async def test_what_is_no_picture_of_a_known_chat_is_refused_in_words(
    widget: Widget, content: bytes, fields: dict[str, str], status: int
) -> None:
    async with widget.open() as socket:
        token = (await hear(socket))["session"]
    answer = await post_file(widget, token, content, **fields)
    assert (answer.status_code, answer.json()["status"], widget.stored()) == (status, status, [])


async def test_the_patient_is_told_when_the_conversation_has_ended_and_goes_on(widget: Widget) -> None:
    def close(state: str) -> None:
        with widget.house.database.transaction() as unit:
            unit.execute(update(conversations).values(state=state))
            unit.record("conversation.closed", actor_id=None)

    async with widget.open() as socket:
        token = (await hear(socket))["session"]
        widget.say(token, "All done. Good bye!")
        assert (await hear(socket))["text"] == "All done. Good bye!"
        close("closed")
        assert await hear(socket) == {"ended": True}
        close("open")
        assert await hear(socket) == {"ended": False}


HOUR = int(EVENING.timestamp()) + 3600


def signed(widget: Widget, user: str, until: int = HOUR, proof: str | None = None) -> str:
    made = hmac.new(widget.house.keys.chat_site.encode(), f"{user}\n{until}".encode(), hashlib.sha256).hexdigest()
    given = {"user": user, "until": until, "proof": made if proof is None else proof}
    return msgspec.json.encode(given).decode()


async def test_a_user_of_the_clinics_site_has_one_thread_on_all_devices_and_is_known(widget: Widget) -> None:
    async with widget.open() as phone, widget.open() as desk:
        await hear(phone), await hear(desk)
        for socket in (phone, desk):
            await socket.send(signed(widget, "u-7"))
        (mine,), (same,) = (await hear(phone)).values(), (await hear(desk)).values()
        await write(phone, "c-1", "Is my bill paid?")
        await hear(phone)
    assert mine == same
    (row,) = widget.stored()
    assert (row.headers["x-chat-user"], row.headers["x-chat-session"]) == ("u-7", mine.partition(".")[0])
    assert chat.parse(chat.DoorRequest(row.url, row.headers, row.body), "s").details == {"site": "u-7"}


@pytest.mark.parametrize(
    "given",
    [
        {"proof": ""},
        {"proof": "0" * 64},
        {"proof": "ñ"},
        {"until": HOUR - 3600},
        {"until": HOUR + chat.USER_SECONDS},
        {"until": -(10**30)},
    ],
)
async def test_a_user_whom_the_site_did_not_sign_for_now_stays_a_stranger(widget: Widget, given: Any) -> None:
    async with widget.open() as socket:
        token = (await hear(socket))["session"]
        await socket.send(signed(widget, "u-7", **given))
        await write(socket, "c-1", "Hello?")
        assert (await hear(socket))["ack"] == "c-1"
    (row,) = widget.stored()
    assert ("x-chat-user" in row.headers, row.headers["x-chat-session"]) == (False, token.partition(".")[0])


async def test_a_proof_that_runs_out_during_the_chat_says_nothing_of_what_is_written_after(widget: Widget) -> None:
    async with widget.open() as socket:
        await hear(socket)
        await socket.send(signed(widget, "u-7"))
        await hear(socket)
        for number, late in enumerate((0, 3600)):
            widget.house.database.clock = lambda late=late: EVENING + timedelta(seconds=late)  # type: ignore[misc]  # a clock of the test's
            await write(socket, f"c-{number}", "Hello?")
            assert (await hear(socket))["ack"] == f"c-{number}"
    assert ["x-chat-user" in row.headers for row in widget.stored()] == [True, False]


async def test_what_was_on_screen_is_read_and_what_came_later_is_not(widget: Widget) -> None:
    def status(message: int) -> Any:
        with widget.house.database.snapshot() as reading:
            return reading.scalar(select(messages.c.status).where(messages.c.id == message))

    async with widget.open() as socket:
        token = (await hear(socket))["session"]
        first, later = widget.say(token, "Hello!"), widget.say(token, "Still there?", minute=1)
        await hear(socket), await hear(socket)
        await socket.send(msgspec.json.encode({"seen": str(first)}).decode())
        await write(socket, "c-1", "Yes")
        assert (await hear(socket))["ack"] == "c-1"
    assert (status(first), status(later)) == ("read", "delivered")


async def test_the_place_in_the_line_is_told_and_who_writes(widget: Widget) -> None:
    def owe(due_at: datetime | None) -> None:
        with widget.house.database.transaction() as unit:
            unit.execute(update(conversations).values(due_at=due_at, due_metric="first_response"))
            unit.record("clock.started", actor_id=None)

    async with widget.open() as socket:
        token = (await hear(socket))["session"]
        widget.say(token, "Hello!")
        await hear(socket)
        owe(EVENING)
        assert await hear(socket, 8) == {"place": {"number": 1, "minutes": None}}
        with widget.house.database.snapshot() as reading:
            conversation = reading.scalar(select(conversations.c.id))
        widget.hub.overhear(Word("s-1", 7, "Jess Moreno", conversation, typing=True, replying=False))
        assert await silence(socket, 1.5)
        widget.hub.overhear(Word("s-1", 7, "Jess Moreno", conversation, typing=True, replying=True))
        assert await hear(socket) == {"writing": "Jess"}


async def test_no_time_is_promised_while_nobody_is_there_to_keep_it(widget: Widget) -> None:
    def attend(availability: str) -> None:
        who = {"email": f"{availability}@x.example", "name": "Jess", "role": "agent", "teams": ["billing"]}
        with widget.house.database.transaction() as unit:
            publish(unit, Practice(), actor=None)
            jess = accounts.add(unit, **who, password=None, by=None)
            unit.execute(update(actors).where(actors.c.id == jess).values(availability=availability))
        widget.house.configuration.forget()

    said = []
    async with httpx.AsyncClient(base_url=widget.url) as client:
        for availability in ("off", "available"):
            attend(availability)
            said += re.findall(r"<small>([^<]*)</small>", (await client.get("/chat/frame")).text)
    assert said == ["We answer as soon as we can. If it cannot wait, please call.", "We aim to answer within a minute."]


def test_the_command_prints_what_the_site_signs_with(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WARMLINE_SECRET_KEY", "a-secret-of-the-clinic-0123456789")
    assert cli.main(["chat", "secret"]) == 0
    assert capsys.readouterr().out == f"{Keys('a-secret-of-the-clinic-0123456789').chat_site}\n"
