// The composer belongs to the person: nothing swaps it, its text goes away only when the server has it.
import { act } from './http.js';
import * as drafts from './drafts.js';
import { hour } from './zone.js';

export const composer = () => document.getElementById('composer');
export const part = (selector) => composer()?.querySelector(selector);
export const mode = () => part('form').dataset.mode;
export const bound = () => composer().dataset.conversation;
let ids = {};                                           // one client id per text, so that a second try is the same message

const NOTES = { typing: '', kept: 'Draft saved', here: 'Draft kept on this screen only', none: '' };

export function mount() {
  const form = part('form');
  if (!form || form.dataset.live) return;
  form.dataset.live = '1';
  ids = {};
  for (const one of ['reply', 'note']) {
    const kept = part(`template[data-kept=${one}]`), { version, at: updated_at, channel, to, uploads } = kept?.dataset ?? {};
    drafts.found(bound(), one, kept && { text: kept.content.textContent, version: Number(version), updated_at, channel, to, uploads: JSON.parse(uploads) });
  }
  show(form.dataset.mode);
  form.addEventListener('submit', (event) => { event.preventDefault(); send(false); });
  part('textarea').addEventListener('input', () => typed());
  part('textarea').addEventListener('blur', drafts.flush);
  part('select')?.addEventListener('change', () => typed());
}

drafts.listen((conversation, which, state, kept) => {
  if (!part('form') || bound() !== conversation || mode() !== which) return;
  part('[data-draft]').textContent = part('textarea').value ? NOTES[state] ?? '' : '';
  part('[data-elsewhere]').hidden = state !== 'elsewhere';
  if (kept) part('[data-elsewhere] [data-text]').textContent = `Kept from another screen, ${hour(kept.updated_at)}.`;
});

export function way() {
  const [channel = '', to = ''] = (part('select')?.value ?? '').split('|');
  return { channel, to };
}

export function files() { return [...composer().querySelectorAll('[data-upload]')].map((one) => Number(one.dataset.upload)); }

export function typed() {
  const text = part('textarea').value;
  drafts.keep(bound(), mode(), { text, ...way(), uploads: files(), base_seq: Number(composer().dataset.base) });
  changed();
  if (text) return;
  part('[data-held]').hidden = true;
  delete part('form').dataset.template;
}

function changed() { composer().dispatchEvent(new CustomEvent('words', { bubbles: true, detail: { text: part('textarea').value, mode: mode(), ...way() } })); }

export function show(which) {
  const form = part('form'), note = which === 'note';
  if (!form || part(`[data-do=mode-${which}]`)?.disabled !== false) return;
  form.dataset.mode = which;
  form.classList.toggle('noteb', note);
  for (const one of ['reply', 'note']) part(`[data-do=mode-${one}]`)?.setAttribute('aria-pressed', String(one === which));
  for (const one of form.querySelectorAll('[data-reply-only]')) one.hidden = note;
  for (const one of form.querySelectorAll('[data-note-only]')) one.hidden = !note;
  part('[data-send]').firstChild.data = note ? 'Add note' : 'Send';
  part('textarea').placeholder = note ? 'Write a note for staff; the patient never sees it. @ names a colleague' : 'Write to the patient. / for a canned reply';
  restore();
}

export function restore() {                             // what is kept for this conversation and mode, put before the person
  const kept = drafts.read(bound(), mode()), select = part('select');
  part('textarea').value = kept.text;
  if (kept.text && kept.channel && select) select.value = [...select.options].find((one) => one.value === `${kept.channel}|${kept.to}` && !one.disabled)?.value ?? select.value;
  part('[data-elsewhere]').hidden = !kept.held;
  part('[data-draft]').textContent = kept.text ? NOTES[kept.dirty ? 'here' : 'kept'] : '';
  if (kept.held) part('[data-elsewhere] [data-text]').textContent = `Kept from another screen, ${hour(kept.held.updated_at)}.`;
  composer().dispatchEvent(new CustomEvent('restored', { bubbles: true, detail: kept }));
  changed();
}

export function choose(theirs) { drafts.choose(bound(), mode(), theirs); restore(); part('textarea').focus(); }

export function focus(which) { show(which); part('textarea')?.focus(); }

export function write(text) { show('reply'); part('textarea').value = text; typed(); part('textarea').focus(); }
export const again = write;

export async function send(override, more = {}) {
  const which = mode(), area = part('textarea'), text = area.value.trim(), attachments = files();
  const { conversation, base } = composer().dataset, button = part('[data-send]');
  if ((!text && !attachments.length && !more.template) || button.disabled) return false;
  if (document.getElementById('main').dataset.id !== conversation) return problem('This text belongs to another conversation. Nothing was sent.');
  const slot = [which, text, ...attachments, JSON.stringify(more)].join(':'), body = { client_id: (ids[slot] ??= crypto.randomUUID()), text };
  if (which === 'reply') Object.assign(body, way(), { base_seq: Number(base), override }, attachments.length && { attachments }, !more.secure && canned(), more);
  button.disabled = true;
  if (which === 'note') Object.assign(body, await (await import('./pick.js')).mentioned(text));
  await drafts.settled(conversation, which);
  const { ok, status, words } = await act('POST', `/conversations/${conversation}/${which === 'reply' ? 'replies' : 'notes'}`, body);
  button.disabled = false;
  if (ok) drafts.said(conversation, which);
  if (composer()?.dataset.conversation !== conversation) return ok;   // the person went elsewhere meanwhile
  problem(ok || status === 409 ? '' : words);
  if (status === 409) hold(words);
  if (!ok) return false;
  delete ids[slot];
  if (area.value.trim() === text) { area.value = ''; composer().dispatchEvent(new CustomEvent('sent', { bubbles: true })); changed(); } else typed();
  part('[data-draft]').textContent = '';
  part('[data-held]').hidden = true;
  return true;
}

function canned() {                                     // after WhatsApp's window only the template's own words may go
  const { template, words } = part('form').dataset, only = 'template' in (part('select')?.selectedOptions[0]?.dataset ?? {});
  return template && (!only || words === part('textarea').value) && { template, ...(only && { text: '' }) };
}

export function anew() { ids = {}; }                     // what was taken back is another message when it is sent again

export function problem(words) {
  part('[data-problem]').textContent = words;
  part('[data-problem]').hidden = !words;
  return false;
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
