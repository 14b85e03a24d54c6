// How the words would travel, always in sight: what allows it, how long it stays open, what they cost, what they would tell.
import { act } from './http.js';
import { now, span } from './clock.js';
import { bound, composer, part, send } from './composer.js';

const PAUSE = 600;
let timer, asked = 0;

document.addEventListener('words', ({ detail }) => {
  if (detail.mode === 'note') return quiet();
  line();
  cost(detail);
  clearTimeout(timer);
  if (!detail.text.trim()) return guard();
  timer = setTimeout(look, PAUSE, detail, ++asked);
});

function quiet() {
  clearTimeout(timer);
  part('[data-count]').textContent = '';
  guard();
}

async function cost({ text, channel }) {
  const said = part('[data-count]');
  said.textContent = text && channel !== 'sms' ? [...text].length : '';
  if (!text || channel !== 'sms') return;
  const { count } = await import('./segments.js');
  if (part('textarea')?.value !== text) return;
  const { segments, units, encoding, characters_forcing_ucs2: forcing } = count(text);
  const why = encoding === 'UCS-2' && segments > 1 ? `; ${forcing.slice(0, 3).join(' ')} makes texts shorter` : '';
  said.textContent = segments > 1 ? `${units}, sent as ${segments} texts${why}` : units;
}

const option = () => part('select')?.selectedOptions[0];

function line() {
  const chosen = option(), note = part('[data-reach]');
  if (!chosen || !note) return;
  const left = chosen.dataset.until ? (Date.parse(chosen.dataset.until) - now()) / 1000 : Infinity;
  if (left <= 0 && !chosen.disabled) return close(chosen);
  if ('template' in chosen.dataset) { note.textContent = 'press / for an approved template'; return; }
  note.textContent = chosen.dataset.basis + (left < Infinity ? `, window closes in ${span(left)}` : '');
}

function close(chosen) {                                // the window ran out under the hand: the next open way is offered
  chosen.disabled = true;
  const next = [...part('select').options].find((one) => !one.disabled);
  if (next) next.selected = true;
  part('[data-problem]').textContent = `The WhatsApp window closed. ${next ? `This would go by ${next.textContent.trim()}.` : 'Only an approved template may be sent.'}`;
  part('[data-problem]').hidden = false;
  part('select').dispatchEvent(new Event('change', { bubbles: true }));
}

async function look({ text, channel }, turn) {
  const { ok, answer } = await act('POST', `/conversations/${bound()}/check`, { channel, text }, { background: true });
  if (turn !== asked || !part('[data-guard]')) return;
  guard(ok ? answer : undefined);
}

function guard(found) {
  const strip = part('[data-guard]'), level = found?.level ?? 'allow';
  if (!strip) return;
  strip.hidden = level === 'allow';
  if (level === 'allow') return;
  const said = found.because.join(', '), name = option()?.textContent.trim().split(' to ')[0] ?? 'This channel';
  strip.querySelector('[data-text]').textContent = `${said[0].toUpperCase()}${said.slice(1)}. ${name} is not private.`;
}

document.addEventListener('words', ({ detail }) => {    // said before, not after
  const button = part('[data-attach]'), carries = option()?.dataset.files !== 'no';
  if (!button || detail.mode === 'note') return;
  button.disabled = !carries;
  button.title = carries ? 'Attach a file' : 'This channel carries no files; email does';
});
document.addEventListener('click', ({ target }) => target.closest('[data-secure]') && send(false, { secure: true }));
document.addEventListener('tick', () => composer() && part('form')?.dataset.mode === 'reply' && line());
