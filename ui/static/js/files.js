// Files for a reply: chosen, pasted or dropped; each with its progress, each removable, kept with the draft.
import { act } from './http.js';
import { bound, composer, mode, part, problem, typed } from './composer.js';

const holder = () => part('[data-files]');
const size = (bytes) => bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

function line({ id, filename, size: bytes }) {
  const item = document.createElement('li'), remove = document.createElement('button');
  item.append(`${filename} `, Object.assign(document.createElement('span'), { className: 'mute', textContent: size(bytes) }), ' ', remove);
  Object.assign(remove, { type: 'button', className: 'link', textContent: 'Remove' });
  remove.setAttribute('aria-label', `Remove ${filename}`);
  remove.addEventListener('click', () => drop(item));
  if (id) item.dataset.upload = id;
  holder().append(item);
  return item;
}

async function drop(item) {
  const id = item.dataset.upload;
  item.request?.abort();
  item.remove();
  if (!id) return;
  await act('DELETE', `/conversations/${bound()}/uploads/${id}`);
  typed();
}

function put(file) {
  const conversation = bound(), item = line({ filename: file.name, size: file.size }), bar = document.createElement('progress'), request = new XMLHttpRequest();
  bar.max = file.size || 1;
  bar.setAttribute('aria-label', `Sending ${file.name} to the server`);
  item.append(' ', bar);
  item.request = request;
  request.open('POST', `/conversations/${conversation}/uploads`);
  for (const [name, value] of Object.entries({ 'X-CSRF-Token': document.querySelector('meta[name=csrf-token]').content, 'X-Fetch': '1', 'Content-Type': 'application/octet-stream', 'X-Filename': encodeURIComponent(file.name), Accept: 'application/json' })) request.setRequestHeader(name, value);
  request.upload.addEventListener('progress', ({ loaded }) => { bar.value = loaded; });
  request.responseType = 'json';
  request.addEventListener('loadend', () => {
    bar.remove();
    if (request.status === 201) { item.dataset.upload = request.response.id; if (item.isConnected) typed(); return; }
    item.remove();
    const { detail, errors = [] } = request.response ?? {};
    if (request.status || item.isConnected) problem(`${file.name}: ${errors[0]?.detail ?? detail ?? 'it could not be sent to the server. Try again.'}`);
  });
  request.send(file);
}

function take(files) {
  if (!files?.length) return false;
  if (mode() !== 'reply' || !holder()) return problem('Files go with replies, not with notes.');
  for (const file of files) put(file);
  return true;
}

const inside = (event) => composer()?.contains(event.target) && part('form');
document.addEventListener('change', (event) => { if (event.target.matches('#composer [type=file]')) { take([...event.target.files]); event.target.value = ''; } });
document.addEventListener('paste', (event) => { if (inside(event) && take([...event.clipboardData.files])) event.preventDefault(); });
document.addEventListener('dragover', (event) => inside(event) && event.preventDefault());
document.addEventListener('drop', (event) => { if (inside(event)) { event.preventDefault(); take([...event.dataTransfer.files]); } });
document.addEventListener('click', ({ target }) => target.closest('[data-attach]') && part('[type=file]').click());
document.addEventListener('sent', () => holder()?.replaceChildren());
document.addEventListener('restored', async ({ detail: { conversation, uploads = [] } }) => {
  if (!holder()) return;
  holder().replaceChildren();
  if (!uploads.length || mode() !== 'reply') return;
  const { answer } = await act('GET', `/conversations/${conversation}/uploads`);
  if (bound() !== conversation || holder().children.length) return;
  for (const one of answer?.items ?? []) if (uploads.includes(one.id)) line(one);
});
