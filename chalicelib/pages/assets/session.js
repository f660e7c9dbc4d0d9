"use strict";

// Two minutes before a session ends, whoever reads or talks on the telephone is asked to stay. Typing is use: the server
// hears of it at most once a minute. What other tabs do counts as well, so the server is asked before anything is said.
// When the session is over the page stops showing what was on it; what was typed stays in this tab and comes back.
(() => {
  const box = document.getElementById("idle");
  if (!box) return;
  const WARN_SECONDS = 120, AGAIN_SECONDS = 20, EVERY = 60000;
  const words = box.querySelector("p"), stay = box.querySelector("button"), again = box.querySelector("a");
  const main = document.querySelector("main");
  const {address, token, soon, last, over, failed} = box.dataset;
  let timer = 0, told = Date.now(), isOver = false, busy = false, before = null;

  const later = (seconds) => {
    clearTimeout(timer);
    timer = setTimeout(() => ask("GET"), Math.max(1, seconds) * 1000);
  };
  const say = (text, canStay) => {
    if (isOver && text !== over) return;
    if (words.textContent !== text) words.textContent = text;
    box.classList.toggle("shown", Boolean(text));
    if (!canStay && document.activeElement === stay && before) before.focus({preventScroll: true});
    stay.hidden = !canStay;
  };
  const plan = (left, canStay) => {
    if (left > WARN_SECONDS) {
      say("", false);
      later(left - WARN_SECONDS);
    } else {
      say(canStay ? soon : last, canStay);
      later(left);
    }
  };
  // Notes and calls are kept as they are typed (desk.js, forms.js); the other fields only when a session ends.
  // A page that answers a post has an address that cannot be opened, and all that is in its fields was typed.
  const [page] = location.pathname.match(/^.*?\/desk(\/[^/]+){0,2}/), isPage = page === location.pathname;
  const left = "draft " + document.body.dataset.who + " left " + page;
  const fields = () => [...main.querySelectorAll("form:not([data-call]) :is(input, select, textarea)[id]")]
    .filter((field) => field.type !== "hidden" && !field.dataset.draft);
  const isTick = (field) => field.type === "checkbox" || field.type === "radio";
  const values = () => fields().map((field) => [field.id, isTick(field) ? field.checked : field.value]);
  const untouched = new Map(isPage ? values() : []);
  const keep = () => {
    const typed = values();
    try {
      sessionStorage.setItem(left, JSON.stringify(typed.filter(([id, value]) => value !== (untouched.get(id) ?? ""))));
    } catch {
      return;
    }
  };
  const giveBack = () => {
    try {
      const kept = JSON.parse(sessionStorage.getItem(left) || "[]");
      sessionStorage.removeItem(left);
      for (const [id, value] of kept) {
        const field = document.getElementById(id), folded = field && field.closest("details");
        if (!field) continue;
        field[isTick(field) ? "checked" : "value"] = value;
        if (folded) folded.open = true;
      }
    } catch {
      return;
    }
  };
  const end = () => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    keep();
    again.href = page + (isPage ? location.search : "");
    again.hidden = false;
    const heading = document.createElement("h1");
    heading.textContent = again.textContent;
    box.prepend(heading);
    main.prepend(box);
    main.classList.add("over");
    say(over, false);
    again.focus();
  };

  async function ask(method) {
    if (busy || isOver) return;
    busy = true;
    const body = method === "POST" ? new URLSearchParams({form_token: token}) : undefined;
    try {
      const answer = await fetch(address, {method, body, redirect: "manual", cache: "no-store"});
      if (answer.type === "opaqueredirect" || [401, 403, 409].includes(answer.status)) {
        end();
        return;
      }
      if (!answer.ok) throw new Error("no answer");
      const session = await answer.json();
      plan(session.seconds_left, session.can_stay);
    } catch {
      if (words.textContent || method === "POST") say(failed, true);
      later(AGAIN_SECONDS);
    } finally {
      busy = false;
    }
  }

  stay.addEventListener("click", () => ask("POST"));
  document.addEventListener("focusin", (event) => {
    if (event.target !== stay) before = event.target;
  });
  document.addEventListener("input", () => {
    if (Date.now() - told < EVERY) return;
    told = Date.now();
    ask("POST");
  });
  // A computer that slept wakes with timers that are late.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) ask("GET");
  });
  // Other scripts of the page hear that the session is over before its time.
  document.addEventListener("signedout", end);
  giveBack();
  plan(Number(box.dataset.left), true);
})();
