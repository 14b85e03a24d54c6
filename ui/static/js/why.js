// "Why?" beside a clock or a routing line: the answer is fetched when asked for, into one dialog.
import { piece } from './http.js';
import { fill } from './trust.js';
import { announce } from './announce.js';

document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-why]'), dialog = document.getElementById('why');
  if (!button || !dialog) return;
  const of = button.dataset.why, { id } = document.getElementById('main').dataset;
  try {
    fill(dialog.querySelector('[data-filled]'), await piece(`/conversations/${id}/explanation${of ? `?of=${of}` : ''}`));
  } catch { return announce('The explanation could not be loaded. Try again.', true); }
  if (!dialog.open) dialog.showModal();
});
