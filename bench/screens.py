"""What a person at the screen feels, in Chromium over a real server: opening a conversation, typing while rows change,
a burst, coming back after a cut. Ratios more than times: software draws here."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from contextlib import ExitStack

from playwright.sync_api import Page, sync_playwright

from bench import seed
from bench.figures import Figure
from bench.options import Options
from bench.people import hire
from bench.serving import served
from bench.storage import Storages
from bench.watching import crowd
from inbox import accounts, note
from inbox.house import House
from inbox.settings import read
from inbox.store import accounts as store
from ui.render import STATIC_PATH

CONVERSATIONS, MISSED = 600, 500
EMAIL, PASSWORD = "screen@clinic.example", "a long enough pass phrase"
#: Milliseconds, of ui.md section 4.
SWITCH_P95, TYPING_P98, PATCH, BURST, RECONNECT, EVENT_P95 = 100, 50, 5, 400, 1000, 250
SCREENS = 100
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]

#: From the key to the second frame after what it asked for stands there.
SWITCH = """async () => {
  const painted = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const rows = [...document.querySelectorAll('#rows .row')].slice(0, ROUNDS), took = [];
  for (const row of rows) {
    const begun = performance.now(), id = row.pathname.split('/').pop();
    row.click();
    while (document.getElementById('main')?.dataset.id !== id) await new Promise((done) => setTimeout(done, 1));
    await painted();
    took.push(performance.now() - begun);
  }
  return took;
}"""
#: From a person's act to the frame after their row of it is drawn, on the page's own clock: the same server does both.
EVENTS = """async (rounds) => {
  const { act } = await import(`${STATIC}/js/http.js`), took = [];
  const open = `row-${document.getElementById('main')?.dataset.id}`;
  const items = [...document.querySelectorAll('#rows > .item')];
  for (const { id } of items.filter((item) => item.id !== open).slice(0, rounds)) {
    const begun = performance.now(), version = document.getElementById(id).dataset.v;
    act('POST', `/conversations/${id.slice(4)}/notes`, { client_id: crypto.randomUUID(), text: 'seen' });
    while (document.getElementById(id)?.dataset.v === version) await new Promise((done) => setTimeout(done, 1));
    await new Promise(requestAnimationFrame);
    took.push(performance.now() - begun);
  }
  return took;
}"""
#: Rows patched by the page's own code, as frames would: `many` in turn or within one drawn frame, or one each 50 ms
#: while letters are typed.
PATCHING = """async ([many, together]) => {
  const { apply, flush } = await import(`${STATIC}/js/apply.js`);
  const items = [...document.querySelectorAll('#rows > .item')];
  let version = 1e6;
  const patch = () => {
    const item = items[version % items.length];
    const row = ['row', Number(item.id.slice(4)), ++version, item.dataset.k, [item.parentElement.dataset.view]];
    apply({ data: { ops: [[...row, item.outerHTML]] } });
    if (!together) flush();
  };
  const begun = performance.now();
  for (let i = 0; i < many; i++) patch();
  flush();
  if (many) return performance.now() - begun;
  window.patching = setInterval(patch, 50);
  window.typed = [];
  document.getElementById('words').addEventListener('keydown', () => {
    const begun = performance.now();
    requestAnimationFrame(() => setTimeout(() => typed.push(performance.now() - begun)));
  });
}"""


def measure(storages: Storages, options: Options) -> list[Figure]:
    """The screen's own work does not depend on the storage: SQLite."""
    with storages.fresh("sqlite") as environment, ExitStack() as stack:
        _prepare(environment)
        port, _ = stack.enter_context(served(environment))
        player = stack.enter_context(sync_playwright())
        chromium = player.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        stack.callback(chromium.close)
        page = _signed_in(chromium.new_page(viewport={"width": 1440, "height": 900}), port)
        rounds = 10 if options.quick else 40
        return [
            *_drawing(page, rounds),
            _event(page, rounds, port, hire(environment, SCREENS)),
            _reconnect(page, environment),
        ]


