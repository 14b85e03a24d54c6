// The board on a wall: asks for its own pieces, which name nobody, and keeps the screen awake while it is looked at.
import { piece } from './http.js';
import { show } from './board.js';
import { tick } from './clock.js';

const EVERY = 10000;

async function fresh() {
  try {
    show(await piece('/board?wall=1', { background: true }));
    tick(true);
  } catch { /* what stands stays: the strip on top says how old it is, and the next round tries again */ }
}

async function awake() {
  try { if (!document.hidden) await navigator.wakeLock?.request('screen'); } catch { /* low battery: the screen may sleep */ }
}

if (document.querySelector('#board[data-wall]')) {
  setInterval(fresh, EVERY);
  document.addEventListener('visibilitychange', awake);
  awake();
}
