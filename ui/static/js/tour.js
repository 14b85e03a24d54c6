// The first look: a card in the list's column, step by step; it covers nothing, traps nothing, and does not come back.
import { prefer } from './preferences.js';

const tour = document.getElementById('tour');
let at = 0;

async function end() {                                   // gone only when the server knows, or it would come back
  await prefer('toured', true);
  tour.remove();
}

tour?.addEventListener('click', ({ target }) => {
  const steps = [...tour.querySelectorAll('li')], asked = target.dataset.tour;
  if (asked === 'skip' || (asked === 'next' && at === steps.length - 1)) return end();
  if (asked !== 'next') return;
  at += 1;
  steps.forEach((step, number) => { step.hidden = number !== at; });
  tour.querySelector('[data-at]').textContent = at + 1;
  if (at === steps.length - 1) target.textContent = 'Done';
});
