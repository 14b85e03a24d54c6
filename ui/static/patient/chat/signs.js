// Signs of life both ways: that one writes, that an answer was really on screen, who of us writes, the place in the line.
const writing = document.getElementById("writing");
const place = document.getElementById("place");
const text = document.getElementById("text");
const PAUSE = 3000;
let link = null;
let newest = 0n;
let told = 0n;
let timer = 0;
let on = false;

const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);

const see = () => {
  if (newest <= told || document.hidden || !document.hasFocus()) return;
  if (link.sign({ seen: String(newest) })) told = newest;
};

const type = (now) => {
  clearTimeout(timer);
  if (now) timer = setTimeout(() => type(false), PAUSE);
  if (now !== on && link.sign({ typing: now })) on = now;
};

export const hear = (frame) => {
  if (frame.direction === "out" && BigInt(frame.id) > newest) newest = BigInt(frame.id);
  if ("writing" in frame) {
    writing.hidden = !frame.writing;
    writing.textContent = frame.writing ? fill(writing.dataset.words, { name: frame.writing }) : "";
  }
  if ("place" in frame) {
    const { number, minutes } = frame.place || {};
    place.hidden = !number;
    place.textContent = number ? fill(place.dataset[minutes === null ? "alone" : minutes === 1 ? "minute" : "minutes"], { number, minutes }) : "";
  }
  see();
};

export const live = (given) => {
  link = given;
  text.addEventListener("input", () => type(Boolean(text.value.trim())));
  text.form.addEventListener("submit", () => type(false));   // what is written next is told anew
  addEventListener("focus", see);
  document.addEventListener("visibilitychange", see);
};
