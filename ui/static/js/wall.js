// The board on a wall: asks for its own pieces, which name nobody, and keeps the screen awake while it is looked at. A
// screen with a token of its own has no socket: its own round says how old it is, and once it was ended it shows nothing.
import { piece } from './http.js';
import { show } from './board.js';
import { tick } from './clock.js';
import { heard, silence, SILENCE, watch } from './freshness.js';

const EVERY = 10000, OWN = document.querySelector('#board[data-wall]')?.dataset.wall;

async function fresh() {
  try {
    show(await piece(OWN || '/board?wall=1', { background: true }));
    tick(true);
    if (OWN) heard();
  } catch (error) { if (OWN && error.message === '401') location.reload(); /* else what stands stays, and the next round tries again */ }
}

async function awake() {
  try { if (!document.hidden) await navigator.wakeLock?.request('screen'); } catch { /* low battery: the screen may sleep */ }
}

if (document.querySelector('#board[data-wall]')) {
  setInterval(fresh, EVERY);
  document.addEventListener('visibilitychange', awake);
  awake();
  if (OWN) watch(() => silence() <= SILENCE);
}
