// Countdowns on the server's time, from one timer: each second under ten minutes, else each minute. Never the local clock.
let offset = Date.parse(document.body.dataset.now) - Date.now();
const MINUS = '\u2212';
const RING = 30.16;

export const now = () => Date.now() + offset;
export function sync(moment) { offset = Date.parse(moment) - Date.now(); }

export function span(seconds) {
  const whole = Math.trunc(Math.abs(seconds)), sign = seconds < 0 ? MINUS : '';
  const minutes = Math.trunc(whole / 60), hours = Math.trunc(whole / 3600), days = Math.trunc(whole / 86400);
  if (!minutes) return `${sign}${whole}s`;
  if (!hours) return `${sign}${minutes}m`;
  if (!days) return `${sign}${hours}h ${String(minutes % 60).padStart(2, '0')}m`;
  return hours % 24 ? `${sign}${days}d ${hours % 24}h` : `${sign}${days}d`;
}

function countdown(seconds) {
  const whole = Math.trunc(Math.abs(seconds));
  if (whole >= 3600) return span(seconds);
  return `${seconds < 0 ? MINUS : ''}${Math.trunc(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

export const pressure = (seconds) => seconds < 0 ? 'late' : seconds <= 600 ? 'risk' : seconds <= 1800 ? 'soon' : 'calm';

function draw(element, at) {
  const due = Date.parse(element.dataset.due), left = (due - at) / 1000, state = pressure(left);
  if (!element.classList.contains(state)) {
    element.classList.remove('late', 'risk', 'soon', 'calm');
    element.classList.add(state);
  }
  const long = 'long' in element.dataset, text = element.querySelector('[data-text]');
  const words = long ? countdown(left) : span(left);
  if (text) write(text, words);
  const word = element.querySelector('[data-word]');
  if (word) write(word, left < 0 ? 'late' : 'left');
  const start = Date.parse(element.dataset.start), share = start ? Math.max(0, Math.min(1, (due - at) / (due - start))) : 0;
  size(element.querySelector('.fg'), 'stroke-dasharray', `${(share * RING).toFixed(1)} 100`);
  if (long) size(element.nextElementSibling?.querySelector('rect'), 'width', `${(share * 100).toFixed(1)}%`);
}

// what stands already is not written again: each write costs its row a style and a layout
function write(element, words) { if (element.textContent !== words) element.textContent = words; }
function size(element, name, value) { if (element && element.getAttribute(name) !== value) element.setAttribute(name, value); }

export function tick(every, within = document) {         // a pane just put in place needs no more than its own clocks drawn
  const at = now();
  for (const element of within.querySelectorAll('[data-due]')) {
    if (every || Math.abs(Date.parse(element.dataset.due) - at) < 610000) draw(element, at);
  }
  if (every) for (const element of within.querySelectorAll('[data-age]')) {
    const seconds = (at - Date.parse(element.dataset.age)) / 1000;
    write(element, seconds < 60 ? 'now' : span(seconds).split(' ')[0]);
  }
  document.dispatchEvent(new CustomEvent('tick', { detail: { every } }));
}

let beats = 0;
setInterval(() => tick(beats++ % 60 === 0), 1000);
