// Asks whoever leaves a form with something in it that was not sent. A form that came back with something to put right was
// not saved either.
for (const form of document.querySelectorAll('[data-behaviour="leave"]')) {
  let unsaved = "unsaved" in form.dataset;
  form.addEventListener("input", () => { unsaved = true; });
  form.addEventListener("submit", () => { unsaved = false; });
  window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
}
