// Requests of this page: the CSRF header on every act, problem details (RFC 9457) as words.
const token = () => document.querySelector('meta[name=csrf-token]').content;

// what nobody asked for by hand does not keep a session alive
const headers = (background) => ({ 'X-Fetch': '1', ...(background && { 'X-Background': '1' }) });

async function ask(method, url, body, { background = false, ...more }, wanted) {
  const response = await fetch(url, {
    method,
    headers: { ...(method !== 'GET' && { 'X-CSRF-Token': token() }), ...headers(background), ...(body !== undefined && { 'Content-Type': 'application/json' }), ...wanted },
    body: body && JSON.stringify(body),
    ...more,
  });
  if (response.status === 401) dispatchEvent(new Event('signed-out'));
  return response;
}

const JSON_WANTED = { Accept: 'application/json' }, PIECE = { 'X-Piece': '1', Accept: 'text/html' };
const told = (response) => response.headers.get('content-type')?.includes('json') ? response.json() : null;

export async function act(method, url, body, options = {}) {   // options: background, and those of fetch
  let response;
  try { response = await ask(method, url, body, options, JSON_WANTED); } catch {
    return { ok: false, status: 0, words: 'The server cannot be reached. Your text is kept; try again.' };
  }
  const { ok, status } = response, answer = await told(response);
  return { ok, status, answer, words: ok ? '' : words(answer, status) };
}

function words(problem, status) {
  if (!problem) return `That did not work (${status}). Try again.`;
  const fields = (problem.errors ?? []).map((one) => `${one.field.replace(/s\.(\d+)$/, (_, place) => ` ${Number(place) + 1}`).replaceAll('_', ' ')}: ${one.detail}`);
  return [problem.detail || problem.title, ...fields].join('\n');
}

export async function piece(url, options = {}) {
  const response = await ask('GET', url, undefined, options, PIECE);
  if (!response.ok) throw new Error(String(response.status));
  return response.text();
}

export async function post(url, body) {                 // words in a body, answered with a piece
  let response;
  try { response = await ask('POST', url, body, {}, { ...PIECE, ...JSON_WANTED }); } catch { return { ok: false, words: 'The server cannot be reached. Try again.' }; }
  const { ok, status } = response;
  return ok ? { ok, html: await response.text(), words: '' } : { ok, html: '', words: words(await told(response), status) };
}
