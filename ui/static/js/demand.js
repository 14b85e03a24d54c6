// What is not needed at first sight comes by what stands on the page, or with the first event that asks for it. That
// event is held back and given again once its module is there, so that nothing anybody did is lost.
import { announce } from './announce.js';

const STANDS = [['#board', 'board'], ['#board[data-wall]', 'wall'], ['figure.ch', 'chart'], ['#tour', 'tour'], ['main .finder', 'search'], ['#phone .call', 'phone']];
const WRITING = ['files', 'later', 'pick'];
const ASKS = [
  ['click', '[data-why]', 'why'],
  ['click', '#composer [data-attach]', 'files'],
  ['change', '#composer [type=file]', 'files'],
  ['dragover', '#composer', 'files'],
  ['restored', '#composer', 'files', ({ detail }) => detail.uploads?.length],
  ['click', '#composer [data-later]', 'later'],
  ['later', '#composer', 'later'],
  ['click', '#composer [data-pick]', 'pick'],
  ['submit', 'form[data-find], form[data-search], form[data-people]', 'search'],
  ['click', '[data-people-after]', 'search'],
  ['click', '[data-call-to]', 'phone'],
  ['mousedown', '#rows .tk', 'bulk'],                  // else the tick takes the focus from its row
  ['click', '#rows .tk', 'bulk'],
];
const here = new Set();

async function bring(name) {
  await import(`./${name}.js`);
  here.add(name);
}

async function again(event, name) {
  const { target } = event;
  try { await bring(name); } catch { return announce('The server cannot be reached. Try again.', true); }
  target.dispatchEvent(new event.constructor(event.type, event));
}

function hold(event) {
  const found = ASKS.find(([type, selector, name, when]) => type === event.type && !here.has(name) && event.target.closest?.(selector) && (!when || when(event)));
  if (!found) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  again(event, found[2]);
}

for (const type of new Set(ASKS.map(([one]) => one))) addEventListener(type, hold, true);
document.addEventListener('focusin', ({ target }) => {  // what a paste or an @ needs is there before either
  if (target.closest('#composer')) for (const name of WRITING) bring(name).catch(() => {});   // asked again when it is used
});
for (const [selector, name] of STANDS) if (document.querySelector(selector)) bring(name);
