// Forms of the admin pages: sent as one object, answered with a page to go to, a piece to show, or words beside the fields.
import { act, piece } from './http.js';
import { announce } from './announce.js';
import { fill } from './trust.js';
import './listing.js';

function gather(root) {                                 // `a.b` names nest, [data-list] holds [data-item]s, data-many collects
  const body = {};
  const own = (element) => element.parentElement.closest('[data-item], form') === root;
  for (const element of [...root.querySelectorAll('[name], [data-list]')].filter(own)) {
    if (element.disabled || element.localName === 'button') continue;
    if (element.dataset.list) put(body, element.dataset.list, [...element.children].filter((one) => one.matches('[data-item]')).map(gather));
    else if ('many' in element.dataset) put(body, element.name, element.checked ? [element.value] : [], true);
    else if (element.type !== 'radio' || element.checked) put(body, element.name, value(element));
  }
  return body;
}

function value(element) {
  if (element.type === 'checkbox') return element.checked;
  return element.dataset.type === 'int' ? (element.value === '' ? null : Number(element.value)) : element.value;
}

function put(body, name, value, collects = false) {
  const path = name.split('.'), last = path.pop();
  const holder = path.reduce((inner, part) => (inner[part] ??= {}), body);
  holder[last] = collects ? [...(holder[last] ?? []), ...value] : value;
}

function blame(form, errors) {                          // the words stand beside what they are about
  for (const old of form.querySelectorAll('.err')) old.remove();
  for (const old of form.querySelectorAll('[aria-invalid]')) { old.removeAttribute('aria-invalid'); old.removeAttribute('aria-describedby'); }
  for (const { field, detail } of errors) {
    const input = form.querySelector(`[name="${CSS.escape(field)}"], [data-field="${CSS.escape(field)}"]`);
    if (!input) continue;
    const note = Object.assign(document.createElement('small'), { className: 'err', id: `err-${field}`, textContent: detail });
    input.setAttribute('aria-invalid', 'true');
    input.setAttribute('aria-describedby', note.id);
    input.after(note);
  }
  form.querySelector('[aria-invalid]')?.focus();
}

export async function send(form, button) {
  const body = gather(form);
  if (button?.name) put(body, button.name, button.dataset.type === 'int' ? Number(button.value) : button.value);
  const { ok, answer, words } = await act('POST', button?.getAttribute('formaction') ?? form.getAttribute('action'), body);
  const problem = form.querySelector('[data-problem]');
  if (problem) { problem.hidden = ok; problem.textContent = ok ? '' : words; } else if (!ok) announce(words, true);
  for (const seen of form.querySelectorAll('[data-again]')) if (answer?.version) seen.value = answer.version;   // sent again it stands
  blame(form, ok ? [] : answer?.errors ?? []);
  if (!ok) return;
  if (answer?.go) return location.assign(answer.go);
  if (answer?.html) show(document.getElementById(button?.dataset.into ?? form.dataset.into), answer.html);
  else announce('Done', true);
}

function show(holder, html) {
  fill(holder, html);
  for (const told of document.querySelectorAll(`[data-told-of="${holder.id}"]`)) told.textContent = holder.querySelector('[data-tell]')?.textContent ?? told.textContent;
  const waiting = holder.querySelector('[data-poll]');
  if (waiting) setTimeout(async () => show(holder, await piece(waiting.dataset.poll, { background: true })), 700);
}

document.addEventListener('submit', async (event) => {
  if (!event.target.matches('form[data-admin]')) return;
  event.preventDefault();
  const button = event.submitter;
  if (button) button.disabled = true;
  await send(event.target, button);
  if (button) button.disabled = false;
});
document.addEventListener('click', async (event) => {
  const link = event.target.closest('[data-piece]');
  if (!link) return;
  event.preventDefault();
  show(document.getElementById(link.dataset.into), await piece(link.dataset.piece));
});
for (const holder of document.querySelectorAll('[data-first]')) show(holder, await piece(holder.dataset.first));
