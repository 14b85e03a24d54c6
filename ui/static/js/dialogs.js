// Acts on a conversation: plain forms in dialogs, sent by fetch; the problem's words stay beside the fields.
import { act } from './http.js';
import { announce } from './announce.js';
import { now } from './clock.js';
import { moment, wall } from './zone.js';
import { offer, wayBack } from './undo.js';

export function openDialog(name) {
  const dialog = document.getElementById(document.getElementById('bulk') && document.getElementById(`bulk-${name}`) ? `bulk-${name}` : name);
  if (!(dialog instanceof HTMLDialogElement) || dialog.open || dialog.closest('[inert]')) return false;
  for (const input of dialog.querySelectorAll('[data-moment]')) input.value ||= wall(now() + Number(input.dataset.moment) * 60000);
  dialog.showModal();
  return true;
}

export function values(form) {
  const body = {};
  for (const element of form.elements) {
    if ('list' in element.dataset) { (body[element.name] ??= []).push(...element.checked ? [element.value] : []); continue; }
    if ('flag' in element.dataset) { body[element.name] = element.checked; continue; }
    if (!element.name || element.disabled || (element.type === 'radio' && !element.checked)) continue;
    if ('split' in element.dataset) { const [name, value] = element.value.split('='); body[name] = typed(name, value); continue; }
    const value = element.type === 'datetime-local' && element.value ? moment(element.value) : element.value.trim();
    put(body, element.name, element.dataset.type === 'int' && value !== '' ? Number(value) : value === '' && !('kept' in element.dataset) ? null : value);
  }
  if (!body.follow_up?.what) delete body.follow_up;     // its date is filled in beforehand
  return body;
}

function put(body, name, value) {                        // `follow_up.what` goes into an object of its own
  if (value === null && !KEPT.has(name)) return;
  const [first, second] = name.split('.');
  if (second) (body[first] ??= {})[second] = value; else body[first] = value;
}

const KEPT = new Set(['patient_id']);                   // null says: nobody we know
const typed = (name, value) => name === 'team' ? value : Number(value);

async function submit(event) {
  const form = event.target.closest('form[data-act]');
  if (!form) return;
  event.preventDefault();
  const button = event.submitter, method = button?.dataset.method ?? form.dataset.method ?? 'POST';
  const body = values(form);
  if (form.action.endsWith('/closure')) body.client_id = form.dataset.client ??= crypto.randomUUID();
  button.disabled = true;
  const url = button?.getAttribute('formaction') ?? form.getAttribute('action'), back = wayBack(method, url);
  const { ok, status, answer, words } = await act(method, url, method === 'DELETE' ? undefined : body);
  button.disabled = false;
  if (status === 409 && answer?.version && form.elements.version) form.elements.version.value = answer.version;
  const problem = form.querySelector('[data-problem]');
  if (problem) { problem.hidden = ok; problem.textContent = words; } else if (!ok) announce(words, true);
  if (!ok) return;
  if (form.dataset.then) return location.assign(form.dataset.then);
  form.closest('dialog')?.close();
  if (back) offer(...back); else announce(form.dataset.said ?? 'Done', Boolean(form.dataset.said));
  form.dispatchEvent(new CustomEvent('done', { bubbles: true }));
}

document.addEventListener('submit', submit);
document.addEventListener('click', (event) => {
  const opener = event.target.closest('[data-dialog]');
  if (opener?.dataset.for) document.querySelector(`#${opener.dataset.dialog} form`).setAttribute('action', opener.dataset.for);
  if (opener?.dataset.about) document.querySelector(`#${opener.dataset.dialog} input[type=hidden]`).value = opener.dataset.about;
  if (opener) openDialog(opener.dataset.dialog);
  if (event.target.closest('[data-do=cancel]')) event.target.closest('dialog').close();
});
