// Puts the operations of live frames on the screen, those that came since it was drawn together: of each part the newest
// only, so that a burst costs what it changes. An older version never overwrites a newer one.
import * as list from './list.js';
import { morph, morphInside, one } from './trust.js';
import { tick } from './clock.js';
import { arrived } from './composer.js';
import { announce } from './announce.js';
import { cameIn } from './presence.js';
import { add } from './timeline.js';
import { conversation as reread } from './refresh.js';

const waiting = new Map();                              // part of the screen → [operation, seq]

export function apply({ verb, data, seq }) {             // shown by the next flush
  if (verb === 'gone') keep(['gone', data.conversation_id, data.note], seq);
  for (const op of data?.ops ?? []) keep(op, seq);
}

export function flush() {
  const taken = [...waiting.values()];
  waiting.clear();
  for (const [[kind, ...rest], seq] of taken) {
    try { OPS[kind]?.(...rest, seq); } catch (fault) { console.error('a frame could not be shown', fault); }
  }
  if (taken.length && !list.settle()) tick(true);
}

function keep(op, seq) {
  const which = part(op);
  if (age(waiting.get(which)?.[0] ?? []) > age(op)) return;
  waiting.delete(which);                                // what came last is shown last
  waiting.set(which, [op, seq]);
}

function part([kind, id, name]) {
  if (kind === 'item') return name;
  return kind === 'panel' ? `${name}-${id}` : kind === 'row' || kind === 'gone' ? `row-${id}` : kind === 'call' ? `phone-${id}` : kind;
}

const age = ([kind, , second, third]) => kind === 'row' ? second : kind === 'panel' ? third : undefined;

const OPS = {
  row(id, version, key, views, html, note) {
    if (!list.here) return;
    // what a search found, and the list of everything, are the server's to say: rows change there, none comes, moves or goes
    const searched = list.rows.hasAttribute('data-search'), there = document.getElementById(`row-${id}`);
    if (searched) { if (there) list.put(id, version, there.dataset.k, html); } else if (views.includes(list.here)) list.put(id, version, key, html);
    else list.drop(id, typeof note === 'string' ? note : 'Not in this list any more', version);
  },
  gone(id, note) {
    if (list.here) list.drop(id, note ?? 'Gone');
    if (document.getElementById('main')?.dataset.id === String(id)) announce(note ?? 'This conversation is no longer yours to see.', true);
  },
  item(conversation, id, key, html, seq) {
    const line = document.getElementById(`line-${conversation}`);
    if (!line) return;
    const fresh = one(html), old = document.getElementById(id);
    if (old) return morph(old, fresh);
    if (!add(line, fresh, key)) return;
    arrived(conversation, fresh, seq);
    if (fresh.dataset.direction === 'in') cameIn(String(conversation));
  },
  panel(conversation, name, version, html) {
    const holder = document.getElementById(`${name}-${conversation}`);
    if (!holder || Number(holder.querySelector('[data-v]')?.dataset.v) > version) return;
    morphInside(holder, html);
  },
  counts(counts) {
    for (const [view, n] of Object.entries(counts)) {
      const element = document.querySelector(`[data-count-of="${CSS.escape(view)}"]`);
      if (element) element.textContent = n >= 100 ? '99+' : n || '';
    }
  },
  // words left for another conversation: what is shown is read anew, the composer stays
  anew: (id) => document.getElementById('main')?.dataset.id === String(id) && reread().catch(() => announce('The screen could not be brought up to date. Reload it.', true)),
  look: (words) => announce(words, true),
  call: async (id, html) => (await import('./phone.js')).show(id, html),
  board: async (html) => (await import('./board.js')).show(html),
};
