// What has not left yet: some seconds to take it back, or the hour it is planned for. Its words return to the composer.
import { act } from './http.js';
import { announce } from './announce.js';
import { now } from './clock.js';
import * as drafts from './drafts.js';
import { offer } from './undo.js';
import { anew, composer, restore, show } from './composer.js';

const told = new Set();
const waiting = () => [...document.querySelectorAll('.msg[data-status=queued][data-send-at]')];
const left = (line) => Math.ceil((Date.parse(line.dataset.sendAt) - now()) / 1000);
const planned = (line) => Date.parse(line.dataset.sendAt) / 1000 - parseFloat(line.dataset.k) > 60;

function button(word, then) {
  const made = document.createElement('button');
  Object.assign(made, { type: 'button', className: 'link', textContent: word });
  made.addEventListener('click', then);
  return made;
}

function draw() {
  for (const line of waiting()) {
    const later = planned(line), place = line.querySelector(later ? '[data-scheduled]' : '[data-undo]'), message = place?.dataset.message;
    if (!place || !composer()?.querySelector('[data-do=mode-reply]')) continue;
    const seconds = left(line);
    if (!later) line.querySelector('[data-scheduled]').hidden = true;
    if (!later && seconds <= 0) { place.textContent = ''; continue; }
    if (!later) (place.querySelector('span') ?? place.appendChild(document.createElement('span'))).textContent = `Sending in ${seconds} s`;
    if (!later) offered(line, seconds);
    if (place.querySelector('button')) continue;
    if (later) place.append(' ', button('Change', () => takeBack(message, true)), ' ', button('Cancel', () => takeBack(message)));
    else place.append(' ', button('Undo', () => takeBack(message)));
  }
}

function offered(line, seconds) {                       // one's own just now: the key takes it back too
  if (told.has(line.dataset.id) || line.dataset.author !== document.querySelector('.me .m')?.textContent) return;
  told.add(line.dataset.id);
  offer(`Sending in ${seconds} s`, () => takeBack(line.dataset.id), seconds);
}

async function takeBack(message, again = false) {
  const { conversation } = composer().dataset;
  drafts.flush();
  await drafts.settled(conversation, 'reply');
  const done = await act('DELETE', `/conversations/${conversation}/replies/${message}`);
  if (!done.ok) { announce(done.words, true); return done; }
  anew();
  const { answer } = await act('GET', `/conversations/${conversation}/draft`);
  drafts.take(conversation, 'reply', answer?.reply);
  if (composer()?.dataset.conversation !== conversation) return done;
  show('reply');
  restore();
  composer().querySelector('textarea').focus();
  if (again) composer().dispatchEvent(new CustomEvent('later', { bubbles: true }));
  return done;
}

document.addEventListener('tick', draw);
draw();
