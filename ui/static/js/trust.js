// The only module that turns the server's text into elements. Refuses scripts, handlers and frames without a sandbox.
const policy = window.trustedTypes
  ? trustedTypes.createPolicy('warmline', { createHTML: (html) => html })
  : { createHTML: (html) => html };
const ALLOWED_FRAME = /^\/messages\/\d+\/body$/;

export function parse(html) {
  const holder = document.createElement('template');
  holder.innerHTML = policy.createHTML(html);           // inert: nothing runs or loads before it is adopted
  for (const element of holder.content.querySelectorAll('*')) check(element);
  return holder.content;
}

function check(element) {
  if (/^(script|object|embed|base|meta|link|style)$/i.test(element.localName)) throw new Error(`refused <${element.localName}>`);
  for (const { name, value } of element.attributes) {
    if (name.startsWith('on') || name === 'srcdoc' || /^\s*javascript:/i.test(value)) throw new Error(`refused ${name}`);
  }
  if (element.localName === 'iframe' && !(element.hasAttribute('sandbox') && ALLOWED_FRAME.test(element.getAttribute('src')))) {
    throw new Error('refused a frame');
  }
}

export function one(html) {
  return parse(html).firstElementChild;
}

export function fill(holder, html) {
  holder.replaceChildren(parse(html));
}

export function morph(old, fresh) {                     // keeps focus, open details and a playing voicemail
  // for a field only: of any other element with the focus this would leave the content as it was
  Idiomorph.morph(old, fresh, { ignoreActiveValue: Boolean(document.activeElement?.matches('input, textarea, select')) });
}

export function morphInside(holder, html) {
  const fresh = holder.cloneNode(false);
  fresh.append(parse(html));
  morph(holder, fresh);
}
