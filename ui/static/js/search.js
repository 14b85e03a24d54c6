// The search: words travel in a body, never in an address; results are a piece of the server's, walked with the arrows.
import { act, piece, post } from './http.js';
import { announce } from './announce.js';
import { fill, parse } from './trust.js';

const AGAIN = 20000;
let dialog, asked = null;                               // asked: { root, text, newest } of the results on the screen

export async function openSearch(words = '') {
  const page = document.querySelector('main .finder');
  if (!page && !dialog) await build();
  if (!page && !dialog) return;
  if (!page && !dialog.open) dialog.showModal();
  const root = page ?? dialog, input = root.querySelector('input');
  if (words) { input.value = words; return find(root, words); }
  input.focus();
  input.select();
}

async function build() {
  const made = Object.assign(document.createElement('dialog'), { className: 'dialog finder' });
  made.setAttribute('aria-label', 'Search');
  const sheet = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: new URL('../css/search.css', import.meta.url) });
  try { fill(made, await piece('/search')); } catch { return; }
  document.head.append(sheet);
  document.body.append(dialog = made);
}

async function find(root, text, after = null) {
  const { ok, html, words } = await post('/search', { text, after });
  const problem = root.querySelector('[data-problem]');
  problem.hidden = ok;
  problem.textContent = words;
  if (!ok) return;
  const fresh = parse(html), newest = Number(fresh.querySelector('.found').dataset.newest);
  if (after) return extend(root, fresh, after);
  root.querySelector('[data-found]').replaceChildren(fresh);
  root.querySelector('[data-newer]').hidden = true;
  asked = { root, text, newest };
}

function extend(root, fresh, after) {
  const button = root.querySelector(`[data-after="${after}"]`), group = after.startsWith('w') ? 'words' : 'conversations';
  const next = fresh.querySelector('[data-after]'), items = [...fresh.querySelectorAll(`[data-group=${group}] > li`)];
  root.querySelector(`[data-group=${group}]`).append(...items);
  items[0]?.querySelector('a').focus();
  if (next) button.replaceWith(next); else button.remove();
}

async function look() {                                 // a number only; nothing moves until it is asked for
  if (!asked || document.hidden || !asked.root.isConnected || asked.root.open === false) return;
  const { root, text, newest } = asked, { ok, answer } = await act('POST', '/search/newer', { text, newest }, { background: true });
  const button = root.querySelector('[data-newer]');
  if (!ok || !answer.count || asked?.newest !== newest) return;
  button.textContent = `${answer.count > 99 ? '99+' : answer.count} new since you searched`;
  button.hidden = false;
}

function walk(event) {
  const root = event.target.closest?.('.finder'), step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!root || !step || event.isComposing) return;
  const all = [root.querySelector('input'), ...root.querySelectorAll('.hit')], at = all.indexOf(event.target.closest('.hit, input'));
  event.preventDefault();
  all[Math.max(0, Math.min(all.length - 1, at + step))].focus();
}

async function people(form, after = null) {             // the list of patients, by words that stand in no address
  const q = form.querySelector('input').value.trim(), about = Number(form.dataset.about) || null;
  const { ok, html, words } = await post('/patients', { q, after, about });
  if (ok) fill(document.getElementById('people'), html); else announce(words, true);
}

document.addEventListener('submit', (event) => {
  const form = event.target.closest('form[data-find], form[data-search], form[data-people]'), root = form?.closest('.finder');
  if (!form) return;
  event.preventDefault();
  if ('people' in form.dataset) return people(form);
  const words = form.querySelector('input[type=search]').value.trim();
  if (root && words) find(root, words); else if (words) openSearch(words);
});
document.addEventListener('click', ({ target }) => {
  const root = target.closest('.finder'), more = target.closest('[data-after]'), next = target.closest('[data-people-after]');
  if (next) people(document.querySelector('form[data-people]'), next.dataset.peopleAfter);
  if (!root) return;
  if (more) find(root, asked.text, more.dataset.after);
  if (target.closest('[data-newer]')) find(root, asked.text);
  if (target.closest('.hit') && root === dialog) {
    dialog.close();
    document.activeElement.blur();                      // it gives its focus back to the field it came from, where keys are words
  }
});
addEventListener('keydown', walk);
setInterval(look, AGAIN);
