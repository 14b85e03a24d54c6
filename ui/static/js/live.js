// One socket a page: ordered frames (prev, seq], gapless resume, a dead line noticed and mended. No polling while it lives.
import { act } from './http.js';
import { apply, flush } from './apply.js';
import { sync } from './clock.js';
import { heard, silence, SILENCE, watch } from './freshness.js';
import { ring } from './bell.js';
import { shown } from './here.js';
import { lock, locked } from './lock.js';
import { refresh } from './refresh.js';

let seq = Number(document.body.dataset.seq), epoch = '', socket, tries = 0, unacked = 0, asked = false, retry, patience, frame, timer;
let again = { from: 0, until: 0 };                      // frames of a pane just opened are shown though the cursor passed them
const PATIENCE = 8000;

const topics = () => document.body.dataset.topics.split(' ').filter(Boolean);
const alive = () => socket?.readyState === WebSocket.OPEN;
const say = (name) => document.dispatchEvent(new Event(name));
export function tell(message) { if (alive()) socket.send(JSON.stringify(message)); }

export function follow(head) {                          // a pane of the snapshot `head` was put in place: what came since?
  again = { from: head, until: performance.now() + 3000 };
  tell({ topics: topics() });
  tell({ resync: head });
}

export async function open() {
  clearTimeout(retry);
  if (socket || locked()) return;
  const mine = socket = {};                             // claims the turn while the ticket is fetched
  clearTimeout(patience);
  patience = setTimeout(() => alive() || drop(), PATIENCE);   // on a dead line neither the ticket nor the socket ever answers
  const { ok, status, answer } = await act('POST', '/live/ticket', undefined, { background: true });
  if (socket !== mine) return;
  socket = null;
  if (status === 401 || status === 403) return lock();
  if (!ok) return later();
  connect(new WebSocket(`${location.origin.replace('http', 'ws')}/live?since=${seq}&epoch=${epoch}&ticket=${encodeURIComponent(answer.ticket)}`, 'warmline.html.v1'));
}

function connect(mine) {
  socket = mine;
  mine.onopen = () => { tries = 0; asked = false; heard(); tell({ topics: topics() }); say('up'); };
  mine.onmessage = (event) => { if (socket === mine) receive(JSON.parse(event.data)); };
  mine.onclose = () => { if (socket === mine) { socket = null; later(); } };
}

function hangUp() { const old = socket; socket = null; old?.close?.(); clearTimeout(retry); clearTimeout(patience); }

function drop(least) { hangUp(); later(least); }

function later(least = 0) {                             // whatever the code was: the ticket says whether the session still holds
  clearTimeout(retry);
  retry = setTimeout(open, Math.max(least, Math.min(15000, 400 * 2 ** tries++) * (0.5 + Math.random() / 2)));
}

function receive(message) {
  heard();
  if (message.reset) return reset(message);
  if (message.verb === 'bye') return drop(message.retry_ms ?? message.data?.retry_ms ?? 0);
  if (message.verb === 'presence') return shown(message);
  if (message.now) sync(message.now);
  if (message.epoch) epoch = message.epoch;
  if (message.verb === 'heartbeat') { seq = Math.max(seq, message.seq); say('beat'); return ack(); }
  if (message.seq !== undefined && !advance(message)) return;
  apply(message);
  frame ??= requestAnimationFrame(draw);
  timer ??= setTimeout(draw, 200);                      // a hidden tab draws no frames, yet it must not fall behind
  ring(message);
}

function reset(message) {                               // too much was missed: the panes are fetched anew, the composer stays
  hangUp();
  patience = setTimeout(later, PATIENCE);
  refresh(epoch !== '' && epoch !== message.epoch).then((ok) => {
    if (ok) [seq, epoch] = [message.seq, message.epoch];
    if (!socket) later();
  });
}

function advance({ seq: next, prev }) {
  if (next <= seq) return next > again.from && performance.now() < again.until;
  if (prev > seq) { if (!asked) tell({ resync: seq }); asked = true; return false; }
  asked = false;
  seq = next;
  if (++unacked >= 50) ack();
  return true;
}

function draw() {
  cancelAnimationFrame(frame);
  clearTimeout(timer);
  frame = timer = undefined;
  flush();
}

function ack() { unacked = 0; tell({ ack: seq }); }

watch(() => { if (alive() && silence() > SILENCE) drop(); return alive(); });
setInterval(() => unacked && ack(), 5000);
const back = () => { tries = 0; open(); };
for (const type of ['online', 'pageshow', 'unlocked']) addEventListener(type, back);
document.addEventListener('visibilitychange', () => document.hidden || back());
addEventListener('pagehide', hangUp);
addEventListener('locked', hangUp);
