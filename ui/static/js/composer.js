// The composer belongs to the person: nothing swaps it, its text goes away only when the server has it.
import { act } from './http.js';
import * as drafts from './drafts.js';

const part = (selector) => composer()?.querySelector(selector);
export const composer = () => document.getElementById('composer');
let ids = {};                                           // one client id per text, so that a second try is the same message

export function mount() {
  if (!composer()?.querySelector('form')) return;
  ids = {};
  show(part('form').dataset.mode);
  part('form').addEventListener('submit', (event) => { event.preventDefault(); send(false); });
  part('textarea').addEventListener('input', () => typed());
}

function typed() {
  const { conversation } = composer().dataset, mode = part('form').dataset.mode, text = part('textarea').value;
  drafts.keep(conversation, mode, text);
  part('[data-draft]').textContent = text ? 'Draft kept' : '';
  part('[data-count]').textContent = text ? `${[...text].length}` : '';
  if (!text) part('[data-held]').hidden = true;
}

export function show(mode) {
  const form = part('form'), note = mode === 'note';
  if (!form || part(`[data-do=mode-${mode}]`)?.disabled !== false) return;
  form.dataset.mode = mode;
  form.classList.toggle('noteb', note);
  for (const one of ['reply', 'note']) part(`[data-do=mode-${one}]`)?.setAttribute('aria-pressed', String(one === mode));
  if (part('[data-reply-only]')) part('[data-reply-only]').hidden = note;
  part('[data-send]').firstChild.data = note ? 'Add note' : 'Send';
  part('textarea').placeholder = note ? 'Write a note for staff; the patient never sees it' : 'Write to the patient';
  part('textarea').value = drafts.read(composer().dataset.conversation, mode);
  typed();
}

export function focus(mode) { show(mode); part('textarea')?.focus(); }

export function again(text) { show('reply'); part('textarea').value = text; typed(); part('textarea').focus(); }

export async function send(override) {
  const form = part('form'), mode = form.dataset.mode, area = part('textarea'), text = area.value.trim();
  const { conversation, base } = composer().dataset, button = part('[data-send]');
  if (!text || button.disabled) return;
  const slot = `${mode}:${text}`, body = { client_id: (ids[slot] ??= crypto.randomUUID()), text };
  if (mode === 'reply') {
    const [channel, to] = part('select').value.split('|');
    Object.assign(body, { channel, to, base_seq: Number(base), override });
  }
  button.disabled = true;
  const { ok, status, words } = await act('POST', `/conversations/${conversation}/${mode === 'reply' ? 'replies' : 'notes'}`, body);
  button.disabled = false;
  if (ok) drafts.keep(conversation, mode, '');
  if (composer()?.dataset.conversation !== conversation) return;   // the person went elsewhere meanwhile
  part('[data-problem]').hidden = ok || status === 409;
  part('[data-problem]').textContent = words;
  if (status === 409) return hold(words);
  if (ok && area.value.trim() === text) { area.value = ''; delete ids[slot]; typed(); }
}

function hold(words) {
  const strip = part('[data-held]');
  strip.querySelector('[data-text]').textContent = words;
  strip.hidden = false;
}

export function arrived(conversation, element, seq) {   // a new entry: while someone writes, it is said and not assumed read
  if (composer()?.dataset.conversation !== String(conversation) || !part('form')) return;
  const mine = element.dataset.author === document.querySelector('.me .m')?.textContent;
  composer().dataset.latest = seq;
  if (element.dataset.direction === 'out' && !mine && part('textarea').value) return hold(`${element.dataset.author} replied just now. Your text is kept.`);
  if (!part('textarea').value || mine) composer().dataset.base = seq;
}

export function readIt() {
  const scroll = document.getElementById('scroll');
  scroll.scrollTop = scroll.scrollHeight;
  part('[data-held]').hidden = true;
  composer().dataset.base = composer().dataset.latest ?? composer().dataset.base;
}
