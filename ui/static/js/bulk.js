// Acts on many: ticked rows or a whole list, asked once; the bar says what came of it and takes it back.
import { act } from './http.js';
import { values } from './dialogs.js';
import { address, items, release, rows } from './list.js';

const SOON = 700;
const came = document.getElementById('bulk-came');
let whole, from, undoing;                               // how many when the whole list is meant; where a range begins

const box = (item) => item.querySelector('.tk input');
const ticked = () => items().filter((item) => box(item)?.checked);
const at = () => document.activeElement.closest?.('#rows .item') ?? rows.querySelector('.row[aria-current]')?.closest('.item') ?? items()[0];
const asked = () => new URLSearchParams(rows.dataset.query);

export function tick(item = at(), on) {
  if (!item) return;
  box(item).checked = on ?? !box(item).checked;
  from = item;
  update();
}

export function extend(step) {
  const all = items(), start = at(), next = all[Math.max(0, Math.min(all.length - 1, all.indexOf(start) + step))];
  if (!next) return;
  tick(start, true);
  tick(next, true);
  next.querySelector('.row').focus();
}

export function clear() {
  for (const item of ticked()) box(item).checked = false;
  update();
}

function update(kept) {
  const n = ticked().length;
  if (!kept || !n) whole = undefined;
  let bar = document.getElementById('bulk');
  if (n && !bar) {
    came.hidden = true;
    document.getElementById('bulk-bar').after(document.getElementById('bulk-bar').content.cloneNode(true));
    bar = document.getElementById('bulk');
  }
  if (!n) return bar?.remove();
  const text = `${(whole ?? n).toLocaleString('en-US')} selected`;
  for (const place of document.querySelectorAll('#bulk [data-count], form[data-bulk] [data-count]')) place.textContent = text;
  bar.querySelector('[data-all]').hidden = whole !== undefined || rows.hasAttribute('data-search');
}

async function all() {
  const { ok, answer, words } = await act('GET', `/bulk/matching?${rows.dataset.query}`);
  if (!ok) return say(words);
  for (const item of items()) box(item).checked = true;
  whole = answer.count;
  update(true);
}

function which() {
  if (whole === undefined) { const ids = ticked().map((item) => Number(item.id.slice(4))); return { ids, expected_count: ids.length }; }
  const { view, ...filters } = Object.fromEntries(asked());
  return { view, filters, expected_count: whole };
}

async function submit(event) {
  const form = event.target.closest('form[data-bulk]');
  if (!form) return;
  event.preventDefault();
  const body = values(form), problem = form.querySelector('[data-problem]');
  if ('me' in body) body.me = true;
  event.submitter.disabled = true;
  const { ok, answer, words } = await act('POST', '/bulk', { client_id: crypto.randomUUID(), act: form.dataset.bulk, body, ...which() });
  event.submitter.disabled = false;
  problem.hidden = ok;
  problem.textContent = words;
  if (!ok) { if (answer?.count && whole !== undefined) { whole = answer.count; update(true); } return; }
  form.closest('dialog').close();
  clear();
  show(answer);
}

function show(found) {
  const { state, total, pending, done, refused, undone, kept } = found, back = undone + kept > 0, bar = came.querySelector('progress');
  const counted = (back ? [[undone, 'undone'], [kept, 'kept as others left them']] : [[done, 'done'], [refused, 'refused']]).filter(([n]) => n);
  say(state === 'running' ? 'Working…' : counted.map(([n, word]) => `${n.toLocaleString('en-US')} ${word}`).join(', '));
  bar.hidden = state !== 'running';
  bar.max = total;
  bar.value = total - (undoing ? done : pending);
  undoing = found.id;
  came.querySelector('[data-bulk-undo]').hidden = !found.undo_until;
  const reasons = new Map();
  for (const row of found.rows) if (row.why) reasons.set(row.why, (reasons.get(row.why) ?? 0) + 1);
  came.querySelector('[data-why]').replaceChildren(...[...reasons].slice(0, 4).map(([why, n]) => Object.assign(document.createElement('li'), { textContent: `${n} × ${why}` })));
  if (state === 'running') setTimeout(async () => show((await act('GET', `/bulk/${found.id}`, undefined, { background: true })).answer ?? found), SOON); else release();
}

function say(text) {
  came.hidden = false;
  came.querySelector('[data-text]').textContent = text;
}

async function undo() {
  const { ok, answer, words } = await act('DELETE', `/bulk/${undoing}`);
  if (ok) show(answer); else say(words);
}

if (rows) {
  rows.addEventListener('click', (event) => {
    const item = event.target.matches('.tk input') && event.target.closest('.item');
    if (!item) return;
    const list = items(), [low, high] = [list.indexOf(from), list.indexOf(item)].sort((a, b) => a - b), on = event.target.checked;
    if (event.shiftKey && low >= 0) for (const one of list.slice(low, high + 1)) box(one).checked = on;
    from = item;
    update();
    if (event.detail) item.querySelector('.row').focus();
  });
  rows.addEventListener('mousedown', (event) => event.target.closest('.tk') && event.preventDefault());   // in a field the keys would sleep
  document.addEventListener('submit', submit);
  document.addEventListener('listed', () => update(true));
  document.addEventListener('click', ({ target }) => {
    if (target.closest('#bulk [data-all]')) all();
    if (target.closest('#bulk [data-clear]')) clear();
    if (target.closest('[data-bulk-undo]')) undo();
    if (target.closest('[data-bulk-close]')) came.hidden = true;
  });
}
