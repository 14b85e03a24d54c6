// One socket a page: ordered frames (prev, seq], gapless resume, a dead line noticed and said. No polling while it lives.
import { act } from './http.js';
import { apply } from './apply.js';
import { now, sync } from './clock.js';

const SILENCE = 35000, LATE = 5000;
let seq = Number(document.body.dataset.seq), socket, tries = 0, heard = Date.now(), unacked = 0, asked = false, retry, stopped;
const waiting = [];
let frame;

export const topics = () => document.body.dataset.topics.split(' ').filter(Boolean);
export function subscribe() { tell({ topics: topics() }); }
function tell(message) { if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message)); }

export async function open() {
  clearTimeout(retry);
  if (stopped || socket) return;
  socket = {};                                          // claims the turn while the ticket is fetched
  const { ok, answer } = await act('POST', '/live/ticket');
  if (!ok) { socket = null; return again(); }
  const mine = new WebSocket(`${location.origin.replace('http', 'ws')}/live?since=${seq}&ticket=${encodeURIComponent(answer.ticket)}`, 'warmline.html.v1');
  socket = mine;
  mine.onopen = () => { tries = 0; heard = Date.now(); asked = false; subscribe(); };
  mine.onmessage = (event) => { if (socket === mine) receive(JSON.parse(event.data)); };
  mine.onclose = (event) => { if (socket === mine) { socket = null; lost(event.code); } };
}

function lost(code) {
  if (code === 4401) { stopped = true; return location.assign('/login'); }
  if (code === 4409) { stopped = true; return location.reload(); }
  again();
}

function again(least = 0) {
  clearTimeout(retry);
  retry = setTimeout(open, Math.max(least, Math.min(15000, 400 * 2 ** tries++) * (0.5 + Math.random() / 2)));
}

function receive(message) {
  heard = Date.now();
  if (message.reset) return location.reload();
  if (message.verb === 'bye') { const old = socket; socket = null; old.close(); return again(message.retry_ms ?? message.data?.retry_ms ?? 0); }
  if (message.now) sync(message.now);
  if (message.verb === 'heartbeat') { if (message.seq > seq) seq = message.seq; return ack(); }
  if (message.seq === undefined) return apply(message);   // counts and board: beside the journal
  if (message.seq <= seq) return;
  if (message.prev !== undefined && message.prev > seq) { if (!asked) tell({ resync: seq }); asked = true; return; }
  asked = false;
  seq = message.seq;
  waiting.push(message);
  frame ??= requestAnimationFrame(flush);
  setTimeout(flush, 200);                               // a hidden tab draws no frames, yet it must not fall behind
  if (++unacked >= 50) ack();
}

function flush() {
  cancelAnimationFrame(frame);
  frame = undefined;
  for (const message of waiting.splice(0)) apply(message);
}

function ack() { unacked = 0; tell({ ack: seq }); }

function watch() {
  const silent = Date.now() - heard, off = socket?.readyState !== WebSocket.OPEN;
  if (socket instanceof WebSocket && silent > SILENCE) { const old = socket; socket = null; old.close(); again(); }
  const stale = silent > SILENCE || (off && silent > LATE), strip = document.getElementById('not-live');
  if (stale && strip.hidden) {
    strip.querySelector('[data-text]').textContent = `Not live since ${new Date(heard + now() - Date.now()).toLocaleTimeString([], { hour12: false })}. You can read and write on; clocks still run.`;
  }
  strip.hidden = !stale;
  document.documentElement.classList.toggle('stale', stale);
  const dot = document.getElementById('live-dot');
  if (dot) { dot.classList.toggle('off', stale); dot.textContent = stale ? 'Not live' : 'Live'; }
}

setInterval(watch, 1000);
setInterval(() => unacked && ack(), 5000);
for (const type of ['online', 'pageshow']) addEventListener(type, () => { tries = 0; open(); });
document.addEventListener('visibilitychange', () => { if (!document.hidden) { tries = 0; open(); } });
addEventListener('pagehide', () => { const old = socket; socket = null; old?.close?.(); });
