// Unsent words, per conversation and mode: here and in this tab until the server has them, then on the server alone.
import { act } from './http.js';

const me = `draft:${document.body.dataset.me}:`, QUIET = 800, AGAIN = 5000;
const slots = new Map();                                // slot → { text, channel, to, …, version, dirty, timer, going }
let tell = () => {};

export function listen(listener) { tell = listener; }   // told as (conversation, mode, state, kept)
const name = (conversation, mode) => `${conversation}:${mode}`;

function slot(conversation, mode) {
  const key = name(conversation, mode);
  if (!slots.has(key)) slots.set(key, { conversation, mode, text: '', version: 0, ...JSON.parse(sessionStorage.getItem(me + key) ?? '{}') });
  return slots.get(key);
}

export const read = (conversation, mode) => slot(conversation, mode);

export function keep(conversation, mode, words) {       // words: { text, channel, to, uploads, base_seq }
  const mine = slot(conversation, mode);
  Object.assign(mine, words, { dirty: true });
  remember(mine);
  clearTimeout(mine.timer);
  mine.timer = setTimeout(push, QUIET, mine);
  tell(conversation, mode, 'typing');
}

function remember(mine) {
  const key = me + name(mine.conversation, mine.mode), { timer, going, ...rest } = mine;
  if (mine.dirty) sessionStorage.setItem(key, JSON.stringify(rest)); else sessionStorage.removeItem(key);
}

export function said(conversation, mode) {              // the server has it as a message or a note
  const mine = slot(conversation, mode);
  clearTimeout(mine.timer);
  Object.assign(mine, { text: '', uploads: [], version: 0, dirty: false });
  remember(mine);
}

export async function settled(conversation, mode) {     // a draft on its way must not arrive after what was said
  const mine = slot(conversation, mode);
  clearTimeout(mine.timer);
  await Promise.race([mine.going, new Promise((done) => setTimeout(done, 3000))]);
  clearTimeout(mine.timer);
}

async function push(mine, keepalive = false) {
  clearTimeout(mine.timer);
  if (!mine.dirty || mine.held || mine.going) return;
  const { conversation, mode, text, channel = '', to = '', uploads = [], base_seq = null, version } = mine;
  mine.going = act('PUT', `/conversations/${conversation}/draft`, { mode, text, channel, to, uploads, base_seq, version }, { keepalive });
  const { ok, status, answer } = await mine.going;
  delete mine.going;
  if (version !== mine.version) return;                 // said meanwhile
  if (status === 409) { mine.held = answer.kept; return tell(conversation, mode, 'elsewhere', answer.kept); }
  if (!ok) { mine.timer = setTimeout(push, AGAIN, mine); return tell(conversation, mode, 'here'); }
  mine.version = answer.version;
  mine.dirty = mine.text !== text || (mine.uploads ?? []).length !== uploads.length;
  remember(mine);
  if (mine.dirty) return push(mine);
  tell(conversation, mode, text ? 'kept' : 'none');
}

export function flush() { for (const mine of slots.values()) push(mine, true); }

export function found(conversation, mode, kept) {       // what the server keeps, as it was when the pane was made
  const mine = slot(conversation, mode), version = kept?.version ?? 0;
  if (mine.dirty && version > mine.version && kept.text !== mine.text) { mine.held = kept; return tell(conversation, mode, 'elsewhere', kept); }
  if (mine.dirty) return push(mine);
  if (version >= mine.version || !kept) Object.assign(mine, { text: '', uploads: [] }, kept, { version });
}

export function take(conversation, mode, kept) { Object.assign(slot(conversation, mode), { text: '', uploads: [], version: 0 }, kept, { dirty: false }); }

export function choose(conversation, mode, theirs) {    // after "kept from another screen": use it, or keep mine
  const mine = slot(conversation, mode), kept = mine.held;
  if (!kept) return;
  delete mine.held;
  mine.version = kept.version;
  if (theirs) Object.assign(mine, kept, { dirty: false }); else mine.dirty = true;
  remember(mine);
  push(mine);
}

export function wipe() { slots.clear(); sessionStorage.clear(); }

for (const key of Object.keys(sessionStorage)) {        // whoever sat here before keeps nothing for the next
  if (key.startsWith('draft:') && !key.startsWith(me)) sessionStorage.removeItem(key);
}
document.addEventListener('visibilitychange', () => document.hidden && flush());
addEventListener('pagehide', flush);
