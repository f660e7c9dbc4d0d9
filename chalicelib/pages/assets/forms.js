"use strict";

// What went wrong, or what was done, has the focus when a page arrives, so that it is read out first.
(() => {
  const box = document.querySelector('main [role="alert"]:not([hidden]), main [data-attention]');
  if (!box || location.hash) return;
  box.tabIndex = -1;
  box.focus();
})();

// What somebody has typed and not stored stays in this tab only: desk.js takes away what is another person's.
(() => {
  const who = document.body.dataset.who;
  const form = document.querySelector("form[data-call]");
  const stored = document.querySelector("[data-call-stored]");
  const box = document.querySelector("form.search [name=q]");
  const CALL = "draft " + who + " call", SEARCH = "draft " + who + " search";
  const keep = (act) => {
    try {
      return act(sessionStorage);
    } catch {
      return null;
    }
  };
  if (!who) return;

  // The words of a search stand in no address: the page of what was found gets them from here.
  if (box) {
    if (new URLSearchParams(location.search).has("s")) box.value = box.value || keep((storage) => storage.getItem(SEARCH)) || "";
    box.form.addEventListener("submit", () => keep((storage) => storage.setItem(SEARCH, box.value)));
  }

  // A call that is taken down survives leaving the page, until it is stored.
  if (stored) keep((storage) => storage.removeItem(CALL));
  if (!form) return;
  const restored = document.getElementById("restored");
  const entry = form.elements.namedItem("entry"), ours = entry.value;
  const kept = form.dataset.call === "fresh" && keep((storage) => JSON.parse(storage.getItem(CALL)));
  for (const [name, value] of kept || []) {
    const field = form.elements.namedItem(name);
    if (!field) continue;
    if (field.type === "checkbox") field.checked = true;
    else field.value = value;
    restored.hidden = false;
  }
  form.addEventListener("input", () => {
    const typed = [...new FormData(form)].filter(([name, value]) => name !== "form_token" && value);
    const isEmpty = typed.every(([name]) => name === "entry" || name === "language");
    keep((storage) => isEmpty ? storage.removeItem(CALL) : storage.setItem(CALL, JSON.stringify(typed)));
  });
  restored.querySelector("button").addEventListener("click", () => {
    keep((storage) => storage.removeItem(CALL));
    form.reset();
    entry.value = ours;
    restored.hidden = true;
    form.querySelector("input:not([type=hidden])").focus();
  });
})();
