// Whether the chat goes on, has ended or rests: after half an hour without a word the line is given back until one comes.
const IDLE = 30 * 60 * 1000;
const line = document.getElementById("course");
let timer = 0;

export const tell = (name) => {
  line.hidden = !name;
  line.textContent = name ? line.dataset[name] : "";
};

export const watch = (link) => {
  const rest = () => { link.rest(); tell("idle"); };
  const wake = () => {
    clearTimeout(timer);
    timer = setTimeout(rest, IDLE);
    if (link.resting) { tell(""); link.open(); }
  };
  for (const kind of ["keydown", "pointerdown", "focus"]) addEventListener(kind, wake);
  wake();
};
