// Sound and notification for what is mine or urgent, from one tab of all: it says queue and urgency, never who.
import { alarm } from './announce.js';
import { now } from './clock.js';
import { prefers } from './preferences.js';

const OLD = 120000, NOTES = { new: [660, 880], late: [880, 660, 880] };
let leads = false, context;
navigator.locks?.request('warmline-bell', () => new Promise(() => { leads = true; }));

export function ring({ at, data }) {
  if (now() - Date.parse(at) > OLD) return;             // what is caught up on is shown, not rung for
  for (const [op, kind, urgent, where] of data?.ops ?? []) if (op === 'alert') tell(kind, urgent, `${kind === 'late' ? 'Late' : 'New message'}: ${where}`);
}

function tell(kind, urgent, words) {
  if (kind === 'late' && urgent) alarm(words);
  if (!leads) return;
  if (prefers('sound')) play(kind);
  if (document.hidden && prefers('notifications') && window.Notification?.permission === 'granted') {
    const note = new Notification('Warmline', { body: words, tag: words });
    note.onclick = () => { focus(); note.close(); };
  }
}

async function play(kind) {
  context ??= new AudioContext();
  if (context.state !== 'running') await Promise.race([context.resume(), new Promise((done) => setTimeout(done, 300))]);
  document.getElementById('no-sound').hidden = context.state === 'running';
  if (context.state !== 'running') return;
  NOTES[kind].forEach((pitch, place) => tone(pitch, context.currentTime + place * 0.16));
}

function tone(pitch, at) {
  const source = new OscillatorNode(context, { frequency: pitch }), volume = new GainNode(context, { gain: 0 });
  volume.gain.setTargetAtTime(0.12, at, 0.01);
  volume.gain.setTargetAtTime(0, at + 0.1, 0.03);
  source.connect(volume).connect(context.destination);
  source.start(at);
  source.stop(at + 0.3);
}

document.addEventListener('click', ({ target }) => { if (target.closest('[data-sound]')) play('new'); });
document.addEventListener('change', ({ target }) => {
  if (target.dataset.prefers === 'notifications' && target.checked) window.Notification?.requestPermission();
});
