// The clinic's wall time, as every screen shows it: what a person types is meant there, wherever their machine stands.
const zone = document.body.dataset.zone;
const NUMBERS = Object.fromEntries(['year', 'month', 'day', 'hour', 'minute', 'second'].map((part) => [part, 'numeric']));

function ahead(at) {                                    // milliseconds by which the clinic is ahead of UTC at this moment
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', ...NUMBERS });
  const p = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second) - Math.floor(at / 1000) * 1000;
}

export const hour = (at, more) => new Date(at).toLocaleString('en-US', { hour: 'numeric', minute: '2-digit', timeZone: zone, ...more });
export const wall = (at) => new Date(at + ahead(at)).toISOString().slice(0, 16);     // what datetime-local wants

export function moment(text) {                          // twice, since the first guess may lie beyond a clock change
  const naive = Date.parse(`${text}Z`);
  return new Date(naive - ahead(naive - ahead(naive))).toISOString();
}
