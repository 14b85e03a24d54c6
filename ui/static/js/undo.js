// The way back: a toast with Undo for some seconds, and `undo()` for the key. What was done is done; this does its opposite.
import { act } from './http.js';
import { announce } from './announce.js';

const SECONDS = 5;
let latest;

export function offer(words, back, seconds = SECONDS) { // `back` undoes it; its answer, if any, is said
  latest?.end();
  const toast = document.createElement('p'), button = document.createElement('button');
  Object.assign(toast, { className: 'toast', textContent: `${words} ` });
  Object.assign(button, { type: 'button', className: 'r', textContent: 'Undo' });
  toast.append(button);
  document.getElementById('toasts').append(toast);
  announce(`${words}. Z undoes it`);
  const mine = latest = { back, end() { clearTimeout(timer); toast.remove(); if (latest === mine) latest = undefined; } };
  const timer = setTimeout(mine.end, seconds * 1000);
  button.addEventListener('click', undo);
}

export async function undo() {
  if (!latest) return announce('There is nothing to undo', true);
  const { back, end } = latest;
  end();
  const answer = await back();
  announce(answer && !answer.ok ? answer.words : 'Undone', true);
}

export function wayBack(method, url) {                  // how an act on the open conversation is taken back, as it stands before
  const top = document.querySelector(`#head-${url?.split('/')[2]} .top`);
  if (!top || method === 'DELETE') return undefined;
  const was = { ...top.dataset };                       // the head changes while the toast stands
  return {
    assignment: ['Assigned', () => act('POST', url, { actor_id: was.owner ? Number(was.owner) : null, team: was.queue })],
    snooze: ['Snoozed', () => act('DELETE', url)],
    closure: ['Resolved', () => act('DELETE', url)],
    priority: ['Priority set', () => act('POST', url, { priority: Number(was.priority), why: 'undone' })],
  }[url.split('/').at(-1)];
}
