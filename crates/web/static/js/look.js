// Appearance: light or dark, and roomier text, kept in this browser only. Loaded before the first paint.
(() => {
  const root = document.documentElement;
  const kept = (name) => { try { return localStorage.getItem(`muster-${name}`) || ""; } catch { return ""; } };
  const keep = (name, value) => {
    try { value ? localStorage.setItem(`muster-${name}`, value) : localStorage.removeItem(`muster-${name}`); }
    catch { /* storage is refused: the choice holds for this page */ }
  };
  const wear = (name, value) => { value ? root.setAttribute(`data-${name}`, value) : root.removeAttribute(`data-${name}`); };
  for (const name of ["theme", "reading"]) wear(name, kept(name));

  const show = (menu) => {
    for (const button of menu.querySelectorAll("[data-look]")) {
      const now = root.getAttribute(`data-${button.dataset.look}`) || "";
      button.setAttribute("aria-pressed", String(now === button.dataset.value));
    }
  };
  document.addEventListener("DOMContentLoaded", () => {
    for (const menu of document.querySelectorAll('[data-behaviour="look"]')) {
      menu.hidden = false;
      show(menu);
      menu.addEventListener("click", (event) => {
        const button = event.target.closest("[data-look]");
        if (!button) return;
        const { look, value } = button.dataset;
        // "Roomier text" is a switch; the themes are one of three.
        const next = look === "reading" && root.hasAttribute("data-reading") ? "" : value;
        wear(look, next);
        keep(look, next);
        show(menu);
      });
    }
  });
})();
