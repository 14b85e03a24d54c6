// "Text me instead": a number, the code sent to it, and the conversation goes on there. This chat then begins anew.
import { tell } from "./course.js";
import { save, state } from "./keep.js";

const holder = document.getElementById("swap");
const [ask, prove] = holder.querySelectorAll("form");
const line = holder.querySelector("[role=status]");

const say = (name, values = {}) => {
  line.textContent = (holder.dataset[name] || "").replace("{ending}", values.ending);
};

export const swap = (link) => {
  ask.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!link.sign({ text_me: ask.elements.phone.value.trim() })) say("no");
  });
  prove.addEventListener("submit", (event) => {
    event.preventDefault();
    link.sign({ code: prove.elements.code.value.trim() });
  });
};

export const answered = (frame, link) => {
  say(frame.text_me, frame);
  if (frame.text_me === "sent") {
    prove.hidden = false;
    prove.elements.code.focus();
  }
  if (frame.text_me !== "done") return;
  ask.hidden = prove.hidden = true;
  document.getElementById("write").hidden = true;
  state.token = "";
  save();
  link.rest();
  tell("");
};
