// Everything by name, from the keyboard: acts possible now, people to assign, views, places of late. A combobox (ARIA APG).
// No patient's name is fetched or kept: what is typed is searched for only on Enter.
import { act, piece } from './http.js';
import { announce } from './announce.js';
import { caps, COMMANDS } from './keys.js';
import { lockNow } from './lock.js';

const MOST = 9;
const dialog = document.getElementById('palette'), input = dialog?.querySelector('input'), box = dialog?.querySelector('ul');
let known = [], shown = [], at = 0;

export async function openPalette() {
  known = [...acts(), ...people(), { label: 'Lock this screen', icon: 'lock', run: lockNow }];
  show();
  try {
    const { views, recent } = JSON.parse(await piece('/palette'));
    known.push(...recent.map((one) => link(one, 'Lately: ')), ...views.map((one) => link(one, 'View: ')));
    show();
  } catch { /* the acts of the page are there without it */ }
}

const link = ({ label, icon, href }, before) => ({ label: before + label, icon, run: () => location.assign(href) });

function acts() {
  return COMMANDS.filter((one) => one.act && one.icon && one.when()).map((one) => ({ label: one.what, icon: one.icon, keys: one.keys[0], run: one.act }));
}

function people() {
  const form = document.querySelector('#assign form');
  if (!form || !document.querySelector('[data-dialog=assign]')) return [];
  return [...form.elements.to.options].slice(1).map((option) => ({
    label: `Assign to ${option.textContent.trim().replace('Team: ', '')}`,
    icon: option.value.startsWith('team') ? 'users' : 'user-plus',
    run: () => assign(form.getAttribute('action'), ...option.value.split('=')),
  }));
}

async function assign(url, name, value) {
  const { ok, words } = await act('POST', url, { [name]: name === 'team' ? value : Number(value) });
  announce(ok ? 'Assigned' : words, !ok);
}

function score(label, words) {                   // whole words first, then letters in order; 0 does not fit
  const text = label.toLowerCase(), place = text.indexOf(words);
  if (place >= 0) return 1000 - place - (place && /\w/.test(text[place - 1]) ? 300 : 0);
  let from = 0, gaps = 0;
  for (const letter of words.replace(/\s+/g, '')) {
    const found = text.indexOf(letter, from);
    if (found < 0) return 0;
    gaps += found - from;
    from = found + 1;
  }
  return Math.max(1, 400 - 10 * gaps);
}

function show() {
  const words = input.value.trim().toLowerCase();
  shown = words ? known.map((one) => [score(one.label, words), one]).filter(([fits]) => fits).sort((a, b) => b[0] - a[0]).map(([, one]) => one).slice(0, MOST) : known.slice(0, MOST);
  const asked = input.value.trim();
  if (words) shown.push({ label: `Search for “${asked}”`, icon: 'search', run: () => search(asked) });
  box.replaceChildren(...shown.map(option));
  choose(0);
}

function option({ label, icon, keys }, place) {
  const element = document.createElement('li');
  element.id = `command-${place}`;
  element.role = 'option';
  element.append(drawn(icon), Object.assign(document.createElement('span'), { className: 'grow t', textContent: label }));
  for (const cap of keys ? caps(keys) : []) element.append(Object.assign(document.createElement('kbd'), { textContent: cap }));
  return element;
}

function drawn(name) {
  const picture = document.createElementNS('http://www.w3.org/2000/svg', 'svg'), use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  picture.setAttribute('class', 'i');
  picture.setAttribute('aria-hidden', 'true');
  use.setAttribute('href', document.querySelector('.i use').getAttribute('href').replace(/#.*/, `#i-${name}`));
  picture.append(use);
  return picture;
}

function choose(place) {
  at = (place + shown.length) % shown.length;
  for (const [number, element] of [...box.children].entries()) element.setAttribute('aria-selected', String(number === at));
  input.setAttribute('aria-activedescendant', `command-${at}`);
  box.children[at]?.scrollIntoView({ block: 'nearest' });
}

function take(place) {
  const chosen = shown[place];
  dialog.close();                                       // gives the focus back before the act may move it
  chosen?.run();
}

async function search(words) {                           // asked by the search itself: its words travel in no address
  (await import('./search.js')).openSearch(words);
}

const STEPS = { ArrowDown: () => choose(at + 1), ArrowUp: () => choose(at - 1), Enter: () => take(at) };
if (dialog) {
  input.addEventListener('input', show);
  dialog.addEventListener('keydown', (event) => {
    if (event.isComposing || !STEPS[event.key]) return;
    event.preventDefault();
    STEPS[event.key]();
  });
  dialog.addEventListener('click', ({ target }) => {
    const chosen = target.closest('[role=option]');
    if (chosen) take([...box.children].indexOf(chosen)); else if (target === dialog) dialog.close();
  });
}
