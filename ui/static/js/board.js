// The runway: marks drift left as their clocks run out, every ten seconds, on the server's time. The list of what to act
// on does not move under the hand: while it is used, what is new waits behind a line.
import { now, pressure } from './clock.js';
import { openDialog } from './dialogs.js';
import { morph, parse } from './trust.js';
import { hour } from './zone.js';

const POINTS = [[-30, 2.5], [0, 16], [10, 40], [30, 64], [60, 80], [120, 99]], QUIET = 1500, OWN = 5000;
const holder = document.getElementById('board');
let over = false, busyUntil = 0, mine = 0, waiting, timer;

function place(minutes) {
  const m = Math.max(-30, Math.min(120, minutes));
  for (let i = 1; i < POINTS.length; i++) {
    const [[low, left], [high, right]] = [POINTS[i - 1], POINTS[i]];
    if (m <= high) return left + (m - low) / (high - low) * (right - left);
  }
  return 99;
}

function drift() {
  const at = now();
  for (const mark of document.querySelectorAll('.mk[data-mark]')) {
    const seconds = (Date.parse(mark.dataset.mark) - at) / 1000;
    mark.setAttribute('x', `${place(seconds / 60).toFixed(2)}%`);
    mark.setAttribute('class', `mk ${pressure(seconds)}`);
  }
}

const list = () => document.getElementById('act');
const busy = () => performance.now() > mine && (over || list()?.contains(document.activeElement) || performance.now() < busyUntil);

export function show(html) {                             // the whole board, but for a list that is in use
  if (!holder) return;
  const fresh = holder.cloneNode(false);
  fresh.append(parse(html));
  const held = busy() && list() && fresh.querySelector('#act');
  if (held && held.textContent !== list().textContent) waiting = html;
  if (held) {
    const kept = list().cloneNode(true);
    kept.querySelector('[data-release]').hidden = !waiting;
    held.replaceWith(kept);
  } else waiting = undefined;
  const was = list()?.contains(document.activeElement);
  morph(holder, fresh);
  if (was && !list()?.contains(document.activeElement)) list()?.querySelector('.scroller')?.focus();   // what had it is done with
}

function release() {
  over = false;
  busyUntil = 0;
  if (list()?.contains(document.activeElement)) document.activeElement.blur();
  if (waiting) show(waiting);
}

function touched() {
  busyUntil = performance.now() + QUIET;
  clearTimeout(timer);
  timer = setTimeout(() => waiting && !busy() && show(waiting), QUIET + 20);
}

function own() {                                         // what one's own hand did is shown at once
  mine = performance.now() + OWN;
  if (waiting) show(waiting);
}

if (holder) {
  document.getElementById('board-assign')?.addEventListener('done', own);
  setInterval(drift, 10000);
  document.addEventListener('tick', ({ detail }) => {
    const face = document.querySelector('[data-now-face]');
    if (face && detail.every) face.textContent = hour(now());
    if (detail.every) drift();
  });
  holder.addEventListener('pointerover', ({ target }) => { const is = Boolean(target.closest('#act')); if (over && !is) touched(); over = is; });
  holder.addEventListener('pointerleave', () => { if (over) touched(); over = false; });
  for (const type of ['pointerdown', 'wheel', 'keydown', 'focusout']) holder.addEventListener(type, ({ target }) => target.closest?.('#act') && touched(), { passive: true });
  holder.addEventListener('click', ({ target }) => {
    if (target.closest('[data-release]')) return release();
    if (target.closest('#act [data-do=take]')) own();
    const button = target.closest('[data-assign]');
    if (!button) return;
    document.querySelector('#board-assign form').action = `/conversations/${button.dataset.assign}/assignment`;
    openDialog('board-assign');
  });
}
