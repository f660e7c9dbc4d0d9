// Posts with the official Formspree client and prints what it understood of each answer, one JSON object.
import { createClient, isSubmissionError } from "@formspree/core";

const endpoint = process.argv[2];
const client = createClient();

const told = (result) =>
  isSubmissionError(result)
    ? {
        kind: result.kind,
        form: result.getFormErrors(),
        fields: Object.fromEntries(result.getAllFieldErrors()),
      }
    : { kind: result.kind, next: result.next };

const formData = new FormData();
formData.append("name", "Zoë Example");
formData.append("email", "zoe@mail.example");
formData.append("symptoms[]", "swelling");
formData.append("symptoms[]", "touch_hurts");

const answers = {
  json: await client.submitForm("homepage", { name: "Ann Example", email: "ann@mail.example", message: "Hello" }, { endpoint }),
  formData: await client.submitForm("homepage", formData, { endpoint }),
  invalid: await client.submitForm("homepage", { name: "Ann Example", email: "not an address" }, { endpoint }),
  empty: await client.submitForm("homepage", { _gotcha: "" }, { endpoint }),
};

console.log(JSON.stringify(Object.fromEntries(Object.entries(answers).map(([name, result]) => [name, told(result)]))));
