/* A bundle is sent: first its size, so that what has no room is refused before it is on its way; then as it is. */
import { post, say, toast } from "./page.js";

const form = document.getElementById("update-send"), way = document.querySelector(".update-way");

function send(file, ticket) {
  const bar = way.querySelector("progress"), asked = new XMLHttpRequest();
  return new Promise((done) => {
    asked.upload.onprogress = ({ loaded, total }) => { bar.value = 100 * loaded / total; };
    asked.onload = () => done(asked.responseText);
    asked.onerror = asked.onabort = () => done(say("That did not work: no answer from the appliance. Try again."));
    asked.open("POST", "/update/arrival");
    asked.setRequestHeader("x-csrf", document.body.dataset.csrf);
    asked.setRequestHeader("x-ticket", ticket);
    asked.setRequestHeader("content-type", "application/octet-stream");
    asked.send(file);
  });
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const [file] = form.elements.bundle.files, button = form.querySelector("button");
  button.disabled = true;
  try {
    const answer = await post("/update/expect", new URLSearchParams({ octets: file.size })), words = await answer.text();
    if (!answer.ok) return toast(words);
    way.hidden = false;
    toast(await send(file, words));
    form.reset();
  } catch {
    toast(say("That did not work: no answer from the appliance. Try again."));
  } finally {
    button.disabled = false;
    way.hidden = true;
  }
});
