"use strict";

// Two minutes before a session ends, whoever reads or talks on the telephone is asked to stay. Typing is use: the server
// hears of it at most once a minute. What other tabs do counts as well, so the server is asked before anything is said.
(() => {
  const box = document.getElementById("idle");
  if (!box) return;
  const WARN_SECONDS = 120, AGAIN_SECONDS = 20, EVERY = 60000;
  const words = box.querySelector("p"), stay = box.querySelector("button");
  const {address, token, soon, last, over, failed} = box.dataset;
  let timer = 0, told = Date.now(), isOver = false, busy = false, before = null;

  const later = (seconds) => {
    clearTimeout(timer);
    timer = setTimeout(() => ask("GET"), Math.max(1, seconds) * 1000);
  };
  const say = (text, canStay) => {
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
  const end = () => {
    isOver = true;
    clearTimeout(timer);
    say(over, false);
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
  plan(Number(box.dataset.left), true);
})();
