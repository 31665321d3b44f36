// Saves a form as it is filled in, and says how it stands. The latest answers win; a save that may not
// have arrived is sent again with the same key, so that it counts once.
const PAUSE = 600, RETRY_FIRST = 2000, RETRY_MAX = 30000;

for (const form of document.querySelectorAll('[data-behaviour="autosave"]')) {
  const state = form.querySelector("[data-saved]") || document.querySelector("[data-saved]");
  let timer, waiting = false, busy = false;

  const say = (kind, words) => {
    if (!state) return;
    state.dataset.saved = kind;
    if (state.textContent !== words) state.textContent = words;
  };

  const send = async () => {
    if (busy) return;
    busy = true;
    while (waiting) {
      waiting = false;
      const body = new URLSearchParams(new FormData(form));
      const key = crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${performance.now()}`;
      say("saving", "Saving…");
      await deliver(body, key);
    }
    busy = false;
  };

  const deliver = async (body, key) => {
    for (let pause = RETRY_FIRST; ; pause = Math.min(pause * 2, RETRY_MAX)) {
      try {
        const answer = await fetch(form.action, {
          method: "POST", body, redirect: "manual", credentials: "same-origin",
          headers: { "Idempotency-Key": key, Accept: "application/json" },
        });
        if (answer.ok) return waiting || say("saved", "Saved");
        if (answer.status >= 400 && answer.status < 500 && answer.status !== 408 && answer.status !== 429) {
          return say("refused", "Not saved. Press the button below to see why.");
        }
      } catch { /* no connection: try again */ }
      say("retrying", "Not saved yet. Trying again…");
      await new Promise((resolve) => setTimeout(resolve, pause));
      if (waiting) return;
    }
  };

  const changed = () => {
    waiting = true;
    clearTimeout(timer);
    timer = setTimeout(send, PAUSE);
  };
  form.addEventListener("input", changed);
  form.addEventListener("submit", () => { waiting = false; clearTimeout(timer); });
  window.addEventListener("beforeunload", (event) => { if (waiting || state?.dataset.saved === "retrying") event.preventDefault(); });
}
