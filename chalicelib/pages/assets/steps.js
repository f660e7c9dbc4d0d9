// The enquiry form one question at a time. Without this script the same form is one plain page.
// `root` is the document, or the shadow root of embed.js, which passes itself as `host`.
// `before`: where this form was in the other language (see `end`).
// What stands between the marks of our own page is left out in another site's.
function stepThrough(root, host, before) {
  "use strict";
  const find = (selector) => root.querySelector(selector);
  const form = find("#enquiry"), bar = find(".steps"), keep = find("#keep"), found = find(".found");
  const words = find(".says").dataset, status = find(".status"), progress = find(".progress");
  const action = host ? new URL(form.getAttribute("action"), host.base).href : form.action;
  const parts = [...form.querySelectorAll(".part")], questions = [...form.querySelectorAll(".question")];
  const steps = [];
  for (const part of parts) {
    if ("together" in part.dataset) steps.push({ part });
    else for (const question of questions) if (part.contains(question)) steps.push({ part, question });
  }
  const stepOf = (element) => steps.findIndex((step) => (step.question || step.part).contains(element));
  const contact = stepOf(form.elements.namedItem("name"));
  // One draft for each form of a page.
  const place = host ? [...document.querySelectorAll("enquiry-form")].indexOf(host) : 0;
  const STORE = "enquiry form " + action + (place ? " " + place : ""), DAY = 24 * 60 * 60 * 1000;
  const WAITS = [1, 3, 6, 12, 24].map((seconds) => seconds * 1000), PATIENCE = 35000;
  const rescue = find(".steps .rescue"), ended = new AbortController();
  let at = 0, deepest = 0, sent = null, attempt = null;

  // Where somebody is.

  function show(step, focus) {
    at = Math.max(0, Math.min(step, steps.length - 1));
    const isLast = at === steps.length - 1, last = find(".last");
    for (const part of parts) part.hidden = part !== steps[at].part;
    for (const question of questions) question.hidden = Boolean(steps[at].question) && question !== steps[at].question;
    find(".intro").hidden = at > 0;
    find(".title").classList.toggle("later", at > 0);
    find(".back").hidden = find(".where .leave").hidden = at === 0;
    find(".next").hidden = isLast;
    last.hidden = at < contact;
    last.classList.toggle("second", !isLast);
    last.textContent = isLast ? last.dataset.send : last.dataset.now;
    find(".stop").hidden = at < contact || isLast;
    progress.querySelector("span").textContent = String(at + 1);
    if (focus) {
      find(".kept").hidden = true;
      closeSummary();
      progress.focus({ preventScroll: true });
      progress.parentElement.scrollIntoView({ block: "start" });
    }
  }

  function go(step) {
    show(step, true);
    store();
    if (host) return; // the history of another site's page is not ours
    deepest += 1;
    history.pushState({ step: at, deepest }, "");
  }

  // What is to mend.

  function missing() {
    const answered = (field) => new FormData(form).getAll(field).some((value) => value.trim());
    return [...form.querySelectorAll("[data-missing]")]
      .filter(({ dataset }) => !answered(dataset.field) && !(dataset.instead && answered(dataset.instead)))
      .map(({ dataset }) => ({ field: dataset.field, message: dataset.missing }));
  }

  function boxOf(field) {
    return questions.map((question) => question.querySelector(`[name="${CSS.escape(field)}"]`)).find(Boolean);
  }

  function closeSummary() {
    found.hidden = true;
    for (const old of root.querySelectorAll("#summary")) old.remove();
  }

  function clearProblems() {
    closeSummary();
    rescue.hidden = true;
    for (const note of form.querySelectorAll(".error")) note.remove();
    for (const wrong of form.querySelectorAll(".wrong")) wrong.classList.remove("wrong");
    for (const box of form.querySelectorAll("[aria-invalid]")) {
      box.removeAttribute("aria-invalid");
      describe(box, box.id.replace(/-group$/, ""), "");
    }
  }

  function describe(box, field, note) {
    const hint = root.getElementById(field + "-hint");
    const ids = [hint && hint.id, note].filter(Boolean).join(" ");
    if (ids) box.setAttribute("aria-describedby", ids);
    else box.removeAttribute("aria-describedby");
  }

  function mark({ field, message }) {
    const box = field && boxOf(field);
    if (!box) return null;
    const question = box.closest(".question"), legend = question.querySelector(".legend");
    const note = document.createElement("p"), prefix = document.createElement("span");
    note.className = "error";
    note.id = field + "-error";
    prefix.textContent = words.error;
    note.append(prefix, " " + message);
    (root.getElementById(field + "-hint") || legend).after(note);
    question.classList.add("wrong");
    const named = box.type === "radio" ? question : box;
    named.setAttribute("aria-invalid", "true");
    describe(named, field, note.id);
    return box;
  }

  function tell(problems) {
    clearProblems();
    const list = found.querySelector("ul");
    list.textContent = "";
    let first = null;
    for (const problem of problems) {
      const box = mark(problem), item = document.createElement("li");
      if (box) {
        const link = document.createElement("a");
        link.href = "#" + box.id;
        link.textContent = problem.message;
        item.append(link);
      } else item.textContent = problem.message;
      list.append(item);
      first = first || box;
    }
    if (first) show(stepOf(first), false);
    // Where there is nothing to mend, the telephone number is what helps.
    const title = find("#found-title");
    title.textContent = first ? title.dataset.mend : title.dataset.unsent;
    if (problems.some(({ field }) => !field)) offerCall(list);
    find(".title").before(found);
    found.hidden = false;
    found.focus({ preventScroll: true });
    found.scrollIntoView({ block: "start" });
  }

  function offerCall(place) {
    place.after(rescue);
    rescue.hidden = false;
  }

  function follow(event) {
    const link = event.target.closest(".summary a[href^='#']");
    const box = link && root.getElementById(link.getAttribute("href").slice(1));
    if (!box) return;
    event.preventDefault();
    show(stepOf(box), false);
    box.focus();
    box.closest(".question").scrollIntoView();
  }

  // What cannot wait until something is sent.

  function withdrawn() {
    return [...form.querySelectorAll("[name=urgent_signs_withdrawn]")];
  }

  function takeBack(sign) {
    const kept = withdrawn().find((each) => each.value === sign.value);
    if (sign.checked && kept) kept.remove();
    if (sign.checked || kept) return;
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = "urgent_signs_withdrawn";
    field.value = sign.value;
    form.append(field);
  }

  function advise(chosen) {
    const taken = withdrawn().map((each) => each.value);
    for (const box of form.querySelectorAll(".at-once")) {
      const calls = [...form.querySelectorAll(`[data-advice="${box.dataset.for}"]`)];
      const back = calls.filter((each) => each.name === "urgent_signs" && taken.includes(each.value));
      const reason = calls.includes(chosen) ? chosen : calls.find((each) => each.checked) || back[0];
      box.hidden = !(calls.some((each) => each.checked) || back.length);
      box.querySelector(".taken-back").hidden = !back.length;
      if (!box.hidden) reason.closest(".choice").after(box);
      if (!box.hidden && reason === chosen) box.scrollIntoView({ block: "nearest" });
    }
  }

  // What is kept on the device, only for whoever asked for it.

  function answers() {
    return [...new FormData(form)].filter(([name]) => !name.startsWith("_") && name !== "blank_spot");
  }

  function fill(values) {
    for (const [name, value] of values) {
      if (/^(language|blank_spot)$/.test(name)) continue; // the page has its own
      if (name === "urgent_signs_withdrawn") takeBack({ value, checked: false });
      for (const box of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
        if (/checkbox|radio/.test(box.type)) box.checked = box.checked || box.value === value;
        else if (box.type !== "hidden" || /^_(idempotency|rendered)$/.test(name)) box.value = value;
      }
    }
    advise();
  }

  function wipe() {
    for (const each of withdrawn()) each.remove();
    for (const box of form.querySelectorAll(".question input, textarea")) {
      if (/checkbox|radio/.test(box.type)) box.checked = false;
      else box.value = "";
    }
  }

  function forget() {
    try { localStorage.removeItem(STORE); } catch (error) { /* there is no store to empty */ }
  }

  function store() {
    if (!keep.checked) return;
    const key = form.elements.namedItem("_idempotency").value;
    try {
      localStorage.setItem(STORE, JSON.stringify({ until: Date.now() + DAY, at, key, sent, values: answers() }));
    } catch (error) {
      keep.checked = false;
    }
  }

  function restore(isFilled) {
    let kept = null;
    try { kept = JSON.parse(localStorage.getItem(STORE)); } catch (error) { return; }
    if (!kept || !(kept.until > Date.now())) return forget();
    keep.checked = true;
    sent = kept.sent;
    if (isFilled) return; // the page came back with all that was typed, and its key
    fill(kept.values);
    form.elements.namedItem("_idempotency").value = kept.key;
    find(".kept").hidden = false;
    at = kept.at;
  }

  // Sending: the same key until it is known to have arrived, another one for other answers.

  function keyFor() {
    const key = form.elements.namedItem("_idempotency");
    // The language of the page is no answer.
    const typed = JSON.stringify(answers().filter(([name]) => name !== "language"));
    if (sent !== null && sent !== typed) {
      key.value = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => (byte + 256).toString(16).slice(1)).join("");
    }
    sent = typed;
    store();
  }

  async function post(body) {
    const halt = new AbortController(), give = () => halt.abort(), timer = setTimeout(give, PATIENCE);
    ended.signal.addEventListener("abort", give);
    try {
      const answer = await fetch(action, { method: "POST", body, headers: { Accept: "application/json" }, signal: halt.signal });
      const said = await answer.json().catch(() => null);
      // Not ours: a refusal on the way to us, or the page that a network without a way out shows.
      return { code: said || !answer.ok ? answer.status : 0, said: said || {} };
    } catch (error) {
      return { code: 0 };
    } finally {
      clearTimeout(timer);
    }
  }

  function pause(time) {
    return new Promise((resolve) => {
      setTimeout(resolve, time);
      addEventListener("online", resolve, { once: true });
    });
  }

  async function send() {
    const wrong = missing();
    if (wrong.length) return tell(wrong);
    if (attempt) return;
    clearProblems();
    const mine = attempt = {};
    keyFor();
    const body = new FormData(form);
    rescue.hidden = true;
    status.textContent = words.sending;
    for (const wait of [...WAITS, 0]) {
      const { code, said } = await post(body);
      if (attempt !== mine) return; // the answers changed meanwhile
      if (code && code < 500) return receive(code, said);
      status.textContent = wait ? words.waiting : words.notSent;
      offerCall(status);
      if (wait) await pause(wait);
      if (attempt !== mine) return;
    }
    attempt = null;
  }

  function receive(code, said) {
    attempt = null;
    status.textContent = "";
    if (said.ok) {
      forget();
      wipe();
      status.textContent = said.message;
      if (host) host.arrived(said, ended.signal);
      else location.assign(said.next);
    } else if (code === 403) {
      forget();
      HTMLFormElement.prototype.submit.call(form); // a form that is sent as a page is taken from anywhere
    } else {
      tell(said.errors || [{ message: words.notSent }]);
      for (const old of root.querySelectorAll(".at-once")) if (!form.contains(old)) old.remove();
      // Words called for it: it stands above all steps, and beside the ticks as before.
      const advice = (said.advice || []).map(({ code }) => form.querySelector(`.at-once[data-for="${CSS.escape(code)}"]`))
        .filter(Boolean).map((box) => box.cloneNode(true));
      for (const box of advice) box.hidden = false;
      found.before(...advice);
      if (advice.length) advice[0].scrollIntoView({ block: "start" });
    }
  }

  // Ways away.

  // Nothing that arrives from now on is for us.
  function end() {
    attempt = null;
    ended.abort();
    return { at, sent, values: [...new FormData(form)] };
  }

  function leave(event) {
    event.preventDefault();
    const target = event.currentTarget.href, away = () => location.replace(target);
    end();
    forget();
    wipe();
    (host || document.documentElement).style.display = "none";
    if (host) return away();
    /* our own page { */
    stop(); // a receipt may be on its way
    if (!deepest) return away();
    // Back from there must not lead to the steps again.
    addEventListener("popstate", away, { once: true });
    setTimeout(away, 500);
    history.go(-deepest);
    /* } our own page */
  }

  // A post on its way must not end in the place of the form in another language.
  function switching(hasFailed) {
    if (!hasFailed) attempt = null;
    status.textContent = hasFailed ? words.notSwitched : "";
    if (hasFailed) status.scrollIntoView({ block: "nearest" });
  }

  /* our own page { */
  // In place, so that no page in the other language stays behind in the history.
  async function translate(other) {
    const address = new URL(other.formAction), next = new URLSearchParams(location.search).get("next");
    let answer = null;
    switching();
    try {
      answer = await fetch(address, { method: "POST", body: new FormData(form), signal: ended.signal });
    } catch (error) {
      return switching(true); // a page would not come either
    }
    const page = new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html");
    if (ended.signal.aborted) return;
    if (!page.getElementById("enquiry")) return translateAsPage(other);
    if (next) address.searchParams.set("next", next);
    const before = end();
    document.documentElement.lang = page.documentElement.lang;
    document.title = page.title;
    document.body.replaceChildren(...page.body.childNodes);
    history.replaceState({ step: at, deepest }, "", address);
    stepThrough(document, null, before);
  }

  // It opens at the same step.
  function translateAsPage(other) {
    const target = form.target;
    form.action = other.formAction.replace(/(#.*)?$/, "#step-" + (at + 1));
    form.target = other.formTarget;
    HTMLFormElement.prototype.submit.call(form);
    form.action = action;
    form.target = target;
  }

  function listenOnOurPage() {
    const other = find("[formaction]");
    other.addEventListener("click", (event) => {
      event.preventDefault();
      translate(other);
    });
    find(".skip-link").addEventListener("click", (event) => {
      event.preventDefault(); // another place in the history would be one more to leave
      find("#content").focus();
    });
    addEventListener("popstate", ({ state }) => {
      if (state) {
        deepest = state.deepest;
        return show(state.step, true);
      }
      deepest += 1; // somebody wrote a #name into the address
      history.replaceState({ step: at, deepest }, "");
    }, { signal: ended.signal });
  }
  /* } our own page */

  function listen() {
    find(".next").addEventListener("click", () => {
      const wrong = at === contact ? missing() : [];
      if (wrong.length) return tell(wrong);
      clearProblems();
      go(at + 1);
    });
    find(".back").addEventListener("click", () => go(at - 1));
    for (const way of root.querySelectorAll(".leave")) way.addEventListener("click", leave);
    root.addEventListener("click", follow, { signal: ended.signal });
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.target.matches("input")) return;
      event.preventDefault(); // on a box to tick too: it would send what is not finished
      if (/text|tel/.test(event.target.type)) find(at === steps.length - 1 ? ".last" : ".next").click();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send();
    });
    form.addEventListener("change", ({ target }) => {
      if (target === keep) return keep.checked ? store() : forget();
      if (target.name === "urgent_signs" && target.dataset.advice) takeBack(target);
      if (target.dataset.advice || target.name === "self_harm") advise(target);
      store();
    });
    form.addEventListener("input", ({ target }) => {
      if (target === keep) return;
      if (attempt) status.textContent = "";
      attempt = null;
      store();
    });
    // Sent, left or kept in another tab: what is kept is not from here any more.
    addEventListener("storage", ({ key }) => {
      if (key === STORE || key === null) keep.checked = false;
    }, { signal: ended.signal });
  }

  function start() {
    const returned = find("#summary a[href^='#']"), named = /^#step-(\d+)$/.exec(host ? "" : location.hash);
    const last = find(".last");
    last.dataset.send = last.textContent;
    progress.querySelectorAll("span")[1].textContent = String(steps.length);
    restore(Boolean(before || returned || named));
    if (before) {
      ({ at, sent } = before);
      fill(before.values);
    }
    if (returned) at = stepOf(root.getElementById(returned.getAttribute("href").slice(1)));
    else if (named) at = Number(named[1]) - 1;
    else if (!before && !host && history.state && history.state.step) at = history.state.step;
    advise();
    listen();
    /* our own page { */
    listenOnOurPage();
    /* } our own page */
    for (const plain of form.querySelectorAll(".sending")) plain.hidden = true;
    progress.parentElement.hidden = bar.hidden = false;
    if (!host) {
      deepest = history.state && history.state.deepest || 0;
      history.replaceState({ step: at, deepest }, "", named ? location.pathname + location.search : undefined);
    }
    show(at, Boolean(before));
  }

  start();
  return { end, switching };
}
/* On our own page; embed.js leaves this out. */
if (document.getElementById("enquiry")) stepThrough(document);
