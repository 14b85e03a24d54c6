// What must outlive a reload but not the tab: the session's token and what is not acknowledged yet.
const NAME = "warmline.chat";
let kept = { token: "", outbox: [], name: "" };

try {
  kept = { ...kept, ...JSON.parse(sessionStorage.getItem(NAME) || "{}") };
} catch { /* storage is forbidden in this frame: it is kept in memory alone */ }

export const state = kept;

export const save = () => {
  try {
    sessionStorage.setItem(NAME, JSON.stringify(kept));
  } catch { /* as above */ }
};
