// Who else is here: tells which conversation is open and whether words are written, shows what others tell. Never a lock.
import { tell } from './live.js';
import { announce } from './announce.js';

const WRITES = 4000, NOBODY = '{"here":null,"typing":false,"replying":false}';
const others = new Map();                               // conversation id → people
let told = NOBODY, until = 0, timer;

const main = () => document.getElementById('main');
const open = () => document.hidden ? null : Number(main()?.dataset.id) || null;

function say(again = false) {
  const here = open(), typing = here !== null && performance.now() < until;
  const word = { here, typing, replying: typing && Boolean(document.querySelector('#composer [data-mode=reply]')) }, words = JSON.stringify(word);
  if (words === told && !(again && here !== null)) return;
  told = words;
  tell(word);
}

function typed(event) {
  if (!event.target.closest('#composer')) return;
  until = event.target.value ? performance.now() + WRITES : 0;
  say();
  clearTimeout(timer);
  timer = setTimeout(say, WRITES + 50);
}

export function shown({ topic, data: { people } }) {
  const id = topic.split(':')[1], before = others.get(id) ?? [];
  others.set(id, people);
  for (const one of people) {                           // said once: that they came is news, that they go on writing is not
    if (main()?.dataset.id === id && one.typing && !before.some((old) => old.id === one.id && old.typing)) announce(`${one.name} is typing here`);
  }
  paint(id, people);
  if (!people.length) others.delete(id);
}

const names = (people) => new Intl.ListFormat('en').format(people.map((one) => one.name));
const some = (people, what) => people.length ? `${names(people)} ${people.length > 1 ? 'are' : 'is'} ${what}` : '';

function sentence(people) {
  return [some(people.filter((one) => one.typing), 'typing'), some(people.filter((one) => !one.typing), 'looking at this too')].filter(Boolean).join('. ');
}

function face(one) {
  const element = document.createElement('span');
  element.className = 'av xs pres';
  element.dataset.face = '';
  element.title = `${one.name} has this open`;
  element.textContent = one.initials;
  return element;
}

function paint(id, people) {
  if (main()?.dataset.id === id) near(people);
  const row = document.getElementById(`row-${id}`);
  if (row) inList(row, people);
}

function near(people) {                                 // above the composer, beside the words that might collide
  const holder = document.querySelector('.conv .comp'), words = sentence(people);
  let line = holder?.querySelector('[data-near]');
  if (!holder || (line?.dataset.near ?? '') === words) return;
  const scroll = document.getElementById('scroll'), atEnd = scroll && scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 100;
  line?.remove();
  if (words) {
    line = document.createElement('p');
    line.className = 'who';
    line.dataset.near = words;
    line.append(...people.slice(0, 3).map(face), words);
    holder.prepend(line);
  }
  if (atEnd) scroll.scrollTop = scroll.scrollHeight;
}

function inList(row, people) {
  const say = row.querySelector('.say'), end = row.querySelector('.end'), writer = people.find((one) => one.typing);
  for (const old of end.querySelectorAll('.pres')) if ('face' in old.dataset) old.remove(); else old.classList.remove('pres');
  const one = writer ?? people[0], owner = one && [...end.querySelectorAll('.av')].find((old) => old.textContent === one.initials);
  if (owner) owner.classList.add('pres'); else if (one) end.prepend(face(one));
  if (!writer && !say.classList.contains('typing')) return;
  if (!say.classList.contains('typing')) say.dataset.said = say.textContent;
  else if (!writer) say.textContent = say.dataset.said;
  say.classList.toggle('typing', Boolean(writer));
  if (writer) say.textContent = `${writer.name.split(' ')[0]} is typing…`;
}

document.addEventListener('up', () => {                 // a new socket: what was known is told anew
  for (const id of [...others.keys()]) shown({ topic: `conversation:${id}`, data: { people: [] } });
  told = NOBODY;
  say();
});
document.addEventListener('beat', () => say(true));
document.addEventListener('input', typed);
document.addEventListener('visibilitychange', () => say());
document.addEventListener('tick', ({ detail }) => {     // after every patch and opening: patches know nothing of presence
  if (!detail.every) return;
  say();
  for (const [id, people] of others) paint(id, people);
});
