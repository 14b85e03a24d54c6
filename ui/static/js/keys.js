// Every key, in one table: what acts, what the list of keys shows and what the palette offers cannot differ. Single keys
// never fire in a field, never with Alt, and not for a second after a field lost focus other than by a person.
import { openDialog } from './dialogs.js';
import * as composer from './composer.js';
import { links, current, openConversation } from './open.js';
import { release } from './list.js';
import { run } from './acts.js';
import { prefers } from './preferences.js';
import { undo } from './undo.js';

const QUIET = 1000, CHORD = 1200;
let chord = '', chordAt = 0, lostAt = -1e9, byHand = 0;

const there = (selector) => () => Boolean(document.querySelector(selector));
const opens = (name) => [() => openDialog(name), there(`[data-dialog=${name}]`)];
const goes = (href) => [() => location.assign(href)];
const listed = there('#rows .row');

// [keys, what, act, possible now?, icon]; a key with ⇧ is a capital; "$" is Ctrl, on a Mac ⌘
const TABLE = [
  ['j', 'Next', () => move(1), listed],
  ['k', 'Previous', () => move(-1), listed],
  ['Enter', 'Open', null, listed],
  ['u Escape', 'Back to the list', back, listed, 'chevron-left'],
  ['x', 'Tick', () => bulk('tick'), listed, 'check'],
  ['⇧j ⇧k', 'Tick down, up', (key) => bulk('extend', key === 'J' ? 1 : -1), listed],
  ['.', 'Let the list go', release, there('[data-do=release]:not([hidden])'), 'refresh'],
  ['/', 'Search', search, , 'search'],
  ['r', 'Reply', () => composer.focus('reply'), there('[data-do=mode-reply]:enabled'), 'message'],
  ['n', 'Staff note', () => composer.focus('note'), there('[data-do=mode-note]:enabled'), 'lock'],
  ['e', 'Resolve', ...opens('close'), 'check'],
  ['s', 'Snooze', ...opens('snooze'), 'alarm-snooze'],
  ['a', 'Assign', ...opens('assign'), 'user-plus'],
  ['i', 'Assign to me', () => run('mine'), there('[data-dialog=assign]'), 'user-check'],
  ['l', 'Label', ...opens('label'), 'tag'],
  ['p', 'Priority', ...opens('priority'), 'flag'],
  ['!', 'Escalate', ...opens('escalate'), 'stairs-up'],
  ['m', 'Merge', ...opens('merge'), 'link'],
  ['⇧m', 'Move to another patient', ...opens('move'), 'user-question'],
  ['v', 'Patient panel', () => run('panel'), there('[data-do=panel]'), 'id'],
  ['z', 'Undo', undo, there('#work'), 'rotate-clockwise'],
  ['g i', 'Go to the inbox', ...goes('/inbox'), , 'inbox'],
  ['g b', 'Go to the SLA board', ...goes('/board'), , 'gauge'],
  ['g p', 'Go to patients', ...goes('/patients'), , 'users'],
  ['g m', 'Go to metrics', ...goes('/reports'), , 'chart-bar'],
  ['$Enter', 'Send', () => composer.send(false)],
  ['$⇧Enter', 'Send and resolve', sendAndResolve],
  ['$k', 'Commands', commands],
  ['?', 'Keys', ...opens('shortcuts'), 'keyboard'],
];

export const COMMANDS = TABLE.map(([keys, what, act, when = () => true, icon]) => ({ keys: / /.test(keys) && keys[0] !== 'g' ? keys.split(' ') : [keys], what, act, when, icon }));
const byKey = new Map(COMMANDS.flatMap((one) => one.keys.map((key) => [key.replace(/⇧(\w)$/, (_, letter) => letter.toUpperCase()), one])));
const MAC = /Mac|iP/.test(navigator.platform);
export const caps = (key) => key.split(/(?<=[$⇧])| /).map((one) => ({ $: MAC ? '⌘' : 'Ctrl', '⇧': '⇧', Enter: '↵', Escape: 'Esc' })[one] ?? one.toUpperCase());

