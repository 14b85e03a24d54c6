// A quarter of an hour without a hand and the page is covered: nothing of it is seen or used until its person is back.
import { act } from './http.js';
import { announce } from './announce.js';

const IDLE = 15 * 60000, WARN = 14 * 60000;
const dialog = document.getElementById('lock'), root = document.documentElement;
const tabs = new BroadcastChannel('warmline-lock');
let warned = false, noted = 0;

export const locked = () => root.classList.contains('locked');

export function lock() {
  if (!dialog || locked()) return;
  root.classList.add('locked');
  for (const sound of document.querySelectorAll('audio')) sound.pause();
  dialog.showModal();
  dispatchEvent(new Event('locked'));
}

export function lockNow() {                             // also on the server, and so in every tab
  lock();
  tabs.postMessage({ lock: true });
  act('POST', '/lock', undefined, { background: true });
}

function free(csrf) {
  document.querySelector('meta[name=csrf-token]').content = csrf;
  root.classList.remove('locked');
  touch(true);
  dialog.close();
  dispatchEvent(new Event('unlocked'));
}

async function unlock(event) {
  event.preventDefault();
  const { password } = event.target.elements, me = Number(document.body.dataset.me), problem = dialog.querySelector('[data-problem]');
  const { ok, answer, words } = await act('POST', '/unlock', { actor_id: me, password: password.value });
  password.value = '';
  problem.hidden = ok;
  problem.textContent = words;
  if (!ok) return password.focus();
  free(answer.csrf);
  tabs.postMessage({ csrf: answer.csrf, me: document.body.dataset.me });
}

function touch(now) {                                   // all tabs of a person count as one
  if (locked() || !now && Date.now() - noted < 5000) return;
  noted = Date.now();
  warned = false;
  localStorage.setItem('touched', noted);
}

function look() {
  const idle = Date.now() - Number(localStorage.getItem('touched'));
  if (locked()) return;
  if (idle >= IDLE) return lockNow();
  if (idle >= WARN && !warned) announce('This screen locks in a minute. What you wrote is kept.', true);
  warned = idle >= WARN;
}

if (dialog) {
  touch(true);
  dialog.querySelector('form').addEventListener('submit', unlock);
  dialog.addEventListener('cancel', (event) => event.preventDefault());
  dialog.addEventListener('close', () => locked() && dialog.showModal());   // a browser may close it on a second Escape
  for (const type of ['pointermove', 'pointerdown', 'keydown', 'wheel']) addEventListener(type, () => touch(), { passive: true });
  addEventListener('signed-out', lock);
  document.addEventListener('visibilitychange', look);
  setInterval(look, 5000);
  tabs.onmessage = ({ data }) => {
    if (data.lock) lock();
    if (data.csrf && data.me === document.body.dataset.me && locked()) free(data.csrf);
  };
}
