// Shows what is wrong with what somebody writes and how it looks, while they write. Nothing is saved by it.
const PAUSE = 500;

for (const beside of document.querySelectorAll('[data-behaviour="live"]')) {
  const form = document.querySelector("form[data-look]");
  let timer, asked = 0;

  const look = async () => {
    const mine = ++asked;
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.dataset.look, { method: "POST", body, credentials: "same-origin" });
      const text = await answer.text();
      if (answer.ok && mine === asked) beside.innerHTML = text;
    } catch { /* no connection: what was shown last stays, and saving says more */ }
  };

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  });
  form.addEventListener("submit", () => clearTimeout(timer));
}
