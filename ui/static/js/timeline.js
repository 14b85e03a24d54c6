// The timeline of an open conversation: a page at a time upwards, at most MOST entries, and never moved under the eye.
import { piece } from './http.js';
import { parse } from './trust.js';
import { announce } from './announce.js';
import { tick } from './clock.js';

const MOST = 300, LEEWAY = 20, NEAR = 100;
const scroller = () => document.getElementById('scroll');
const isAtEnd = (scroll) => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR;
const button = () => document.querySelector('[data-do=latest]');
const entries = (line) => [...line.children].filter((one) => one.id);

export function add(line, fresh, key) {                 // answers whether it was put in place
  const scroll = line.parentElement, first = entries(line)[0], last = entries(line).at(-1), follows = isAtEnd(scroll);
  if (first && key < first.dataset.k && line.querySelector('[data-do=earlier]')) return false;   // "Earlier" brings it
  if (line.dataset.cut && last && key > last.dataset.k) { button().hidden = false; return false; }
  let before = null;
  for (let at = line.lastElementChild; at && at.dataset.k > key; at = at.previousElementSibling) before = at;
  line.insertBefore(fresh, before);
  separate(line);
  if (follows) { trim(line); scroll.scrollTop = scroll.scrollHeight; } else if (!before) button().hidden = false;
  return true;
}

function separate(line) {                               // a line for each day, wherever entries came in
  for (const one of line.querySelectorAll('.day:not(.new)')) one.remove();
  let day = '';
  for (const one of entries(line)) {
    if (one.dataset.day === day) continue;
    day = one.dataset.day;
    const mark = Object.assign(document.createElement('li'), { className: 'day', textContent: day });
    mark.dataset.k = one.dataset.k.slice(0, 17);
    one.before(mark);
  }
}

function trim(line) {                                   // the oldest go; the link brings them back
  const all = entries(line);
  if (all.length <= MOST + LEEWAY) return;
  for (const one of all.slice(0, -MOST)) one.remove();
  const top = entries(line)[0], url = `/conversations/${line.id.slice(5)}/timeline?before=${top.dataset.k}`;
  const link = line.querySelector('[data-do=earlier]');
  if (link) link.href = url;
  else line.prepend(Object.assign(document.createElement('li'), { className: 'ev earlier' }));
  if (!link) line.firstElementChild.append(Object.assign(document.createElement('a'), { className: 'btn sm', textContent: 'Earlier', href: url }));
  line.querySelector('.earlier a').dataset.do = 'earlier';
  separate(line);
}

export async function earlier(link) {
  const line = link.closest('.tl'), scroll = scroller();
  link.setAttribute('aria-busy', 'true');
  try {
    const fresh = parse(await piece(link.href)), first = entries(line)[0], top = first.getBoundingClientRect().top;
    link.parentElement.remove();
    line.prepend(...[...fresh.children].filter((one) => !one.id || !document.getElementById(one.id)));
    const all = entries(line);
    if (all.length > MOST + LEEWAY) { line.dataset.cut = '1'; button().hidden = false; for (const one of all.slice(MOST)) one.remove(); }
    separate(line);
    scroll.scrollTop += first.getBoundingClientRect().top - top;
    tick(true);
  } catch { link.removeAttribute('aria-busy'); announce('Earlier messages could not be loaded. Try again.', true); }
}

export async function older(link) {                      // a patient's history goes on downwards
  try { link.closest('li').replaceWith(parse(await piece(link.href))); } catch { announce('Earlier messages could not be loaded. Try again.', true); }
}

export function latest() {
  const line = scroller().firstElementChild;
  if (line.dataset.cut) return location.reload();       // the end was let go of: drafts are kept by the composer
  scroller().scrollTop = scroller().scrollHeight;
  button().hidden = true;
}

export function pictures(asked) {                       // those that came with the mail; nothing is fetched from elsewhere
  const frame = asked.previousElementSibling;
  frame.src = `${frame.getAttribute('src')}?pictures=1`;
  asked.remove();
}

document.addEventListener('scroll', ({ target }) => {
  if (target.id !== 'scroll') return;
  if (isAtEnd(target) && !target.firstElementChild.dataset.cut) button().hidden = true;
  const link = target.querySelector('[data-do=earlier]:not([aria-busy])');
  if (link && target.scrollTop < 40 && target.scrollHeight > target.clientHeight + 200) earlier(link);
}, { capture: true, passive: true });
