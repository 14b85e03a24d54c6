// The list that never moves under the hand: text changes at once; new, moved and gone rows wait until it is let go.
import { morph, one } from './trust.js';
import { tick } from './clock.js';

const QUIET = 1500, MOST = 200;
export const rows = document.getElementById('rows');
const held = new Map();
const button = document.querySelector('[data-do=release]');
let over = false, busyUntil = 0, changed = false, timer;

export const here = rows?.dataset.view;
export const address = (more = '') => `/inbox?${rows.dataset.query}${more}`;
export const items = () => [...rows.querySelectorAll(':scope > .item')];
export const edge = (way) => rows.querySelector(`:scope > [data-edge=${way}]`);
const find = (id) => document.getElementById(`row-${id}`);
const busy = () => over || rows.contains(document.activeElement) || Boolean(rows.querySelector('.tk :checked')) || performance.now() < busyUntil;

export function put(id, version, key, html) {
  const old = find(id);
  if (!old) return outside(key) ? forget(id) : hold(id, { kind: 'new', version, key, html });
  if (Number(old.dataset.v) >= version) return;
  const fresh = one(html), was = old.dataset.k;
  keep(old, fresh);
  morph(old, fresh);
  find(id).dataset.k = was;                             // morphing overwrote the key; the old place holds until released
  if (was !== key) return hold(id, { kind: 'moved', version, key });
  forget(id);                                           // it came back before the list was let go
}

function forget(id) { changed = held.delete(id) || changed; }

function keep(old, fresh) {                             // what is this viewer's own: open, ticked
  if (old.querySelector('.row').hasAttribute('aria-current')) fresh.querySelector('.row').setAttribute('aria-current', 'true');
  fresh.querySelector('.tk input')?.toggleAttribute('checked', old.querySelector('.tk input')?.checked);
}

export function drop(id, note, version = Infinity) {
  const old = find(id);
  if (held.get(id)?.version > version || Number(old?.dataset.v) > version) return;
  if (!old) return forget(id);
  if (version < Infinity) old.dataset.v = version;      // an older frame does not bring it back
  old.querySelector('.row').classList.add('gone');
  if (note) old.querySelector('.say').textContent = note;
  hold(id, { kind: 'gone' });
}

function hold(id, change) {
  const before = held.get(id);
  if (before?.version > change.version) return;         // the highest version wins, not the last to arrive
  held.set(id, before?.kind === 'new' && change.kind === 'moved' ? { ...before, ...change, kind: 'new' } : change);
  changed = true;
}

export function settle() {                              // after a few changes: answers whether the list was let go
  const free = changed && held.size > 0 && !busy();
  if (free) release(); else if (changed) show();
  changed = false;
  return free;
}

function show() {
  const count = { new: 0, moved: 0, gone: 0 };
  for (const { kind } of held.values()) count[kind]++;
  const words = [['new', 'new'], ['moved', 'moved'], ['gone', 'done']].filter(([kind]) => count[kind]).map(([kind, word]) => `${count[kind]} ${word}`);
  button.hidden = !words.length;
  button.querySelector('[data-text]').textContent = words.join(', ');
}

export function release() {
  const open = rows.querySelector('.row[aria-current]')?.closest('.item');
  steady(() => {
    for (const old of rows.querySelectorAll('.item:has(.gone)')) if (old !== open) old.remove();
    for (const [id, { kind, key, html }] of held) if (kind !== 'gone') place(find(id) ?? one(html), key);
    trim(rows.scrollTop > rows.scrollHeight / 2);
  }, open);
  held.clear();
  show();
  document.getElementById('no-rows').hidden = items().length > 0;
  document.dispatchEvent(new Event('listed'));
  tick(true);
}

export function steady(change, eye) {                   // what the eye is on stays where it is: the open row, or the first in sight
  const top = rows.getBoundingClientRect().top;
  const seen = [eye, ...items()].find((item) => item && item.getBoundingClientRect().bottom > top && !item.querySelector('.gone'));
  const at = rows.scrollTop || eye ? seen?.getBoundingClientRect().top : undefined;
  change();
  if (at !== undefined && seen.isConnected) rows.scrollTop += seen.getBoundingClientRect().top - at;
}

export function trim(fromTop) {
  for (const item of items().slice(...(fromTop ? [0, Math.max(0, items().length - MOST)] : [MOST]))) {
    item.remove();
    edge(fromTop ? 'before' : 'after').hidden = false;
  }
}

function outside(key) {                                 // beyond the pages that are here: fetched with its page
  const all = items();
  return all.length > 0 && (!edge('after').hidden && key > all.at(-1).dataset.k || !edge('before').hidden && key < all[0].dataset.k);
}

function place(element, key) {
  if (outside(key)) return element.remove();
  element.dataset.k = key;
  let at = items()[0] ?? edge('after');
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
  rows.addEventListener('pointerenter', ({ pointerType }) => { over = pointerType !== 'touch'; });
  rows.addEventListener('pointerleave', () => { over = false; touched(); });
  for (const type of ['pointermove', 'pointerdown', 'wheel', 'keydown', 'focusin', 'focusout', 'scroll', 'change']) rows.addEventListener(type, touched, { passive: true });
  button.addEventListener('click', release);
}
