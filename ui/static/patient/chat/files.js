// Sends a picture or PDF beside the words: shown as on its way until the server has it, refused in words when it cannot.
import { state } from "./keep.js";
import { tell } from "./course.js";
import { add, mark } from "./thread.js";

const MOST = 10 * 1024 * 1024;
const input = document.getElementById("file");

export const take = (newId) => input.addEventListener("change", async () => {
  const [file] = input.files;
  input.value = "";
  if (!file) return;
  if (file.size > MOST) return tell("bad");
  const id = newId();
  add({ client_id: id, text: file.name, direction: "in" });
  const body = new FormData();
  body.append("session", state.token);
  body.append("client_id", id);
  body.append("file", file);
  const answer = await fetch("/chat/files", { method: "POST", body }).catch(() => null);
  if (answer?.ok) return mark(id, "sent", (await answer.json()).at);
  mark(id, "failed");
  tell("bad");
});
