/* Puts the enquiry form next to its own script tag:
 *   <script src="https://…/embed.js" data-form="homepage" data-lang="es" data-next="https://…/thank-you"></script>
 * data-form  name of this form or page, a to z, 0 to 9 and hyphens (optional)
 * data-lang  en or es (optional; else the language of the page)
 * data-next  where the visitor goes after sending (optional; its site must be allowed in ALLOWED_ORIGINS)
 * data-title, data-height  of the frame (optional)
 * It sets no cookies and sends nothing by itself. Without the frame there is a plain link to the same form.
 */
(function () {
  "use strict";
  var WORDS = {
    en: { title: "Contact form", open: "Open the form on its own page" },
    es: { title: "Formulario de contacto", open: "Abrir el formulario en su propia página" }
  };

  function ownScript() {
    if (document.currentScript) { return document.currentScript; }
    // A module or a loader: the first script of ours that has not had its turn.
    return document.querySelector('script[src*="/embed.js"]:not([data-embedded])');
  }

  function baseOf(script) {
    var found = /^(https?:\/\/[^?#]*)\/embed\.js(?:[?#].*)?$/.exec(script.src || "");
    return found ? found[1] : "__BASE_URL__";
  }

  function addressOf(script, base, language) {
    var query = ["lang=" + language];
    var form = script.getAttribute("data-form") || "";
    var next = script.getAttribute("data-next") || "";
    if (/^[a-z0-9-]{1,40}$/.test(form)) { query.push("form=" + form); }
    if (next) { query.push("next=" + encodeURIComponent(next)); }
    return base + "/form?" + query.join("&");
  }

  function linkTo(address, words) {
    var paragraph = document.createElement("p");
    var link = document.createElement("a");
    link.href = address;
    link.textContent = words.open;
    paragraph.appendChild(link);
    return paragraph;
  }

  function frameOf(script, address, words) {
    var frame = document.createElement("iframe");
    frame.title = script.getAttribute("data-title") || words.title;
    frame.style.cssText = "display:block;width:100%;border:0;min-height:32rem;height:85vh;color-scheme:light dark";
    if (script.getAttribute("data-height")) { frame.style.height = script.getAttribute("data-height"); }
    frame.src = address;
    return frame;
  }

  var script = ownScript();
  if (!script || !script.parentNode) { return; }
  script.setAttribute("data-embedded", "");
  var asked = (script.getAttribute("data-lang") || document.documentElement.lang || "en").slice(0, 2).toLowerCase();
  var language = asked === "es" ? "es" : "en";
  var address = addressOf(script, baseOf(script), language);
  // In the head there is nothing to show: the form then stands at the end of the page.
  var inHead = document.head && document.head.contains(script);

  function show() {
    var place = document.createElement("div");
    place.appendChild(linkTo(address, WORDS[language]));
    if (inHead) { document.body.appendChild(place); } else { script.parentNode.insertBefore(place, script.nextSibling); }
    // Last, so that the link stands whatever happens to the frame.
    place.appendChild(frameOf(script, address, WORDS[language]));
  }

  if (inHead && !document.body) { document.addEventListener("DOMContentLoaded", show); } else { show(); }
}());
