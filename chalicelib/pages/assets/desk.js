"use strict";

// The queue renews itself every 20 seconds while somebody can see it.
(() => {
  const list = document.getElementById("queue");
  const news = document.getElementById("queue-news");
  if (!list || !news || !list.dataset.poll) return;
  const EVERY = 20000;
  const {poll, lost, late} = list.dataset;
  const added = list.dataset.new;
  let tag = "", known = null, timer = 0, failures = 0, busy = false;

  const later = () => {
    clearTimeout(timer);
    timer = document.hidden ? 0 : setTimeout(ask, EVERY);
  };

  const show = (content) => {
    // The link to the next page has another address each time.
    const sign = (link) => link.rel || link.getAttribute("href");
    const focused = list.contains(document.activeElement) ? sign(document.activeElement) : null;
    list.innerHTML = content.html;
    document.title = content.tab;
    for (const count of document.querySelectorAll("[data-count]")) {
      if (content.counts[count.dataset.count] !== undefined) count.textContent = content.counts[count.dataset.count];
    }
    if (focused) {
      const again = [...list.querySelectorAll("a")].find((link) => sign(link) === focused);
      if (again) again.focus({preventScroll: true});
    }
  };

  const tell = (rows) => {
    const fresh = [], overdue = [];
    for (const row of rows) {
      if (!known.has(row.id)) fresh.push(row.words);
      else if (row.overdue && !known.get(row.id)) overdue.push(row.words);
    }
    const said = [];
    if (fresh.length) said.push(added + " " + fresh.join(", ") + ".");
    if (overdue.length) said.push(late + " " + overdue.join(", ") + ".");
    if (said.length) news.textContent = said.join(" ");
  };

  async function ask() {
    if (busy) return;
    busy = true;
    try {
      const answer = await fetch(poll, {headers: tag ? {"If-None-Match": tag} : {}, redirect: "manual", cache: "no-store"});
      if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
        document.dispatchEvent(new Event("signedout"));
        return;
      }
      if (answer.status === 200) {
        const content = await answer.json();
        tag = answer.headers.get("ETag") || "";
        show(content);
        if (failures) news.textContent = "";
        tell(content.rows);
        known = new Map(content.rows.map((row) => [row.id, row.overdue]));
      } else if (answer.status !== 304) {
        throw new Error("no answer");
      } else if (failures) {
        news.textContent = "";
      }
      failures = 0;
      later();
    } catch {
      failures += 1;
      if (failures === 2) news.textContent = lost;
      later();
    } finally {
      busy = false;
    }
  }

  known = new Map([...list.querySelectorAll("[data-id]")].map((row) => [row.dataset.id, Boolean(row.closest(".overdue"))]));
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) clearTimeout(timer);
    else ask();
  });
  later();
})();

// Copies what a button names. The buttons are of no use without this script, so it is this script that shows them.
(() => {
  const write = async (words) => {
    try {
      await navigator.clipboard.writeText(words);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.value = words;
      document.body.append(area);
      area.select();
      const copied = document.execCommand("copy");
      area.remove();
      return copied;
    }
  };
  for (const button of document.querySelectorAll("[data-copy], [data-copy-from]")) {
    const label = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const from = document.getElementById(button.dataset.copyFrom || "");
      if (!(await write(from ? from.value ?? from.textContent : button.dataset.copy))) return;
      const name = button.getAttribute("aria-label");
      button.textContent = button.dataset.copied;
      button.removeAttribute("aria-label");
      button.setAttribute("aria-live", "polite");
      button.focus();
      setTimeout(() => {
        button.textContent = label;
        button.removeAttribute("aria-live");
        if (name) button.setAttribute("aria-label", name);
      }, 2000);
    });
  }
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
})();

// A half-written note survives a reload, an outage and a sign-in: in this tab only, until it is stored, its writer signs
// out, or somebody else signs in. That it is stored is known by the page that says so, which says it once.
(() => {
  const keep = (act) => {
    try {
      return act(sessionStorage);
    } catch {
      return null;
    }
  };
  const who = document.body.dataset.who;
  const here = new URL(location.href);
  const done = here.searchParams.get("done");
  if (done !== null) {
    here.searchParams.delete("done");
    history.replaceState(history.state, "", here);
  }
  if (who) {
    keep((storage) => {
      const foreign = Object.keys(storage).filter((name) => /^(draft|sent) /.test(name) && name.split(" ")[1] !== who);
      for (const name of foreign) storage.removeItem(name);
    });
  }
  for (const field of document.querySelectorAll("[data-draft]")) {
    const draft = "draft " + who + " " + field.dataset.draft, sent = "sent " + who + " " + field.dataset.draft;
    const isDone = done && field.form && field.form.action.endsWith("/" + done);
    keep((storage) => {
      if (isDone && storage.getItem(sent) === storage.getItem(draft)) storage.removeItem(draft);
      storage.removeItem(sent);
    });
    const kept = keep((storage) => storage.getItem(draft));
    if (kept && !field.value) field.value = kept;
    field.addEventListener("input", () => keep((storage) => storage.setItem(draft, field.value)));
    if (field.form) field.form.addEventListener("submit", () => keep((storage) => storage.setItem(sent, field.value)));
  }
  const out = document.querySelector("form.out");
  if (out) out.addEventListener("submit", () => keep((storage) => storage.clear()));
})();

// Single keys press a button or go to a field; to a button that cannot be undone they only go, and Enter presses it.
// They can be switched off, and do nothing while somebody types.
(() => {
  const box = document.getElementById("keys");
  const wanted = document.getElementById("keys-on");
  if (!box || !wanted) return;
  const NAME = "desk keys";
  try {
    wanted.checked = localStorage.getItem(NAME) !== "off";
  } catch {
    wanted.checked = true;
  }
  box.hidden = false;
  wanted.addEventListener("change", () => {
    try {
      localStorage.setItem(NAME, wanted.checked ? "on" : "off");
    } catch {
      return;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (!wanted.checked || event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return;
    if (event.target.closest("input, select, textarea, [contenteditable]")) return;
    const found = /^[a-z]$/.test(event.key) && document.querySelector('[data-key="' + event.key + '"]');
    if (!found) return;
    event.preventDefault();
    const presses = found.tagName === "BUTTON" || found.tagName === "SUMMARY";
    if (presses && found.dataset.careful === undefined) found.click();
    found.focus();
  });
})();

// An open enquiry asks every 20 seconds who else has it open, and whether somebody has changed it.
(() => {
  const box = document.getElementById("presence");
  if (!box) return;
  const EVERY = 20000;
  const viewers = document.getElementById("viewers");
  const changed = document.getElementById("changed");
  let timer = 0;

  const later = () => {
    clearTimeout(timer);
    timer = document.hidden ? 0 : setTimeout(ask, EVERY);
  };
  const say = (words) => {
    if (viewers.textContent !== words) viewers.textContent = words;
  };

  async function ask() {
    try {
      const answer = await fetch(box.dataset.state, {redirect: "manual", cache: "no-store"});
      if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
        document.dispatchEvent(new Event("signedout"));
        return;
      }
      if (answer.ok) {
        const state = await answer.json();
        say(state.viewers);
        if (String(state.version) !== box.dataset.version && changed.hidden) {
          changed.setAttribute("role", "alert");
          changed.hidden = false;
        }
      }
    } catch {
      // No answer is no news; it is asked again.
    }
    later();
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) clearTimeout(timer);
    else ask();
  });
  later();
})();
