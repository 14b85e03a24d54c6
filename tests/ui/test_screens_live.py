"""The live screen in a real browser: what a frame changes, what it never touches, what it says when it is cut off."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support import screens
from tests.support.stage import Stage, running, stage
from ui import render, timeline

pytestmark = pytest.mark.browser
DRAFT = "Hola Maria, le llamo"


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    found = screens.pages()
    base = screens.shared() | {"listed": None}
    other = render.fragment("fragments/work.html", **base, view=screens.view(id=5, version=1), panel=screens.PANEL)
    return found | {"piece:/conversations/5": other}


@pytest.fixture(scope="module")
def started(chromium: str) -> Iterator[Browser]:
    with running(chromium) as one:
        yield one


@pytest.fixture
def screen(started: Browser, pages: dict[str, str]) -> Iterator[Stage]:
    with stage(started, pages) as opened:
        yield opened


def row(number: int, **fields: object) -> str:
    return render.fragment("fragments/row.html", **screens.shared(), row=screens.row(number, "Nora Vale", **fields))  # type: ignore[arg-type]


def item(number: int, text: str, **fields: object) -> tuple[str, str, str]:
    one = timeline.item("message", screens.message(number, text, 0, **fields))
    return one.id, one.key, render.fragment("fragments/item.html", **screens.shared(), item=one, view=screens.view())


def ids(screen: Stage) -> list[str]:
    return screen.page.locator("#rows > .item").evaluate_all("rows => rows.map(row => row.id)")


def test_socket_asks_for_its_topics_with_a_ticket(screen: Stage) -> None:
    screen.open("/conversations/2")
    assert screen.sockets[0][0] == "ws://127.0.0.1:8765/live?since=4812&epoch=&ticket=T"
    screen.wait(lambda: len(screen.heard) > 1)
    assert screen.heard == [
        {"topics": ["inbox:mine", "conversation:2"]},
        {"here": 2, "typing": False, "replying": False},
    ]
    assert screen.faults == []


def test_a_new_row_takes_its_place(screen: Stage) -> None:
    screen.open("/inbox")
    before = ids(screen)
    screen.push(4813, ["row", 9, 1, "3-010010.0-9", ["mine", "open"], row(9, due=10)])
    screen.wait(lambda: screen.page.locator("#row-9").count() == 1)
    assert ids(screen) == [*before[:2], "row-9", *before[2:]]


def test_repeated_and_older_frames_change_nothing(screen: Stage) -> None:
    screen.open("/inbox")
    screen.push(4813, ["row", 3, 9, "3-010019.0-3", ["mine"], row(3, version=9, snippet="ninth")])
    screen.push(4814, ["row", 3, 8, "3-010019.0-3", ["mine"], row(3, version=8, snippet="eighth")])
    screen.push(4813, ["gone", 4, "Taken"])
    screen.push(4815, ["counts", {"mine": 12}])
    screen.wait(lambda: screen.page.locator("[data-count-of=mine]").text_content() == "12")
    assert screen.page.locator("#row-3 .say").text_content() == "ninth"
    assert screen.page.locator("#row-4").count() == 1


def test_a_gap_asks_for_what_was_missed(screen: Stage) -> None:
    screen.open("/inbox")
    screen.push(4820, ["gone", 4, "Taken"], prev=4818)
    screen.wait(lambda: {"resync": 4812} in screen.heard)
    assert screen.page.locator("#row-4").count() == 1


def test_heartbeat_moves_the_cursor_over_what_i_may_not_see(screen: Stage) -> None:
    screen.open("/inbox")
    screen.push(4830, verb="heartbeat", now="2026-11-22T18:45:00Z")
    screen.push(4831, ["counts", {"mine": 3}])
    screen.wait(lambda: screen.page.locator("[data-count-of=mine]").text_content() == "3")
    assert {"ack": 4830} in screen.heard


def test_list_holds_still_under_the_hand_and_lets_go_on_the_key(screen: Stage) -> None:
    screen.open("/inbox")
    before = ids(screen)
    screen.page.hover("#row-3")
    screen.push(4813, ["row", 9, 1, "0-000000.0-9", ["mine"], row(9)], ["gone", 4, "Resolved by Dana"])
    screen.wait(lambda: screen.page.locator("[data-do=release] [data-text]").text_content() == "1 new, 1 done")
    assert ids(screen) == before
    assert screen.page.locator("#row-4 .say").text_content() == "Resolved by Dana"
    screen.page.keyboard.press(".")
    screen.wait(lambda: screen.page.locator("#row-9").count() == 1)
    assert ids(screen) == ["row-9", *[one for one in before if one != "row-4"]]


def test_a_row_that_left_the_view_leaves_the_list(screen: Stage) -> None:
    screen.open("/inbox")
    screen.push(4813, ["row", 4, 4, "3-1", ["queue:nursing"], row(4, version=4)])
    screen.wait(lambda: screen.page.locator("#row-4").count() == 0)


def test_typing_survives_every_patch(screen: Stage) -> None:
    screen.open("/conversations/2")
    screen.page.fill("#words", DRAFT)
    screen.page.focus("#words")
    head = render.fragment("fragments/head.html", **screens.shared(), view=screens.view(version=38, owner=screens.DANA))
    identity, key, html = item(99, "¿Hola?")
    screen.push(4813, ["panel", 2, "head", 38, head], ["item", 2, identity, key, html])
    screen.wait(lambda: screen.page.locator("#message-99").count() == 1)
    assert screen.page.locator("#head-2 span[data-owner]").text_content() == "Dana Kim"
    assert screen.page.input_value("#words") == DRAFT
    assert screen.page.evaluate("document.activeElement.id") == "words"


def test_the_words_of_a_patient_stay_words(screen: Stage) -> None:
    screen.open("/conversations/2")
    identity, key, html = item(98, "<img src=x onerror=alert(1)><script>alert(2)</script>")
    screen.push(4813, ["item", 2, identity, key, html])
    screen.wait(lambda: screen.page.locator("#message-98").count() == 1)
    assert (
        screen.page.locator("#message-98 .bub").inner_text() == "<img src=x onerror=alert(1)><script>alert(2)</script>"
    )
    assert screen.faults == []


def test_a_fragment_with_a_handler_is_refused(screen: Stage) -> None:
    screen.open("/conversations/2")
    screen.push(4813, ["item", 2, "message-97", "9", '<li id="message-97"><img src="x" onerror="alert(1)"></li>'])
    screen.wait(lambda: screen.faults != [])
    assert screen.page.locator("#message-97").count() == 0


def test_sending_clears_the_words_only_when_the_server_has_them(screen: Stage) -> None:
    screen.open("/conversations/2")
    screen.answers["/conversations/2/replies"] = (503, {"title": "Not available right now", "detail": "Try again."})
    screen.page.fill("#words", DRAFT)
    screen.page.keyboard.press("Control+Enter")
    screen.wait(lambda: screen.page.locator("#composer > [data-problem]").is_visible())
    assert screen.page.input_value("#words") == DRAFT
    screen.answers["/conversations/2/replies"] = (201, {"id": 5})
    screen.page.keyboard.press("Control+Enter")
    screen.wait(lambda: screen.page.input_value("#words") == "")
    first, second = [body for _, path, body in screen.sent if path == "/conversations/2/replies"]
    assert first == second
    assert {key: first[key] for key in first if key != "client_id"} == {
        "text": DRAFT,
        "channel": "sms",
        "to": "+14155550142",
        "base_seq": 4800,
        "override": False,
    }


def test_somebody_answered_meanwhile(screen: Stage) -> None:
    screen.open("/conversations/2")
    screen.answers["/conversations/2/replies"] = (409, {"title": "x", "detail": "Dana Kim replied."})
    screen.page.fill("#words", DRAFT)
    screen.page.keyboard.press("Control+Enter")
    screen.wait(lambda: screen.page.locator("[data-held]").is_visible())
    screen.answers["/conversations/2/replies"] = (201, {"id": 5})
    screen.page.click("[data-do=anyway]")
    screen.wait(lambda: screen.page.input_value("#words") == "")
    assert [body["override"] for _, path, body in screen.sent if path == "/conversations/2/replies"] == [False, True]


def test_draft_waits_in_its_own_conversation(screen: Stage) -> None:
    screen.answers["/conversations/2/draft"] = (503, {"title": "Not right now"})
    screen.open("/conversations/2")
    screen.page.fill("#words", DRAFT)
    screen.page.click("#row-5 a")
    screen.wait(lambda: screen.page.locator("#main[data-id='5']").count() == 1)
    assert screen.page.input_value("#words") == ""
    asked = [one for one in screen.heard if "here" not in one]
    assert asked[-2:] == [{"topics": ["inbox:mine", "conversation:5"]}, {"resync": 4812}]
    screen.page.go_back()
    screen.page.reload()
    screen.wait(lambda: screen.page.locator("#main[data-id='2']").count() == 1)
    screen.wait(lambda: screen.page.input_value("#words") == DRAFT)


def test_a_pane_just_opened_shows_what_came_while_it_was_fetched(screen: Stage) -> None:
    screen.open("/conversations/2")
    screen.push(4813, ["counts", {"mine": 1}])
    screen.page.click("#row-5 a")
    screen.wait(lambda: {"resync": 4812} in screen.heard)
    identity, key, html = item(96, "¿Hola?")
    screen.push(4813, ["item", 5, identity, key, html])
    screen.wait(lambda: screen.page.locator("#line-5 > #message-96").count() == 1)


def test_frames_beside_the_journal_do_not_move_the_cursor(screen: Stage) -> None:
    screen.open("/inbox")
    screen.sockets[-1][1].send('{"verb":"counts","topic":"inbox","data":{"ops":[["counts",{"mine":100}]]}}')
    screen.wait(lambda: screen.page.locator("[data-count-of=mine]").text_content() == "99+")
    screen.push(4813, ["counts", {"mine": 2}])
    screen.wait(lambda: screen.page.locator("[data-count-of=mine]").text_content() == "2")


def test_what_left_my_sight_leaves_the_list(screen: Stage) -> None:
    screen.open("/inbox")
    screen.push(4813, verb="gone", data={"conversation_id": 4})
    screen.wait(lambda: screen.page.locator("#row-4").count() == 0)


def test_keys_work_outside_fields_and_never_inside(screen: Stage) -> None:
    screen.open("/conversations/2")
    screen.page.keyboard.press("n")
    screen.page.keyboard.type("e is a letter")
    assert screen.page.input_value("#words") == "e is a letter"
    assert screen.page.locator("form.box").get_attribute("data-mode") == "note"
    screen.page.keyboard.press("Escape")
    screen.page.keyboard.press("e")
    assert screen.page.locator("#close").get_attribute("open") == ""
    screen.page.keyboard.press("Escape")
    screen.wait(lambda: screen.page.evaluate("document.activeElement === document.body"))
    screen.page.keyboard.press("j")
    assert screen.page.evaluate("document.activeElement.closest('li').id") == "row-3"


def test_closing_sends_what_the_form_says_and_shows_what_is_missing(screen: Stage) -> None:
    screen.open("/conversations/2")
    missing = [{"field": "disposition", "detail": "a nurse says what was done"}]
    screen.answers["/conversations/2/closure"] = (
        422,
        {"title": "t", "detail": "Some fields need another look", "errors": missing},
    )
    screen.page.keyboard.press("e")
    screen.page.select_option("#close [name=waiver]", "told_on_phone")
    screen.page.click("#close button.pri")
    screen.wait(lambda: screen.page.locator("#close [data-problem]").is_visible())
    assert screen.page.locator("#close [data-problem]").text_content() == (
        "Some fields need another look\ndisposition: a nurse says what was done"
    )
    body = screen.sent[-1][2]
    assert {key: body[key] for key in body if key != "client_id"} == {"outcome": "resolved", "waiver": "told_on_phone"}


def test_a_dead_line_is_said_and_mended(screen: Stage) -> None:
    screen.page.clock.install()
    screen.open("/inbox")
    screen.answers["/live/ticket"] = (503, {"title": "x"})
    screen.sockets[0][1].close(code=1012)
    screen.page.clock.run_for(7000)
    screen.wait(lambda: screen.page.locator("#not-live").is_visible())
    assert screen.page.locator("#live-dot").text_content() == "Not live"
    screen.answers["/live/ticket"] = (201, {"ticket": "T2"})
    screen.page.clock.run_for(20_000)
    screen.wait(lambda: len(screen.sockets) == 2)
    screen.page.clock.run_for(2000)
    screen.wait(lambda: screen.page.locator("#not-live").is_hidden())
    assert screen.sockets[1][0] == "ws://127.0.0.1:8765/live?since=4812&epoch=&ticket=T2"


def test_clocks_run_on_the_servers_time(screen: Stage) -> None:
    screen.open("/conversations/2")
    screen.push(4813, verb="heartbeat", now="2026-11-22T18:52:05Z")
    screen.wait(lambda: screen.page.locator("#row-2 .sla.late").count() == 1)
    assert screen.page.locator("#row-2 .sla [data-text]").text_content() == "−1m"


def test_the_board_is_replaced_whole(screen: Stage) -> None:
    screen.open("/board")
    assert screen.heard == [{"topics": ["board"]}]
    html = render.fragment("fragments/board.html", **screens.shared(), board=screens.board()).replace(">112<", ">113<")
    screen.push(4813, ["board", html])
    screen.wait(lambda: screen.page.locator(".kpi .v").nth(3).text_content() == "113")
    assert screen.faults == []


def test_theme_is_kept_in_a_cookie(screen: Stage) -> None:
    screen.open("/inbox")
    screen.page.click("[data-do=theme]")
    assert screen.page.evaluate("[document.documentElement.dataset.theme, document.cookie]") == ["dark", "theme=dark"]


def test_a_moment_is_typed_in_the_clinics_time_wherever_the_machine_stands(screen: Stage) -> None:
    screen.open("/conversations/2")
    screen.page.keyboard.press("s")
    until = screen.page.locator("#snooze [name=until]")
    assert until.input_value() == "2026-11-22T11:42"
    for typed in ("2026-11-22T13:05", "2027-03-14T03:30", "2027-06-01T08:00"):
        until.fill(typed)
        screen.page.locator("#snooze button.pri").click()
        screen.wait(lambda: screen.page.locator("#snooze[open]").count() == 0)
        screen.page.keyboard.press("s")
    assert [body["until"] for _, path, body in screen.sent if path.endswith("/snooze")] == [
        "2026-11-22T21:05:00.000Z",
        "2027-03-14T10:30:00.000Z",
        "2027-06-01T15:00:00.000Z",
    ]


def test_escape_leaves_the_search_and_single_keys_work_again(screen: Stage) -> None:
    screen.open("/inbox")
    screen.page.keyboard.press("/")
    screen.page.keyboard.type("ma")
    screen.page.keyboard.press("Escape")
    screen.page.keyboard.press("?")
    assert screen.page.locator("dialog[open]").get_attribute("id") == "shortcuts"


def test_choosing_among_all_patients_goes_back_to_the_conversation(screen: Stage) -> None:
    screen.open("/patients?about=2")
    screen.page.locator("text=About them").first.click()
    screen.page.wait_for_url("**/conversations/2")
    chosen = screens.SUMMARIES[0].id
    assert [one for one in screen.sent if one[1].endswith("/identity")] == [
        ("POST", "/conversations/2/identity", {"patient_id": chosen})
    ]