function move(step) {
  const all = links(), at = all.indexOf(document.activeElement.closest?.('.row') ?? current());
  all[Math.max(0, Math.min(all.length - 1, at + step))]?.focus();
}

function back() { run('back'); (current() ?? links()[0])?.focus(); }

function search() {
  const field = document.getElementById('search');
  if (field) field.focus(); else lazily('./search.js', 'openSearch');
}

function commands() {                                   // open at once: what is typed before its module came is not a key
  const dialog = document.getElementById('palette');
  dialog.querySelector('input').value = '';
  dialog.showModal();
  lazily('./palette.js', 'openPalette');
}

async function lazily(file, name, ...given) { (await import(file))[name]?.(...given); }
const bulk = (name, ...given) => lazily('./bulk.js', name, ...given);

function sendAndResolve() {                             // the words go out as the last word of the resolution: one message
  const area = document.querySelector('#composer textarea'), words = area.value.trim();
  if (!openDialog('close')) return;
  const form = document.querySelector('#close form'), last = form.elements['confirmation.text'];
  if (document.querySelector('#composer form').dataset.mode !== 'reply' || !words) return;
  last.value = words;
  form.addEventListener('done', () => { area.value = ''; area.dispatchEvent(new Event('input', { bubbles: true })); }, { once: true });
  form.querySelector('button.pri, button.btn:last-of-type').focus();
}

const editable = (element) => element?.closest?.('input, textarea, select, [contenteditable=""], audio');
addEventListener('pointerdown', () => { byHand = performance.now(); }, true);
addEventListener('keydown', (event) => { if (['Tab', 'Escape', 'Enter'].includes(event.key)) byHand = performance.now(); }, true);
addEventListener('focusout', ({ target }) => {            // a dialog gives its focus back by itself, a little late
  if (editable(target) && !target.closest('dialog') && performance.now() - byHand > 50) lostAt = performance.now();
}, true);

addEventListener('keydown', (event) => {
  if (event.altKey || event.isComposing || event.getModifierState('AltGraph')) return;
  if (event.ctrlKey || event.metaKey) return withControl(event);
  const { target, key } = event, inDialog = target.closest?.('dialog') ?? document.querySelector('dialog[open]');
  if (key === 'Escape' && !inDialog && (target.closest?.('#composer') || target.type === 'search')) return target.blur();
  if (inDialog || editable(target) || performance.now() - lostAt < QUIET || event.repeat && !'jk'.includes(key)) return;
  if (!prefers('single_keys') && key !== 'Escape') return;
  const single = key.length === 1 && !event.shiftKey ? key.toLowerCase() : key, chorded = performance.now() - chordAt < CHORD && byKey.get(`${chord} ${single}`);
  chord = single;
  chordAt = performance.now();
  fire(chorded || byKey.get(single), event);
});

function withControl(event) {
  const command = byKey.get(`$${event.shiftKey ? '⇧' : ''}${event.key.length === 1 ? event.key.toLowerCase() : event.key}`);
  if (event.key === 'Enter' && !event.target.closest?.('#composer') || event.repeat) return;
  if (!document.querySelector('dialog[open]')) fire(command, event);
}

function fire(command, event) {
  if (!command?.act || !command.when()) return;
  event.preventDefault();
  command.act(event.key);
}

const list = document.querySelector('[data-keys]');
for (const { keys, what } of list ? COMMANDS : []) {
  const term = document.createElement('dt'), meaning = document.createElement('dd');
  for (const cap of keys.flatMap((key, place) => [...(place ? [' '] : []), ...caps(key)])) {
    if (cap === ' ') { term.append(' or '); continue; }
    const kbd = document.createElement('kbd');
    kbd.textContent = cap;
    term.append(kbd, ' ');
  }
  meaning.textContent = what;
  list.append(term, meaning);
}
