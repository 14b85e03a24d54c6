// What a screen reader hears (one polite region, batched) and what everyone sees for a moment.
let words = [], timer;

export function announce(text, seen = false) {
  words.push(text);
  timer ??= setTimeout(speak, 1000);
  if (seen) toast(text);
}

function speak() {
  document.getElementById('announce').textContent = [...new Set(words)].slice(-3).join('. ');
  words = [];
  timer = undefined;
}

function toast(text) {
  const element = document.createElement('p');
  element.className = 'toast';
  element.textContent = text;
  document.getElementById('toasts').append(element);
  setTimeout(() => element.remove(), 6000);
}
