// Small acts by name: what a button with `data-do` or a key does.
import { act } from './http.js';
import { announce } from './announce.js';
import * as composer from './composer.js';
import { open } from './live.js';
import { cancel } from './open.js';
import { wipe } from './drafts.js';
import { offer, wayBack } from './undo.js';
import { earlier, latest, older, pictures } from './timeline.js';

const ACTS = {
  theme,
  reconnect: open,
  'mode-reply': () => composer.focus('reply'),
  'mode-note': () => composer.focus('note'),
  'read-it': () => composer.readIt(),
  anyway: () => composer.send(true),
  'use-theirs': () => composer.choose(true),
  'keep-mine': () => composer.choose(false),
  again,
  earlier, older, latest, pictures,
  mine: () => mine(),
  take: (button) => mine(button.dataset.conversation),
  panel: () => document.getElementById('work')?.classList.toggle('panel-open'),
  back: () => { cancel(); document.querySelector('.app')?.classList.remove('reading'); },
};

export function run(name, button) { return ACTS[name]?.(button); }

function again({ dataset }) {                            // the same words, by the same way or another that is open
  composer.again(dataset.text);
  const way = document.querySelector(`#composer select option[value^="${CSS.escape(dataset.channel)}|"]:not(:disabled)`);
  if (way) { way.parentElement.value = way.value; way.parentElement.dispatchEvent(new Event('change', { bubbles: true })); }
}

async function mine(id = document.querySelector('#main:not([inert])')?.dataset.id) {
  if (!id) return;
  const url = `/conversations/${id}/assignment`, back = wayBack('POST', url), { ok, words } = await act('POST', url, { me: true });
  if (ok && back) offer('It is yours', back[1]); else announce(ok ? 'It is yours' : words, !ok);
}

function theme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
  document.cookie = `theme=${root.dataset.theme}; Path=/; Max-Age=31536000; SameSite=Lax`;
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-do]');
  if (!button || !ACTS[button.dataset.do]) return;
  event.preventDefault();
  run(button.dataset.do, button);
});
document.addEventListener('submit', async (event) => {
  if (!event.target.matches('[data-sign-out]')) return;
  event.preventDefault();
  wipe();
  await act('POST', '/sign-out');
  location.assign('/login');
});
