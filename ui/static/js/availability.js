// Whether work may be given to me, from every page; a refusal leaves what the server knows.
import { act } from './http.js';
import { announce } from './announce.js';

document.addEventListener('change', async ({ target }) => {
  if (!('availability' in target.dataset)) return;
  const { ok, words } = await act('POST', '/availability', { availability: target.value });
  if (!ok) { target.value = [...target.options].find((one) => one.defaultSelected).value; return announce(words, true); }
  for (const one of target.options) one.defaultSelected = one.selected;
  target.parentElement.dataset.state = target.value;
  target.blur();
});