def _prepare(environment: Mapping[str, str]) -> None:
    house = House(read(environment))
    with house.database.transaction() as unit:
        accounts.add(unit, email=EMAIL, name="Sue Screen", role="supervisor", teams=[], password=PASSWORD, by=None)
    seed.fill(house, CONVERSATIONS)
    house.close()


def _signed_in(page: Page, port: int) -> Page:
    page.goto(f"http://127.0.0.1:{port}/login")
    page.fill("input[name=email]", EMAIL)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox*")
    page.goto(f"http://127.0.0.1:{port}/inbox?view=open")
    page.wait_for_selector("#live-dot:not(.off)")
    return page


def _drawing(page: Page, rounds: int) -> list[Figure]:
    page.evaluate(SWITCH.replace("ROUNDS", "3"))
    switch = sorted(page.evaluate(SWITCH.replace("ROUNDS", str(rounds))))
    patching = PATCHING.replace("${STATIC}", STATIC_PATH)
    page.mouse.move(5, 5)
    page.evaluate(patching, [50, False])
    one, burst = page.evaluate(patching, [200, False]) / 200, page.evaluate(patching, [1000, True])
    page.evaluate(patching, [0, False])
    page.focus("#words")
    page.keyboard.type("We look forward to seeing you on Thursday at ten. " * 2, delay=60)
    typed = sorted(page.evaluate("clearInterval(patching), typed"))
    page.fill("#words", "")
    return [
        _figure("switch conversation p95", _share(switch, 0.95), SWITCH_P95, f"{len(switch)} conversations"),
        _figure("key to paint p98", _share(typed, 0.98), TYPING_P98, f"{len(typed)} keys, 20 patches/s"),
        _figure("one live patch", one, PATCH, "mean of 200"),
        _figure("burst of 1,000", burst, BURST, "50 rows"),
    ]


def _event(page: Page, rounds: int, port: int, tokens: list[str]) -> Figure:
    """With a hundred other screens that show the same list."""
    with crowd(port, tokens, "inbox:open"):
        took = sorted(page.evaluate(EVENTS.replace("${STATIC}", STATIC_PATH), rounds))
    return _figure("event to screen p95", _share(took, 0.95), EVENT_P95, f"{len(took)} notes, {len(tokens)} screens")


def _reconnect(page: Page, environment: Mapping[str, str]) -> Figure:
    """Hung up, 500 entries later it is back: until the last one stands there, none twice."""
    number = int(page.locator("#main").get_attribute("data-id") or 0)
    rows = page.locator("#rows > .item").evaluate_all("all => all.slice(0, 49).map((one) => Number(one.id.slice(4)))")
    places = [*(one for one in rows if one != number), number]
    page.evaluate(f"import('{STATIC_PATH}/js/live.js').then((live) => live.hangUp())")
    house = House(read(environment))
    with house.database.transaction() as unit:
        found = store.by_email(unit, EMAIL)
        author = store.actor(unit, found.id) if found else None
        assert author is not None
        for place in range(MISSED):
            note.write(unit, actor=author, conversation_id=places[place % len(places)], text=f"missed {place}")
    house.close()
    begun = time.perf_counter()
    page.evaluate(f"import('{STATIC_PATH}/js/live.js').then((live) => live.open())")
    last = (MISSED // len(places)) * len(places) - 1
    page.locator(".note", has_text=f"missed {last}").wait_for(timeout=60_000)
    took = (time.perf_counter() - begun) * 1000
    doubled = page.evaluate(
        "(all => all.length - new Set(all).size)([...document.querySelectorAll('.note')].map((n) => n.id))"
    )
    return _figure("reconnect complete", took, RECONNECT, f"{MISSED} missed, {doubled} doubled")


def _share(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))]


def _figure(name: str, value: float, bar: float, note: str) -> Figure:
    return Figure(f"screen: {name}", "", value, "≤", bar, "ms", note)
