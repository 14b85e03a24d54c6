// Opening a conversation without leaving the page: one request, the address kept, the list untouched. What is slow shows
// its shape; what fails leaves the old one standing and says what to do; what was given up never paints.
import { piece } from './http.js';
import { fill } from './trust.js';
import { mount } from './composer.js';
import { follow } from './live.js';
import { announce } from './announce.js';
import { tick } from './clock.js';
import { here, rows } from './list.js';

const PATIENCE = 300, GONE = 'It is gone or not yours to see. Choose another.', FAILED = 'The conversation could not be opened. What is here stays.';
const work = document.getElementById('work'), app = document.querySelector('.app');
let going;                                              // { request, slow } of the opening that is on its way

export const links = () => [...document.querySelectorAll('#rows .row')];
export const current = () => document.querySelector('#rows .row[aria-current]');
const main = () => document.getElementById('main');

export async function openConversation(url, push = true) {
  giveUp();
  const mine = going = { request: new AbortController(), slow: setTimeout(shape, PATIENCE) };
  mark(url);
  let html;
  try { html = await piece(url, { signal: mine.request.signal }); } catch (fault) { return mine === going && fail(url, push, fault); }
  if (mine !== going) return;                           // a later choice won
  giveUp();
  fill(work, html);
  if (push) history.pushState({}, '', here ? `${new URL(url, location).pathname}?${rows.dataset.query.replace(/&q=.*/, '')}` : url);
  settle();
  follow(Number(main().dataset.head));
}

function shape() {                                      // nothing may be done meanwhile to what is covered
  main().inert = true;
  app.classList.add('reading');
}

function giveUp() {
  clearTimeout(going?.slow);
  going?.request.abort();
  going = undefined;
  main().inert = false;
  work.querySelector('[data-fault]')?.remove();
}

export function cancel() {                              // back to what is open
  if (!going) return;
  giveUp();
  mark(location.href);
  app.classList.toggle('reading', Boolean(main().dataset.id));
}

function fail(url, push, { message }) {
  cancel();
  const strip = document.createElement('p'), again = document.createElement('button'), words = ['403', '404'].includes(message) ? GONE : FAILED;
  Object.assign(strip, { className: 'strip bad', role: 'alert', textContent: words });
  strip.dataset.fault = '';
  Object.assign(again, { type: 'button', className: 'r', textContent: 'Try again' });
  again.addEventListener('click', () => openConversation(url, push));
  if (words === FAILED) strip.append(again);
  main().prepend(strip);
  if (!strip.checkVisibility()) announce(words, true);
}

export function mark(url) {
  const path = new URL(url, location).pathname;
  for (const link of links()) {
    if (link.pathname === path) { link.setAttribute('aria-current', 'true'); link.classList.remove('new'); } else link.removeAttribute('aria-current');
  }
}

export function settle() {
  const id = main()?.dataset.id;
  app?.classList.toggle('reading', Boolean(id));
  document.body.dataset.topics = [here && `inbox:${here}`, id && `conversation:${id}`].filter(Boolean).join(' ');
  mount();
  if (work) tick(true, work);
  const scroll = document.getElementById('scroll');     // last: it asks for the layout of all that was written before
  if (scroll) scroll.scrollTop = scroll.scrollHeight;
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
