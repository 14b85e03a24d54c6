// The chat in its frame: writes, shows what comes, says when it is not connected, closes through the port it was given.
import { tell, watch } from "./course.js";
import { take } from "./files.js";
import { watch as renew } from "./given.js";
import { save, state } from "./keep.js";
import { Link } from "./link.js";
import { hear, live } from "./signs.js";
import { answered, swap } from "./text-me.js";
import { add, mark } from "./thread.js";

const form = document.getElementById("write");
const text = document.getElementById("text");
const asked = document.getElementById("asked");
const offline = document.getElementById("offline");
const close = document.getElementById("close");
let grace = 0;

const link = new Link({
  frame: (frame) => {
    if (frame.id) add(frame);
    if (frame.text_me) answered(frame, link);
    hear(frame);
    if ("ended" in frame) tell(frame.ended ? "ended" : "");
    if (frame.ack) mark(frame.ack, "sent", frame.at);
    if (frame.error && !frame.retry_after) mark(frame.client_id, "failed");
  },
  state: (online) => {
    clearTimeout(grace);
    if (online) offline.hidden = true;
    // a blink is no news
    else grace = setTimeout(() => { offline.hidden = false; }, navigator.onLine ? 2000 : 0);
  },
});

// randomUUID is missing where the page around us is not https
const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

// what was asked before the chat goes with its first words
const before = () => {
  if (asked.hidden) return {};
  const given = Object.fromEntries([...new FormData(form)].filter(([, value]) => typeof value === "string" && value));
  return Object.keys(given).length ? { answers: given } : {};
};

const say = (said) => {
  const { name: given } = before().answers ?? {};
  state.name = given || state.name;
  const message = { client_id: newId(), text: said, ...(state.name && { name: state.name }), ...before() };
  add({ ...message, direction: "in" });
  tell("");
  link.say(message);
  asked.hidden = true;
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const said = text.value.trim();
  if (!said) return text.focus();
  if (!asked.hidden && !form.reportValidity()) return;
  say(said);
  text.value = "";
  save();
});

text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

addEventListener("message", (event) => {
  const [port] = event.ports;
  if (event.data !== "warmline.chat" || !port || event.source !== parent) return;
  port.onmessage = ({ data }) => {
    if (!data.user) return text.focus();
    link.who = data;
    link.sign(data);
  };
  close.hidden = false;
  close.onclick = () => port.postMessage("close");
  addEventListener("keydown", (key) => key.key === "Escape" && port.postMessage("close"));
  if (!form.contains(document.activeElement)) text.focus();   // who is quicker than the port writes already
});

asked.hidden = Boolean(state.name || state.outbox.length);
state.outbox.forEach((message) => add({ ...message, direction: "in" }));
take(newId);
for (const one of asked.querySelectorAll("[aria-required]")) one.required = true;
live(link);
swap(link);
link.open();
watch(link);
renew(link);
// before this somebody's Enter would have sent the form to no one, with a name in the address
for (const one of [text, document.getElementById("send")]) one.disabled = false;
