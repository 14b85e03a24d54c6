// What a screen reader hears: one polite region, at most every five seconds; an alarm at once. Some of it seen as a toast.
const PAUSE = 5000;
let words = [], spoken = -PAUSE, timer;

export function announce(text, seen = false) {
  words.push(text);
  timer ??= setTimeout(speak, Math.max(200, spoken + PAUSE - performance.now()));
  if (seen) toast(text);
}

export function alarm(text) {                           // for what is urgent and late, and nothing else
  document.getElementById('alarm').textContent = text;
  toast(text);
}

function speak() {
  document.getElementById('announce').textContent = [...new Set(words)].slice(-3).join('. ');
  words = [];
  timer = undefined;
  spoken = performance.now();
}

function toast(text) {
  const element = document.createElement('p');
  element.className = 'toast';
  element.textContent = text;
  document.getElementById('toasts').append(element);
  setTimeout(() => element.remove(), 6000);
}

for (const [type, polite] of [['focusin', 'off'], ['focusout', 'polite']]) {   // the timeline is silent while somebody writes
  document.addEventListener(type, ({ target }) => target.closest('#composer') && document.getElementById('scroll')?.setAttribute('aria-live', polite));
}
