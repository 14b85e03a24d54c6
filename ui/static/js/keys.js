// Single keys, outside fields only, never with Alt; silent for a second after a field lost focus other than by a person.
import { openDialog } from './dialogs.js';
import { focus, send, composer } from './composer.js';
import { links, current, openConversation } from './open.js';
import { release } from './list.js';
import { run } from './acts.js';

const GO = { i: '/inbox', b: '/board', p: '/patients', m: '/reports' };
let went = 0, lostAt = -1e9, byHand = 0;

const editable = (element) => element?.closest?.('input, textarea, select, [contenteditable=""], audio');
addEventListener('pointerdown', () => { byHand = performance.now(); }, true);
addEventListener('keydown', (event) => { if (['Tab', 'Escape', 'Enter'].includes(event.key)) byHand = performance.now(); }, true);
addEventListener('focusout', ({ target }) => {            // a dialog gives its focus back by itself, a little late
  if (editable(target) && !target.closest('dialog') && performance.now() - byHand > 50) lostAt = performance.now();
}, true);

function move(step) {
  const all = links(), at = all.indexOf(document.activeElement.closest?.('.row') ?? current());
  all[Math.max(0, Math.min(all.length - 1, at + step))]?.focus();
}

const back = () => { run('back'); (current() ?? links()[0])?.focus(); };

const KEYS = {
  j: () => move(1), k: () => move(-1),
  u: back, Escape: back,
  r: () => focus('reply'), n: () => focus('note'),
  e: () => openDialog('close'), s: () => openDialog('snooze'), a: () => openDialog('assign'),
  p: () => openDialog('priority'), '!': () => openDialog('escalate'), '?': () => openDialog('shortcuts'),
  i: () => run('mine'), v: () => run('panel'), '.': release, '/': () => document.getElementById('search')?.focus(),
  g: () => { went = performance.now(); },
};

addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && composer()?.contains(event.target)) { event.preventDefault(); return send(false); }
  if (event.key === 'Escape' && (composer()?.contains(event.target) || event.target.type === 'search')) return event.target.blur();
  if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing || event.repeat && !'jk'.includes(event.key)) return;
  if (editable(event.target) || document.querySelector('dialog[open]') || performance.now() - lostAt < 1000) return;
  if (localStorage.getItem('single-keys') === 'off' && event.key !== 'Escape') return;
  if (performance.now() - went < 1200 && GO[event.key]) { event.preventDefault(); return location.assign(GO[event.key]); }
  const key = KEYS[event.key];
  if (!key || (event.key === '/' && !document.getElementById('search'))) return;
  event.preventDefault();
  key();
});

const box = document.querySelector('[data-keys-switch]');
if (box) {
  box.checked = localStorage.getItem('single-keys') !== 'off';
  box.addEventListener('change', () => localStorage.setItem('single-keys', box.checked ? 'on' : 'off'));
}
