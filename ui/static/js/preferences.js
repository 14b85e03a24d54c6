// What a person set for themselves: at once on this screen, and kept on the server for all of theirs.
import { act } from './http.js';

const own = JSON.parse(document.body.dataset.prefers || '{}');

export const prefers = (name) => own[name] ?? true;

export function prefer(name, value) {
  own[name] = value;
  return act('PUT', '/me/settings', { [name]: value });
}

for (const box of document.querySelectorAll('[data-prefers]')) box.checked = prefers(box.dataset.prefers);
document.addEventListener('change', ({ target }) => {
  if (target.matches('input[data-prefers]')) prefer(target.dataset.prefers, target.checked);
});
