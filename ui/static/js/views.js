// What stands around the list: the form that narrows it, saved views, dense rows, and the mark of one's own drafts.
import { act, piece } from './http.js';
import { fill } from './trust.js';
import { announce } from './announce.js';
import { rows } from './list.js';

async function open(event) {
  const holder = event.target;
  if (!holder.matches?.('details[data-piece]') || !holder.open) return;
  const inside = holder.querySelector('.pop');
  try { fill(inside, await piece(holder.dataset.piece)); } catch { holder.open = false; return announce('The choices could not be loaded. Try again.', true); }
  inside.querySelector('select')?.focus();
}

function close(event) {                                 // a click elsewhere or Escape, as in every menu
  for (const menu of document.querySelectorAll('.htop details[open]')) {
    if (event.key ? event.key === 'Escape' : !menu.contains(event.target)) { menu.open = false; if (event.key) menu.querySelector('summary').focus(); }
  }
}

function tidy({ target }) {                             // an address names what narrows and nothing else
  if (target.matches('[data-narrow]')) for (const select of target.querySelectorAll('select')) select.disabled = !select.value;
}

const link = (id) => document.getElementById(`saved-${id}`);

async function remove(id) {
  const { ok, words } = await act('POST', `/saved-views/${id}/removal`);
  if (!ok) return announce(words, true);
  link(id).hidden = true;
  const fault = document.getElementById('list-fault'), again = fault.querySelector('.r');
  fault.classList.replace('bad', 'off');
  fault.hidden = false;
  fault.querySelector('[data-text]').textContent = 'View removed.';
  again.textContent = 'Undo';
  again.removeAttribute('data-list-again');
  again.addEventListener('click', async () => { await act('DELETE', `/saved-views/${id}/removal`); location.reload(); }, { once: true });
}

async function up(id) {
  const mine = link(id), above = mine.previousElementSibling;
  if (!above?.id.startsWith('saved-')) return;
  above.before(mine);
  const ids = [...document.querySelectorAll('[id^=saved-]')].map((one) => Number(one.id.slice(6)));
  const { ok, words } = await act('PUT', '/saved-views/order', { ids });
  if (!ok) announce(words, true);
}

export function drafts(ids) {                           // rows are the same bytes for all: what is mine is marked here
  for (const item of document.querySelectorAll('#rows .item')) item.classList.toggle('drafted', ids.has(item.id.slice(4)));
}

if (rows) {
  const mine = new Set(rows.dataset.drafts.split(' ').filter(Boolean));
  document.addEventListener('toggle', open, true);
  for (const type of ['pointerdown', 'keydown']) document.addEventListener(type, close);
  document.addEventListener('submit', tidy);
  document.addEventListener('click', ({ target }) => {
    const { viewRemove, viewUp } = target.closest('[data-view-remove], [data-view-up]')?.dataset ?? {};
    if (viewRemove) remove(viewRemove);
    if (viewUp) up(viewUp);
  });
  document.addEventListener('change', async ({ target }) => {
    if (!('compact' in target.dataset)) return;
    document.documentElement.toggleAttribute('data-density', target.checked);
    if (target.checked) document.documentElement.dataset.density = 'compact';
    await act('PUT', '/me/settings', { compact: target.checked });
  });
  for (const type of ['listed', 'tick']) document.addEventListener(type, () => drafts(mine));
  drafts(mine);
}
