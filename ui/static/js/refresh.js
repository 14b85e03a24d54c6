// Fetches what is on the screen anew, in place: rows under the rule of the held list, panes by morph; never the composer.
import { piece } from './http.js';
import * as list from './list.js';
import { morph, parse } from './trust.js';
import { announce } from './announce.js';
import { tick } from './clock.js';

const PANES = ['head', 'clocks', 'escalations', 'panel'];

export async function refresh(another) {                // another database history: what is shown is no newer than anything
  if (another) for (const element of document.querySelectorAll('[data-v]')) element.dataset.v = -1;
  try {
    await Promise.all([rows(), conversation()]);   // board and counts come by themselves with the new socket
    tick(true);
    return true;
  } catch {
    announce('The screen could not be brought up to date. It tries again.', true);
    return false;
  }
}

const fetched = async (url) => parse(await piece(url, { background: true }));

async function rows() {
  const holder = document.getElementById('rows');
  if (!holder || holder.hasAttribute('data-search')) return;
  const found = await fetched(list.address?.() ?? `/inbox?view=${encodeURIComponent(list.here)}`);
  const fresh = [...found.querySelectorAll('.item')], last = fresh.at(-1)?.dataset.k ?? '', more = found.querySelector('[data-edge=after]:not([hidden])');
  for (const item of fresh) list.put(number(item), Number(item.dataset.v), item.dataset.k, item.outerHTML);
  const kept = new Set(fresh.map((item) => item.id));
  for (const item of list.items()) {            // rows beyond the first page are none of its business
    if (!kept.has(item.id) && !(more && item.dataset.k > last)) list.drop(number(item), 'Not in this view any more');
  }
  list.settle();
}

const number = (item) => Number(item.id.replace('row-', ''));

export async function conversation() {
  const main = document.getElementById('main'), id = main?.dataset.id;
  if (!id) return;
  const found = await fetched(`/conversations/${id}`);
  if (document.getElementById('main')?.dataset.id !== id) return;
  for (const name of [...PANES.map((pane) => `${pane}-${id}`), `line-${id}`]) {
    const old = document.getElementById(name), fresh = found.getElementById(name);
    if (old && fresh) morph(old, fresh);
  }
  const composer = document.getElementById('composer'), fresh = found.getElementById('composer');
  if (composer && fresh && !composer.querySelector('textarea')?.value) composer.dataset.base = fresh.dataset.base;
}
