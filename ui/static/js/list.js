// The list that never moves under the hand: text changes at once; new, moved and gone rows wait until it is let go.
import { morph, one } from './trust.js';
import { tick } from './clock.js';

const QUIET = 1500, MOST = 200;
const rows = document.getElementById('rows');
const held = new Map();
const button = document.querySelector('[data-do=release]');
let over = false, busyUntil = 0, timer;

export const here = rows?.dataset.view;
const find = (id) => document.getElementById(`row-${id}`);
const busy = () => over || rows.contains(document.activeElement) || performance.now() < busyUntil;

export function put(id, version, key, html) {
  const old = find(id);
  if (held.get(id)?.kind === 'gone') held.delete(id);
  if (!old) return hold(id, { kind: 'new', version, key, html });
  if (Number(old.dataset.v) >= version) return;
  const fresh = one(html), was = old.dataset.k;
  if (old.querySelector('.row').hasAttribute('aria-current')) fresh.querySelector('.row').setAttribute('aria-current', 'true');
  morph(old, fresh);
  find(id).dataset.k = was;                             // morphing overwrote the key; the old place holds until released
  if (was !== key) hold(id, { kind: 'moved', version, key });
}

export function drop(id, note) {
  const old = find(id);
  if (!old) return void held.delete(id);
  old.querySelector('.row').classList.add('gone');
  if (note) old.querySelector('.say').textContent = note;
  hold(id, { kind: 'gone' });
}

function hold(id, change) {
  const before = held.get(id);
  if (before?.version > change.version) return;         // the highest version wins, not the last to arrive
  held.set(id, before?.kind === 'new' && change.kind === 'moved' ? { ...before, ...change, kind: 'new' } : change);
  if (busy()) show(); else release();
}

function show() {
  const count = { new: 0, moved: 0, gone: 0 };
  for (const { kind } of held.values()) count[kind]++;
  const words = [['new', 'new'], ['moved', 'moved'], ['gone', 'done']].filter(([kind]) => count[kind]).map(([kind, word]) => `${count[kind]} ${word}`);
  button.hidden = !words.length;
  button.querySelector('[data-text]').textContent = words.join(', ');
}

export function release() {
  const open = rows.querySelector('[aria-current]')?.closest('.item'), top = open?.getBoundingClientRect().top;
  for (const [id, change] of held) {
    const old = find(id);
    if (change.kind === 'gone') { if (old && old !== open) old.remove(); continue; }
    place(old ?? one(change.html), change.key);
  }
  held.clear();
  show();
  while (rows.children.length > MOST) rows.lastElementChild.remove();
  document.getElementById('no-rows').hidden = rows.children.length > 0;
  if (open?.isConnected) rows.scrollTop += open.getBoundingClientRect().top - top;   // what the eye is on stays
  tick(true);
}

function place(element, key) {
  element.dataset.k = key;
  let at = rows.firstElementChild;
  while (at && (at === element || at.dataset.k <= key)) at = at.nextElementSibling;
  if (element.isConnected && element.nextElementSibling === at) return;
  if (element.isConnected && rows.moveBefore) rows.moveBefore(element, at); else rows.insertBefore(element, at);
}

function touched() {
  busyUntil = performance.now() + QUIET;
  clearTimeout(timer);
  timer = setTimeout(() => held.size && !busy() && release(), QUIET + 20);
}

if (rows) {
  rows.addEventListener('pointerenter', () => { over = true; });
  rows.addEventListener('pointerleave', () => { over = false; touched(); });
  for (const type of ['pointermove', 'pointerdown', 'wheel', 'keydown', 'focusin', 'focusout']) rows.addEventListener(type, touched, { passive: true });
  button.addEventListener('click', release);
}
