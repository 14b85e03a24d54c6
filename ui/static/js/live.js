// One socket a page: ordered frames (prev, seq], gapless resume, a dead line noticed and mended. No polling while it lives.
import { act } from './http.js';
import { apply } from './apply.js';
import { sync } from './clock.js';
import { heard, silence, SILENCE, watch } from './freshness.js';

let seq = Number(document.body.dataset.seq), epoch = '', socket, tries = 0, unacked = 0, asked = false, retry, stopped, frame;
let again = { from: 0, until: 0 };                      // frames of a pane just opened are shown though the cursor passed them
const waiting = [];

const topics = () => document.body.dataset.topics.split(' ').filter(Boolean);
const alive = () => socket?.readyState === WebSocket.OPEN;
function tell(message) { if (alive()) socket.send(JSON.stringify(message)); }

export function follow(head) {                          // a pane of the snapshot `head` was put in place: what came since?
  again = { from: head, until: performance.now() + 3000 };
  tell({ topics: topics() });
  tell({ resync: head });
}

export async function open() {
  clearTimeout(retry);
  if (stopped || socket) return;
  const mine = socket = {};                             // claims the turn while the ticket is fetched
  const { ok, answer } = await act('POST', '/live/ticket', undefined, { background: true });
  if (socket !== mine) return;
  socket = null;
  if (!ok) return later();
  connect(new WebSocket(`${location.origin.replace('http', 'ws')}/live?since=${seq}&epoch=${epoch}&ticket=${encodeURIComponent(answer.ticket)}`, 'warmline.html.v1'));
}

function connect(mine) {
  socket = mine;
  mine.onopen = () => { tries = 0; asked = false; heard(); tell({ topics: topics() }); };
  mine.onmessage = (event) => { if (socket === mine) receive(JSON.parse(event.data)); };
  mine.onclose = (event) => { if (socket === mine) { socket = null; lost(event.code); } };
}

function drop(least) { const old = socket; socket = null; old?.close?.(); later(least); }

function lost(code) {
  stopped = code === 4401 || code === 4409;
  if (code === 4401) location.assign('/login'); else if (code === 4409) location.reload(); else later();
}

function later(least = 0) {
  clearTimeout(retry);
  retry = setTimeout(open, Math.max(least, Math.min(15000, 400 * 2 ** tries++) * (0.5 + Math.random() / 2)));
}

function receive(message) {
  heard();
  if (message.reset) return location.reload();
  if (message.verb === 'bye') return drop(message.retry_ms ?? message.data?.retry_ms ?? 0);
  if (message.now) sync(message.now);
  if (message.epoch) epoch = message.epoch;
  if (message.verb === 'heartbeat') { seq = Math.max(seq, message.seq); return ack(); }
  if (message.seq !== undefined && !advance(message)) return;
  waiting.push(message);
  frame ??= requestAnimationFrame(flush);
  setTimeout(flush, 200);                               // a hidden tab draws no frames, yet it must not fall behind
}

function advance({ seq: next, prev }) {
  if (next <= seq) return next > again.from && performance.now() < again.until;
  if (prev > seq) { if (!asked) tell({ resync: seq }); asked = true; return false; }
  asked = false;
  seq = next;
  if (++unacked >= 50) ack();
  return true;
}

function flush() {
  cancelAnimationFrame(frame);
  frame = undefined;
  for (const message of waiting.splice(0)) {
    try { apply(message); } catch (fault) { console.error('a frame could not be shown', fault); }
  }
}

function ack() { unacked = 0; tell({ ack: seq }); }

watch(() => { if (alive() && silence() > SILENCE) drop(); return alive(); });
setInterval(() => unacked && ack(), 5000);
const back = () => { tries = 0; open(); };
for (const type of ['online', 'pageshow']) addEventListener(type, back);
document.addEventListener('visibilitychange', () => document.hidden || back());
addEventListener('pagehide', () => { const old = socket; socket = null; old?.close?.(); });
