// Beside Send: the hours at which a reply may leave by itself, in the clinic's time.
import { now } from './clock.js';
import { hour, moment, wall } from './zone.js';
import { announce } from './announce.js';
import { composer, part, send } from './composer.js';

const HOUR = 3600000, DAY = 24 * HOUR;

function morning(days) { return moment(`${wall(now() + days * DAY).slice(0, 10)}T08:00`); }

function monday() {
  const today = new Date(`${wall(now()).slice(0, 10)}T00:00Z`).getUTCDay();
  return morning((8 - today) % 7 || 7);
}

const CHOICES = { hour: () => new Date(now() + HOUR).toISOString(), tomorrow: () => morning(1), monday };

function open(shown) {
  part('#later').hidden = !shown;
  part('[data-later]').setAttribute('aria-expanded', String(shown));
  if (!shown) return;
  part('#later input').value ||= wall(now() + DAY);
  part('#later button').focus();
}

async function leave(at) {
  open(false);
  const day = hour(at, { weekday: 'short' });
  if (await send(false, { send_at: at })) announce(`Planned for ${day}. It can be changed in the timeline.`, true);
}

document.addEventListener('click', ({ target }) => {
  if (!composer()) return;
  const choice = target.closest('[data-at]'), opener = target.closest('[data-later]');
  if (opener) return open(part('#later').hidden);
  if (choice?.dataset.at === 'own') return part('#later input').value && leave(moment(part('#later input').value));
  if (choice) return leave(CHOICES[choice.dataset.at]());
  if (part('#later') && !target.closest('#later')) part('#later').hidden || open(false);
});
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || !event.target.closest('#later')) return;
  event.stopPropagation();
  open(false);
  part('[data-later]').focus();
});
document.addEventListener('later', () => open(true));
