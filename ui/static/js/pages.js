// Pages of the list, both ways, fetched when their end comes near: at most 200 rows in the document, the window slides.
import { piece } from './http.js';
import { parse } from './trust.js';
import { address, edge, items, rows, steady, trim } from './list.js';
import { tick } from './clock.js';

const NEAR = 400, PATIENCE = 300;
const fault = document.getElementById('list-fault');
let loading = false, failed;

async function load(way) {
  const end = edge(way), last = way === 'after' ? items().at(-1) : items()[0];
  if (loading || !last || end.hidden) return;
  loading = true;
  const waiting = setTimeout(() => end.classList.add('sk'), PATIENCE);
  try {
    add(way, parse(await piece(address(`&${way}=${encodeURIComponent(last.dataset.k)}`))));
    failed = undefined;
  } catch { failed = way; }
  clearTimeout(waiting);
  end.classList.remove('sk');
  fault.hidden = !failed;
  fault.querySelector('[data-text]').textContent = failed ? 'More could not be loaded. What is here stays.' : '';
  loading = false;
}

function add(way, found) {
  const fresh = [...found.querySelectorAll('.item')].filter((item) => !document.getElementById(item.id)), end = edge(way);
  steady(() => {
    if (way === 'after') end.before(...fresh); else end.after(...fresh);
    end.hidden = found.querySelector(`[data-edge=${way}]`)?.hidden ?? true;
    trim(way === 'after');
  });
  document.dispatchEvent(new Event('listed'));
  tick(true);
}

function near() {
  if (failed) return;
  if (rows.scrollHeight - rows.scrollTop - rows.clientHeight < NEAR) load('after');
  else if (rows.scrollTop < NEAR) load('before');
}

if (rows) {
  rows.addEventListener('scroll', near, { passive: true });
  rows.addEventListener('click', ({ target }) => target.closest('[data-page]') && load(target.closest('[data-page]').dataset.page));
  fault.addEventListener('click', ({ target }) => target.closest('[data-list-again]') && load(failed));
}
