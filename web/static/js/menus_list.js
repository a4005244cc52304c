/* The list of voice menus: asks before it deletes, and sends a file as soon as it is chosen. */
for (const form of document.querySelectorAll("form[data-ask]")) {
  form.addEventListener("submit", (event) => { if (!confirm(form.dataset.ask)) { event.preventDefault(); event.stopImmediatePropagation(); } }, { capture: true });
}
for (const input of document.querySelectorAll("input[data-send]")) input.addEventListener("change", () => { if (input.files.length) input.form.submit(); });
