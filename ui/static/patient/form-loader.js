// <script async src="https://OUR-HOST/forms/contact.js" data-lang="es"></script>: frames the form where the script stands.
(() => {
  const tag = document.currentScript;
  const home = new URL(tag.src);
  const frame = document.createElement("iframe");
  const language = tag.dataset.lang ? `&lang=${encodeURIComponent(tag.dataset.lang)}` : "";
  frame.src = `${home.origin}${home.pathname.replace(/\.js$/, "")}?embed=1${language}`;
  frame.title = tag.dataset.title || "Contact form";
  frame.style.cssText = "width:100%;border:0;height:900px";
  let pages = 0;
  // each page in the frame is given a port of its own; heights come back through it and through nothing else
  frame.addEventListener("load", () => {
    if (pages++ && frame.getBoundingClientRect().top < 0) frame.scrollIntoView();
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (event) => {
      const height = Number(event.data);
      if (height > 0 && height < 20000) frame.style.height = `${Math.ceil(height)}px`;
    };
    frame.contentWindow.postMessage("warmline.height", home.origin, [port2]);
  });
  tag.after(frame);
})();
