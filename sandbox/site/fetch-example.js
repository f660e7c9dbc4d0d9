// How a site of your own can send its form: one key for all attempts with the same answers, and the answer shown to the
// visitor. FormData with the key as a field asks nothing beforehand; JSON with the key as a header costs a preflight.
(function () {
  "use strict";
  var form = document.getElementById("fetch-form");
  var answer = document.getElementById("fetch-answer");
  var key = newKey();

  function newKey() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), function (byte) {
      return byte.toString(16).padStart(2, "0");
    }).join("");
  }

  function request(asJson) {
    var data = new FormData(form);
    var headers = { Accept: "application/json" };
    if (!asJson) {
      data.append("_idempotency", key);
      return { method: "POST", headers: headers, body: data };
    }
    headers["Content-Type"] = "application/json";
    headers["Idempotency-Key"] = key;
    return { method: "POST", headers: headers, body: JSON.stringify(Object.fromEntries(data)) };
  }

  async function send(event) {
    event.preventDefault();
    answer.textContent = "Sending…";
    try {
      var response = await fetch(form.action, request(event.submitter && event.submitter.value === "json"));
      var body = await response.json();
      answer.textContent = body.ok ? body.message : body.error;
      if (body.ok) { form.reset(); key = newKey(); }
    } catch (error) {
      answer.textContent = "This did not work. Please try again, or call +1 202-555-0100.";
    }
  }

  form.addEventListener("submit", send);
  form.addEventListener("input", function () { key = newKey(); });
}());
