// Lists that open while one writes: `/` for canned replies, `@` for colleagues in a note. A listbox under the text's focus.
import { act } from './http.js';
import { bound, composer, mode, part, problem, typed, way } from './composer.js';

const MOST = 8, known = new Map();
let shown = [], at = 0, from = 0;

const box = () => document.getElementById('picker'), area = () => part('textarea');
const only = () => 'template' in (part('select')?.selectedOptions[0]?.dataset ?? {});

async function fetched(path) {
  if (!known.has(path)) known.set(path, act('GET', path).then(({ answer, ok }) => { if (!ok) known.delete(path); return answer?.items ?? []; }));
  return known.get(path);
}

const canned = () => fetched(`/conversations/${bound()}/templates?channel=${way().channel}`);
const people = () => fetched(`/conversations/${bound()}/mentionable`);

async function look() {
  const before = area().value.slice(0, area().selectionStart), note = mode() === 'note';
  const asked = note ? /(?:^|\s)@([\p{L}.'-]{0,30})$/u.exec(before) : /^\/([^\n]{0,40})$/u.exec(before);
  if (!asked) return close();
  from = before.length - asked[1].length - 1;
  show(await (note ? people() : canned()), asked[1].toLowerCase());
}

function show(items, words) {
  shown = items.filter((one) => `${one.label ?? `${one.title} ${one.code}`}`.toLowerCase().includes(words) && (one.label || !only() || one.whatsapp)).slice(0, MOST);
  at = 0;
  if (!shown.length && !only()) return close();
  box().replaceChildren(...(shown.length ? shown.map(line) : [empty()]));
  box().hidden = false;
  mark();
}

function line(one, place) {
  const item = document.createElement('li');
  Object.assign(item, { id: `pick-${place}`, className: 'vi', role: 'option', textContent: one.label ?? one.title });
  item.title = one.text ?? '';
  item.addEventListener('mousedown', (event) => { event.preventDefault(); at = place; choose(); });
  return item;
}

const empty = () => Object.assign(document.createElement('li'), { className: 'vi', textContent: 'No approved WhatsApp template. A manager adds one.' });

function mark() {
  for (const [place, item] of [...box().children].entries()) item.setAttribute('aria-selected', String(place === at));
  area().setAttribute('aria-activedescendant', `pick-${at}`);
}

function close() {
  if (!box() || box().hidden) return;
  box().hidden = true;
  area().removeAttribute('aria-activedescendant');
}

function choose() {
  const one = shown[at], caret = area().selectionStart, text = one.label ? `@${one.label} ` : one.text;
  close();
  area().setRangeText(text, from, caret, 'end');
  if (one.code) Object.assign(part('form').dataset, { template: one.code, words: area().value });
  if (one.missing?.length) {
    const place = area().value.indexOf(`{${one.missing[0]}}`);
    area().setSelectionRange(place, place + one.missing[0].length + 2);
    problem(`Nobody knows ${one.missing.map((name) => name.replaceAll('_', ' ')).join(', ')} here: fill it in before sending.`);
  }
  typed();
}

export async function mentioned(text) {                 // the people and teams whose names stand in a note
  const named = text.includes('@') ? (await people()).filter(({ label }) => text.includes(`@${label}`)) : [];
  return { mentions: named.filter(({ id }) => id).map(({ id }) => id), teams: named.filter(({ team }) => team).map(({ team }) => team) };
}

const KEYS = { ArrowDown: 1, ArrowUp: -1 };
document.addEventListener('keydown', (event) => {
  if (event.target !== area() || !box() || box().hidden || event.isComposing || event.ctrlKey || event.metaKey) return;
  if (KEYS[event.key]) { at = (at + KEYS[event.key] + shown.length) % shown.length; mark(); } else if (event.key === 'Escape') close();
  else if ((event.key === 'Enter' || event.key === 'Tab') && shown.length) choose(); else return;
  event.preventDefault();
  event.stopPropagation();
}, true);
document.addEventListener('input', ({ target }) => composer() && target === area() && look());
document.addEventListener('focusout', ({ target }) => composer() && target === area() && close());
document.addEventListener('sent', () => delete part('form').dataset.template);
document.addEventListener('click', ({ target }) => {
  const opener = target.closest('[data-pick]');
  if (!opener) return;
  area().focus();
  if (opener.dataset.pick === '/' && area().value.trim()) return problem('Canned replies start an empty text. Clear it first.');
  area().setRangeText(opener.dataset.pick === '@' && /\S$/.test(area().value) ? ' @' : opener.dataset.pick, area().selectionStart, area().selectionEnd, 'end');
  look();
});
if (part('textarea') && document.activeElement === area()) look();   // it came while somebody wrote
