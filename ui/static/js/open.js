// Opening a conversation without leaving the page: one request, the address kept, the list untouched.
import { piece } from './http.js';
import { fill } from './trust.js';
import { mount } from './composer.js';
import { follow } from './live.js';
import { announce } from './announce.js';
import { tick } from './clock.js';
import { here, rows } from './list.js';

const work = document.getElementById('work');
let turn = 0;

export const links = () => [...document.querySelectorAll('#rows .row')];
export const current = () => document.querySelector('#rows .row[aria-current]');

export async function openConversation(url, push = true) {
  const mine = ++turn;
  mark(url);
  let html;
  try { html = await piece(url); } catch { return mine === turn && announce('The conversation could not be opened. Try again.', true); }
  if (mine !== turn) return;                            // a later choice won
  fill(work, html);
  if (push) history.pushState({}, '', here ? `${new URL(url, location).pathname}?${rows.dataset.query.replace(/&q=.*/, '')}` : url);
  settle();
  follow(Number(document.getElementById('main').dataset.head));
}

export function mark(url) {
  const path = new URL(url, location).pathname;
  for (const link of links()) {
    if (link.pathname === path) { link.setAttribute('aria-current', 'true'); link.classList.remove('new'); } else link.removeAttribute('aria-current');
  }
}

export function settle() {
  const id = document.getElementById('main')?.dataset.id;
  document.querySelector('.app')?.classList.toggle('reading', Boolean(id));
  document.body.dataset.topics = [here && `inbox:${here}`, id && `conversation:${id}`].filter(Boolean).join(' ');
  mount();
  const scroll = document.getElementById('scroll');
  if (scroll) scroll.scrollTop = scroll.scrollHeight;
  tick(true);
}

if (work) {
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="/conversations/"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    openConversation(link.href);
  });
  addEventListener('popstate', () => location.pathname.startsWith('/conversations/') ? openConversation(location.href, false) : location.reload());
  mark(location.href);
  settle();
}
