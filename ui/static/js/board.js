// The runway: marks drift left as their clocks run out, every ten seconds, on the server's time.
import { now, pressure } from './clock.js';

const POINTS = [[-30, 1], [0, 16], [10, 40], [30, 64], [60, 80], [120, 99]];

function place(minutes) {
  const m = Math.max(-30, Math.min(120, minutes));
  for (let i = 1; i < POINTS.length; i++) {
    const [[low, left], [high, right]] = [POINTS[i - 1], POINTS[i]];
    if (m <= high) return left + (m - low) / (high - low) * (right - left);
  }
  return 99;
}

function drift() {
  const at = now();
  for (const mark of document.querySelectorAll('.mk[data-mark]')) {
    const seconds = (Date.parse(mark.dataset.mark) - at) / 1000;
    mark.setAttribute('x', `${place(seconds / 60).toFixed(2)}%`);
    mark.setAttribute('class', `mk ${pressure(seconds)}`);
  }
}

if (document.getElementById('board')) {
  setInterval(drift, 10000);
  document.addEventListener('tick', ({ detail }) => {
    const face = document.querySelector('[data-now-face]');
    if (face && detail.every) face.textContent = new Date(now()).toLocaleTimeString('en-US', { hour: 'numeric', minute: '2-digit', timeZone: document.body.dataset.zone });
    if (detail.every) drift();
  });
}
