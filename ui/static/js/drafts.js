// Unsent words, per conversation and mode: in this tab only, until the server has them; wiped at sign-out.
const me = `draft:${document.body.dataset.me}:`;
const key = (conversation, mode) => `${me}${conversation}:${mode}`;

export const read = (conversation, mode) => sessionStorage.getItem(key(conversation, mode)) ?? '';

export function keep(conversation, mode, text) {
  if (text) sessionStorage.setItem(key(conversation, mode), text); else sessionStorage.removeItem(key(conversation, mode));
}

export function wipe() { sessionStorage.clear(); }

for (const name of Object.keys(sessionStorage)) {       // whoever sat here before keeps nothing for the next
  if (name.startsWith('draft:') && !name.startsWith(me)) sessionStorage.removeItem(name);
}
