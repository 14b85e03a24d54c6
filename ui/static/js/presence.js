// A person is here: keeps the session in use, and says that new words in the open conversation were really looked at.
import { act } from './http.js';

const HERE = 60000;
let touched = performance.now(), told = performance.now(), unread;

const here = () => !document.hidden && document.hasFocus() && performance.now() - touched < HERE;

export function cameIn(conversation) {
  unread = conversation;
  look();
}

function look() {
  if (!unread || !here() || document.getElementById('main')?.dataset.id !== unread) return;
  act('POST', `/conversations/${unread}/reading`);
  unread = undefined;
}

function touch() {
  touched = performance.now();
  look();
  if (touched - told < HERE) return;
  told = touched;
  act('POST', '/presence');
}

for (const type of ['pointermove', 'pointerdown', 'keydown', 'wheel']) addEventListener(type, touch, { passive: true });
