// How many parts a text costs as an SMS: the same count as channels/segments.py, held equal by a test.
const BASIC = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const SEPTETS = new Map([...[...BASIC].map((one) => [one, 1]), ...[...'\f^{}\\[~]|€'].map((one) => [one, 2])]);
const GLUE = new Set('♀♂⚕⚖✈❤🌈🌾🍳🎓🎤🎨🏫🏭💋💻💼🔧🔬🗨🚀🚒👦👧👨👩');
const BASE = /^[☝⛹✊-✍🎅🏂-🏄🏇🏊-🏌👂👃👆-👐👦-👩👮👰-👸👼💁-💃💅-💇💪🕴🕵🕺🖐🖕🖖🙅-🙇🙋-🙏🚣🚴-🚶🛀🛌🤘-🤜🤞🤟🤦🤰-🤹🤽🤾🧑-🧝]$/u;
const PREPENDED = /^[\u0600-\u0605\u06dd\u070f\u08e2\u{110bd}]/u;
const EXTENDS = /^[\p{Mn}\p{Me}\p{Mc}\u200c\u200d\uff9e\uff9f\u{e0020}-\u{e007f}]/u;
const CONTROL = /^[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u, KEPT = /^[\u200c\u200d\u{e0020}-\u{e007f}]/u;
const FLAG = /^[\u{1f1e6}-\u{1f1ff}]$/u, TONE = /^[\u{1f3fb}-\u{1f3ff}]$/u;

export function count(text) {
  const visible = clusters([...text]), forcing = [...new Set(visible.filter((one) => !SEPTETS.has(one)))];
  const sizes = forcing.length ? visible.map((one) => one.length) : [...text].map((one) => SEPTETS.get(one));
  const [segments, left] = fill(sizes, forcing.length ? 16 : 7);
  return { encoding: forcing.length ? 'UCS-2' : 'GSM-7', segments, units: sizes.reduce((sum, one) => sum + one, 0), units_left: left, characters_forcing_ucs2: forcing };
}

function fill(sizes, bits) {                            // only a second part makes the first need its header
  const joined = Math.floor(1072 / bits);
  let segments = 1, left = Math.floor(1120 / bits);
  for (const [place, size] of sizes.entries()) {
    if (size > left) left = joined - (segments++ === 1 ? displaced(sizes.slice(0, place), joined) : 0);
    left -= size;
  }
  return [segments, Math.max(left, 0)];
}

function displaced(sizes, joined) {
  let out = 0, kept = sizes.reduce((sum, one) => sum + one, 0);
  while (sizes.length && kept > joined) { const size = sizes.pop(); kept -= size; out += size; }
  return out;
}

function clusters(characters) {
  const found = [];
  for (const one of characters) {
    if (found.length && joins(found.at(-1), one)) found.push(found.pop() + one); else found.push(one);
  }
  return found;
}

const breaks = (one) => !KEPT.test(one) && !PREPENDED.test(one) && CONTROL.test(one);

function joins(cluster, one) {
  const parts = [...cluster], last = parts.at(-1);
  if ((last < '\u0300' && one < '\u0300') || breaks(last) || breaks(one)) return false;
  return EXTENDS.test(one) || PREPENDED.test(last) || (last === '\u200d' && GLUE.has(one))
    || (TONE.test(one) && BASE.test([...cluster.replace(/\ufe0f+$/, '')].at(-1) ?? ''))
    || (FLAG.test(one) && parts.length === 1 && FLAG.test(last)) || hangul(last, one);
}

function hangul(last, one) {
  if (last >= '\u1100' && last <= '\u115f') return (one >= '\u1100' && one <= '\u11a7') || (one >= '\uac00' && one <= '\ud7a3');
  return ((last >= '\uac00' && last <= '\ud7a3') || (last >= '\u1160' && last <= '\u11ff')) && one >= '\u1160' && one <= '\u11ff';
}
