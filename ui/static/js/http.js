// Requests of this page: the CSRF header on every act, problem details (RFC 9457) as words.
const token = () => document.querySelector('meta[name=csrf-token]').content;

// what nobody asked for by hand does not keep a session alive
const headers = (background) => ({ 'X-Fetch': '1', ...(background && { 'X-Background': '1' }) });

export async function act(method, url, body, { background = false, keepalive = false } = {}) {
  let response;
  try {
    response = await fetch(url, {
      method,
      keepalive,
      headers: { 'X-CSRF-Token': token(), ...headers(background), 'Content-Type': 'application/json', Accept: 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    return { ok: false, status: 0, words: 'The server cannot be reached. Your text is kept; try again.' };
  }
  const answer = response.headers.get('content-type')?.includes('json') ? await response.json() : null;
  if (response.status === 401) dispatchEvent(new Event('signed-out'));
  return { ok: response.ok, status: response.status, answer, words: response.ok ? '' : words(answer, response.status) };
}

function words(problem, status) {
  if (!problem) return `That did not work (${status}). Try again.`;
  const fields = (problem.errors ?? []).map((one) => `${one.field.replaceAll('_', ' ')}: ${one.detail}`);
  return [problem.detail || problem.title, ...fields].join('\n');
}

export async function piece(url, { background = false } = {}) {
  const response = await fetch(url, { headers: { ...headers(background), 'X-Piece': '1', Accept: 'text/html' } });
  if (response.status === 401) dispatchEvent(new Event('signed-out'));
  if (!response.ok) throw new Error(String(response.status));
  return response.text();
}

export async function post(url, body) {                 // words in a body, answered with a piece
  let response;
  try {
    const sent = { 'X-CSRF-Token': token(), ...headers(), 'X-Piece': '1', 'Content-Type': 'application/json', Accept: 'application/json' };
    response = await fetch(url, { method: 'POST', headers: sent, body: JSON.stringify(body) });
  } catch { return { ok: false, words: 'The server cannot be reached. Try again.' }; }
  if (response.status === 401) dispatchEvent(new Event('signed-out'));
  const problem = response.ok ? null : await response.json().catch(() => null);
  return { ok: response.ok, html: response.ok ? await response.text() : '', words: response.ok ? '' : words(problem, response.status) };
}
