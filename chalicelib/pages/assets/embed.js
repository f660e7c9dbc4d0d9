/* The enquiry form inside any page. Either way puts it there; several may stand on one page:
 *   <script src="https://…/embed.js" data-form="homepage" data-lang="es" data-next="https://…/thank-you">
 *   <enquiry-form data-form="homepage"><a href="https://…/form">Ask us</a></enquiry-form> with <script src="https://…/embed.js">
 * data-form  name of this form or page, a to z, 0 to 9 and hyphens (optional)
 * data-lang  en or es (optional; else the language of the page)
 * data-next  where the visitor goes after sending (optional; its site must be allowed in ALLOWED_ORIGINS)
 * data-scheme  light or dark (optional; else as the page declares with color-scheme)
 * Colours and font: --enquiry-accent, --enquiry-on-accent, --enquiry-text, --enquiry-surface, --enquiry-page,
 * --enquiry-font and the others of style.css, set on the element or on anything around it.
 * What visitors ask to keep on their device is in the storage of this page's site, for a day at most.
 * It sets no cookies, loads nothing from anyone else, and sends nothing by itself. Until the form is there, and
 * whenever it cannot be, there is a plain link to it.
 */
(function () {
  "use strict";
  const WORDS = { en: "Open the form on its own page", es: "Abrir el formulario en su propia página" };
  const script = document.currentScript || document.querySelector('script[src*="/embed.js"]:not([data-embedded])');
  const source = /^(https?:\/\/[^?#]*)\/embed\.js(?:[?#].*)?$/.exec((script && script.src) || "");
  const BASE = source ? source[1] : "__BASE_URL__";
  const STYLE = "__STYLE__";

  /*__STEPS__*/

  class EnquiryForm extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      this.base = BASE + "/";
      this.language = (this.dataset.lang || document.documentElement.lang || "en").slice(0, 2).toLowerCase() === "es" ? "es" : "en";
      this.attachShadow({ mode: "open" });
      this.place = document.createElement("div");
      this.place.className = "desk-form";
      this.place.append(this.link());
      this.shadowRoot.append(this.place);
      this.nearby(() => this.open(this.language).catch(() => {})); // the link stays
    }

    // A form that nobody scrolls to is not asked for.
    nearby(act) {
      if (!window.IntersectionObserver) return act();
      const observer = new IntersectionObserver((entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        observer.disconnect();
        act();
      }, { rootMargin: "800px" });
      observer.observe(this);
    }

    address(part, language) {
      const { form, next } = this.dataset, query = new URLSearchParams({ lang: language || this.language });
      if (/^[a-z0-9-]{1,40}$/.test(form || "")) query.set("form", form);
      try {
        if (next) query.set("next", new URL(next, document.baseURI).href);
      } catch (error) { /* no address: the visitor stays */ }
      if (part) query.set("part", "form");
      return BASE + "/form?" + query;
    }

    link() {
      if (this.querySelector("a")) return document.createElement("slot"); // the site has put one there itself
      const paragraph = document.createElement("p"), link = document.createElement("a");
      link.href = this.address();
      link.textContent = WORDS[this.language];
      paragraph.append(link);
      return paragraph;
    }

    async ask(address) {
      const answer = await fetch(address, { credentials: "omit", referrerPolicy: "origin" });
      if (!answer.ok) throw new Error("no form");
      return new DOMParser().parseFromString(await answer.text(), "text/html");
    }

    async open(language) {
      const page = await this.ask(this.address(true, language));
      if (!page.getElementById("enquiry")) throw new Error("no form");
      const before = this.steps && this.steps.end();
      this.language = language;
      this.dress();
      this.place.lang = language;
      this.place.replaceChildren(...page.body.childNodes);
      const steps = this.steps = stepThrough(this.shadowRoot, this, before);
      this.shadowRoot.querySelector(".switch").addEventListener("click", () => {
        steps.switching();
        this.open(language === "es" ? "en" : "es").catch(() => steps.switching(true));
      });
    }

    // Sheets that a script makes are taken where a site forbids styles in the page. A site's own rem is not ours.
    dress() {
      if (this.shadowRoot.adoptedStyleSheets && !this.shadowRoot.adoptedStyleSheets.length) {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(STYLE);
        this.shadowRoot.adoptedStyleSheets = [sheet];
      }
      const style = getComputedStyle(this), place = this.place.style;
      place.fontSize = "medium";
      const rem = getComputedStyle(this.place).fontSize;
      place.fontSize = "";
      this.style.setProperty("--rem", rem);
      const meta = document.querySelector("meta[name=color-scheme]"), declared = style.colorScheme + (meta ? meta.content : "");
      const isDark = /dark/.test(declared) && matchMedia("(prefers-color-scheme: dark)").matches;
      if (!this.dataset.scheme) this.dataset.scheme = isDark ? "dark" : "light";
    }

    // Stored: the receipt in the place of the form, or the page that the site has named.
    async arrived(said, signal) {
      if (!said.next.startsWith(BASE + "/received/")) return location.assign(said.next);
      const told = document.createElement("p");
      told.textContent = said.message;
      let shown = [told];
      try {
        shown = [...(await this.ask(said.next)).getElementById("content").childNodes];
      } catch (error) { /* the message says the same in short */ }
      if (signal.aborted) return; // and the visitor has left
      const box = document.createElement("div");
      box.tabIndex = -1;
      box.append(...shown);
      for (const title of box.querySelectorAll("h1")) {
        const lower = document.createElement("h2");
        lower.append(...title.childNodes);
        title.replaceWith(lower);
      }
      this.place.replaceChildren(box, this.shadowRoot.querySelector(".help"));
      box.focus();
      this.scrollIntoView();
    }
  }

  function insert() {
    if (!script || !script.parentNode || script.hasAttribute("data-embedded")) return;
    script.setAttribute("data-embedded", "");
    if (!script.hasAttribute("data-form") && document.querySelector("enquiry-form")) return;
    const element = document.createElement("enquiry-form");
    for (const name of ["form", "lang", "next", "scheme"]) {
      if (script.dataset[name]) element.dataset[name] = script.dataset[name];
    }
    // In the head there is nothing to show: the form then stands at the end of the page.
    if (document.head.contains(script)) document.body.append(element);
    else script.after(element);
  }

  if (!customElements.get("enquiry-form")) customElements.define("enquiry-form", EnquiryForm);
  if (!document.body || (script && !script.hasAttribute("data-form") && document.readyState === "loading")) {
    document.addEventListener("DOMContentLoaded", insert);
  } else insert();
}());
