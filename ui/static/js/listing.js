// Lists in a form: rows are added from a template, removed and moved by buttons; rules also move by Alt and an arrow.
import { act } from './http.js';
import { announce } from './announce.js';

const DOES = {
  add(button) {
    const list = button.closest('[data-holder]').querySelector('[data-list]');
    list.append(document.getElementById(button.dataset.template).content.cloneNode(true));
    list.lastElementChild.querySelector('input, select, textarea')?.focus();
  },
  remove(button) {
    const item = button.closest('[data-item]'), next = item.nextElementSibling ?? item.previousElementSibling;
    const holder = item.closest('[data-holder]');
    item.remove();
    (next?.querySelector('[data-list-do=remove]') ?? holder.querySelector('[data-list-do=add]'))?.focus();
  },
  up(button) { shift(button, -1); },
  down(button) { shift(button, 1); },
};

function shift(button, by) {
  const item = button.closest('[data-item]'), other = by < 0 ? item.previousElementSibling : item.nextElementSibling;
  if (!other?.matches('[data-item]')) return;
  if (by < 0) other.before(item); else other.after(item);
  button.focus();
  announce(`Now at place ${[...item.parentElement.children].indexOf(item) + 1}`);
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-list-do]');
  if (button) DOES[button.dataset.listDo](button);
});
document.addEventListener('keydown', async (event) => {
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key], row = event.altKey && by && event.target.closest('[data-at]');
  if (!row) return;
  event.preventDefault();
  const list = row.closest('[data-moves]'), at = Number(row.dataset.at);
  const { ok, words, answer } = await act('POST', list.dataset.moves, { seen: Number(list.dataset.seen), act: 'move', at, to: at + by });
  if (ok) location.assign(answer.go); else announce(words, true);
});
document.addEventListener('change', async (event) => {  // a file is read here and sent as text with its form
  const target = event.target.dataset.fills && document.getElementById(event.target.dataset.fills);
  if (target) target.value = await event.target.files[0].text();
});
