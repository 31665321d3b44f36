// A form that asks before it acts. Where scripts do not run it acts at once, or its page asks.
for (const form of document.querySelectorAll('[data-behaviour="confirm"]')) {
  form.addEventListener("submit", (event) => {
    if (!window.confirm(form.dataset.question)) event.preventDefault();
  });
}
