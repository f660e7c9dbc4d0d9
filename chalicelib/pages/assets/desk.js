"use strict";

// The queue renews itself every 20 seconds while somebody can see it.
(() => {
  const list = document.getElementById("queue");
  const news = document.getElementById("queue-news");
  if (!list || !news || !list.dataset.poll) return;
  const EVERY = 20000;
  const {poll, over, lost, late} = list.dataset;
  const added = list.dataset.new;
  let tag = "", known = null, timer = 0, failures = 0, busy = false;

  const later = () => {
    clearTimeout(timer);
    timer = document.hidden ? 0 : setTimeout(ask, EVERY);
  };

  const show = (content) => {
    const focused = list.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    list.innerHTML = content.html;
    document.title = content.tab;
    for (const count of document.querySelectorAll("[data-count]")) {
      if (content.counts[count.dataset.count] !== undefined) count.textContent = content.counts[count.dataset.count];
    }
    if (focused) {
      const again = [...list.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused);
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
        news.textContent = over;
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
