// Says how old the screen is: a dot while it is live, an amber line with the time since when it is not.
import { now } from './clock.js';

export const SILENCE = 33000;                           // two missed beats and a little
const LATE = 5000;
let last = Date.now(), down = last;

export function heard() { last = down = Date.now(); }
export const silence = () => Date.now() - last;

export function watch(alive) { setInterval(() => show(alive()), 1000); }

function show(alive) {
  if (alive) down = Date.now();
  const stale = silence() > SILENCE || Date.now() - down > LATE, strip = document.getElementById('not-live');
  if (stale && strip.hidden) strip.querySelector('[data-text]').textContent = `Not live since ${since()}. Read and write on; nothing is lost.`;
  strip.hidden = !stale;
  document.documentElement.classList.toggle('stale', stale);
  const dot = document.getElementById('live-dot');
  if (!dot) return;
  dot.classList.toggle('off', stale);
  dot.textContent = stale ? 'Not live' : 'Live';
}

function since() {
  const at = new Date(last + now() - Date.now()), timeZone = document.body.dataset.zone;
  return at.toLocaleTimeString('en-US', { hour12: false, timeZone });
}
