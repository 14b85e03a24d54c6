// The phone of this page: calls that ring or are ours, and in the browser the line itself. The SDK comes with the first
// call that is answered here; where nobody is on the line (the demo) it never comes.
import { act } from './http.js';
import { announce } from './announce.js';
import { now } from './clock.js';
import { morph, one } from './trust.js';

const SDK = '../vendor/twilio-voice-sdk/twilio.min.js', FRESH = 3000000;   // a pass holds for an hour
const holder = document.getElementById('phone'), titled = document.title;
let device, line, passed = 0;

const card = (id) => document.getElementById(`phone-${id}`);

export function show(id, html) {
  const old = card(id), fresh = html ? one(html) : null;
  if (!fresh) old?.remove();
  else if (!old) holder.append(fresh);
  else if (old.dataset.part === fresh.dataset.part && fresh.dataset.phase !== 'wrapping') morph(old, fresh);
  else if (old.dataset.phase !== 'wrapping' || fresh.dataset.phase !== 'wrapping') old.replaceWith(fresh);   // a report that is being written stays
  if (fresh && !old) announce(fresh.getAttribute('aria-label'), false);
  if (!fresh && line?.id === String(id)) hangUp();
  tick();
}

function tick() {
  for (const element of holder.querySelectorAll('[data-since]')) {
    const seconds = Math.max(0, Math.floor((now() - Date.parse(element.dataset.since)) / 1000));
    element.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  }
  const rings = holder.querySelector('[data-part=ring], [data-part=asked]');
  document.title = rings ? `☎ ${titled}` : titled;
}

async function say(id, name, body = {}) {
  const { ok, answer, words } = await act('POST', `/calls/${id}/${name}`, { client_id: crypto.randomUUID(), ...body });
  const problem = card(id)?.querySelector('[data-problem]');
  if (problem) { problem.hidden = ok; problem.textContent = words; } else if (!ok) announce(words, true);
  return ok ? answer ?? {} : null;
}

async function ready() {                                // answers whether anybody speaks here; throws what to say where not
  const { ok, answer, words } = await act('POST', '/phone/pass', {});
  if (!ok) throw new Error(words);
  if (answer.simulated) return false;
  if (!window.Twilio?.Device) await import(SDK);
  if (device && now() - passed < FRESH) return true;
  device?.destroy();
  device = new window.Twilio.Device(answer.token, { closeProtection: true });
  passed = now();
  return true;
}

async function join(id, take) {
  if (!await ready()) return;
  line = { id: String(id), call: await device.connect({ params: { call: String(id), take: String(take) } }) };
  line.call.on('disconnect', () => { line = undefined; });
  line.call.on('error', () => { line = undefined; say(id, 'release'); });
}

function hangUp() {
  line?.call.disconnect();
  line = undefined;
}

async function pickUp(id, by) {
  if (by === 'browser') {
    try { await ready(); } catch (fault) { return announce(fault.message, true); }
  }
  const took = await say(id, 'pickup', { by });
  if (!took) return;
  document.querySelector(`#phone-${id} a[href^="/conversations/"]`)?.click();
  if (by !== 'browser') return;
  try { await join(id, took.take); } catch { announce('The line could not be opened. The call waits for somebody else.', true); say(id, 'release'); }
}

async function callTo(button) {
  const by = button.dataset.by ?? 'browser';
  button.disabled = true;
  try {
    if (by === 'browser') await ready();
    const { ok, answer, words } = await act('POST', `/conversations/${button.dataset.callTo}/calls`, { client_id: crypto.randomUUID(), by });
    if (!ok) throw new Error(words);
    if (by === 'browser') await join(answer.call, answer.take);
  } catch (fault) { announce(fault.message, true); }
  button.disabled = false;
}

document.addEventListener('click', ({ target }) => {
  const button = target.closest('[data-call-do]'), id = button?.closest('.call').dataset.call;
  if (target.closest('[data-call-to]')) return callTo(target.closest('[data-call-to]'));
  if (!button) return;
  if (button.dataset.callDo === 'pickup') return pickUp(id, button.dataset.by ?? 'browser');
  say(id, button.dataset.callDo);
});
holder.addEventListener('change', ({ target }) => {
  if (target.matches('[data-call-ask]') && target.value) say(target.closest('.call').dataset.call, 'question', { to: Number(target.value) });
});
setInterval(tick, 1000);
tick();
