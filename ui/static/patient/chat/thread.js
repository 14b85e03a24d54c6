// The messages on screen, in order of their time; one that is still on its way stands last. Text only, never markup.
import { give } from "./given.js";

const log = document.getElementById("log");
const body = document.getElementById("body");
const words = document.body.dataset;
const shown = new Map();
const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "numeric", minute: "2-digit" });

export const add = ({ id, client_id: mine, at, text, author, direction, files }) => {
  const key = mine || id;
  if (shown.has(key)) {
    give(shown.get(key), files);
    return at && direction === "in" && mark(key, "sent", at);
  }
  const item = document.createElement("li");
  item.className = direction;
  item.append(voice(direction === "in" ? words.you : author || words.us), paragraph(text), document.createElement("small"));
  item.dataset.author = direction === "in" ? "" : author || words.us;
  give(item, files);
  shown.set(key, item);
  place(item, at);
  tell(item, direction === "in" ? (at ? "sent" : "sending") : "");
  body.scrollTop = body.scrollHeight;
};

export const mark = (key, status, at) => {
  const item = shown.get(key);
  if (!item) return;
  if (at) item.dataset.at = at;
  item.classList.toggle("bad", status === "failed");
  tell(item, status);
};

const place = (item, at) => {
  item.dataset.at = at || "";
  const late = at ? [...log.children].find((other) => !other.dataset.at || other.dataset.at > at) : null;
  log.insertBefore(item, late || null);
};

const tell = (item, status) => {
  const time = item.dataset.at ? clock.format(new Date(item.dataset.at)) : "";
  item.lastChild.textContent = [item.dataset.author, time, words[status]].filter(Boolean).join(" · ");
};

const voice = (who) => {
  const span = document.createElement("span");
  span.className = "vh";
  span.textContent = `${who}: `;
  return span;
};

const paragraph = (text) => {
  const p = document.createElement("p");
  p.textContent = text;
  return p;
};
