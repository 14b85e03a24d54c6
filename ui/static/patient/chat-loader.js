// <script async src="https://OUR-HOST/chat/widget.js" data-lang="en"></script>: a button; the chat's frame on first press.
// Where the site has signed somebody in: data-user="ID" data-until="UNIX SECONDS, at most a day ahead" and
// data-proof="HMAC-SHA256 of ID, a newline and UNTIL under the secret of `warmline chat secret`, hex".
// Never opens by itself, sets no cookie, loads no font.
(() => {
  const tag = document.currentScript;
  const home = new URL(tag.src).origin;
  const lang = (tag.dataset.lang || document.documentElement.lang || "en").slice(0, 2);
  const [open, close] = lang === "es" ? ["Abrir el chat", "Cerrar el chat"] : ["Open chat", "Close chat"];
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { all: initial; }
    button { position: fixed; inset: auto 20px 20px auto; z-index: 2147483000; width: 58px; height: 58px; border: 0; border-radius: 50%;
      display: grid; place-items: center; cursor: pointer; background: #006674; color: #fff; box-shadow: 0 8px 24px -4px rgb(0 50 60 / .5); }
    button:focus-visible { outline: 3px solid #fff; box-shadow: 0 0 0 6px #0b5fa5; }
    svg { width: 26px; height: 26px; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
    iframe { position: fixed; inset: auto 20px 92px auto; z-index: 2147483000; width: 384px; height: min(690px, calc(100dvh - 112px)); border: 0;
      border-radius: 18px; background: Canvas; box-shadow: 0 0 0 1px rgb(0 40 50 / .1), 0 24px 64px -12px rgb(0 30 40 / .4); }
    iframe[hidden] { display: none; }
    @media (max-width: 600px) { iframe { inset: 0; width: 100%; height: 100%; border-radius: 0; } iframe:not([hidden]) + button { display: none; } }`);
  root.adoptedStyleSheets = [sheet];

  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.append(path);
  const button = document.createElement("button");
  button.type = "button";
  button.append(svg);
  root.append(button);

  let frame = null;
  let port = null;
  const show = (shown) => {
    button.setAttribute("aria-label", shown ? close : open);
    button.setAttribute("aria-expanded", String(shown));
    path.setAttribute("d", shown ? "M6 9l6 6 6-6" : "M4 20l1.3-3.9A8.5 8.5 0 1 1 8.6 19L4 20");
    if (!frame) return;
    frame.hidden = !shown;
    if (shown) { frame.focus(); port?.postMessage("shown"); } else button.focus();
  };
  const make = () => {
    frame = document.createElement("iframe");
    frame.src = `${home}/chat/frame?lang=${encodeURIComponent(lang)}`;
    frame.title = "Chat";
    frame.addEventListener("load", () => {
      const channel = new MessageChannel();
      port = channel.port1;
      port.onmessage = (event) => event.data === "close" && show(false);
      frame.contentWindow.postMessage("warmline.chat", home, [channel.port2]);
      if (tag.dataset.user) port.postMessage({ user: tag.dataset.user, until: Number(tag.dataset.until) || 0, proof: tag.dataset.proof || "" });
    });
    root.insertBefore(frame, button);
  };
  button.addEventListener("click", () => {
    if (!frame) { make(); show(true); } else show(frame.hidden);
  });
  show(false);
  const place = () => document.body.append(host);
  if (document.body) place(); else addEventListener("DOMContentLoaded", place);
})();
