// Puts the operations of a live frame on the screen. An older version never overwrites a newer one.
import * as list from './list.js';
import { morph, morphInside, one } from './trust.js';
import { tick } from './clock.js';
import { arrived } from './composer.js';
import { announce } from './announce.js';
import { cameIn } from './presence.js';
import { add } from './timeline.js';

export function apply({ verb, data, seq }) {
  if (verb === 'gone') OPS.gone(data.conversation_id, data.note);
  for (const [kind, ...rest] of data?.ops ?? []) OPS[kind]?.(...rest, seq);
  tick(true);
}

const OPS = {
  row(id, version, key, views, html, note) {
    if (!list.here) return;
    const searched = list.rows.hasAttribute('data-search');   // what a search found is the server's to say: it changes, none comes or goes
    if (searched ? document.getElementById(`row-${id}`) : views.includes(list.here)) list.put(id, version, key, html);
    else if (!searched) list.drop(id, typeof note === 'string' ? note : 'Not in this list any more', version);
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
  board: async (html) => (await import('./board.js')).show(html),
};
