// The files of a message: pictures where they stand, all else to take away. An address that ran out is asked for anew.
const FRESH = 50 * 60 * 1000;
const DRAWN = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
const log = document.getElementById("log");

export const give = (item, files = []) => {
  const had = item.querySelectorAll("a");
  files.forEach((file, at) => renew(had[at] ?? made(item, file), file.url));
  const words = item.querySelector("p");
  if (files.length === 1 && words.textContent === files[0].name) words.textContent = "";   // it says its name itself
};

export const watch = (link) => log.addEventListener("click", (event) => {
  const file = event.target.closest("a");
  if (!file || Date.now() < file.dataset.until) return;
  event.preventDefault();
  file.dataset.wanted = "";
  link.rest();
  link.open();
});

const renew = (link, url) => {
  link.href = url;
  link.dataset.until = Date.now() + FRESH;
  if (!("wanted" in link.dataset)) return;
  delete link.dataset.wanted;
  link.click();
};

const made = (item, { name, type, size, url }) => {
  const link = document.createElement("a");
  link.download = name;
  if (DRAWN.has(type)) link.append(Object.assign(new Image(), { alt: name, loading: "lazy", src: url }));
  else link.textContent = `${name} (${Math.ceil(size / 1000)} kB)`;
  item.insertBefore(link, item.lastChild);
  return link;
};
