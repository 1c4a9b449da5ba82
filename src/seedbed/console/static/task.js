// A task's page: goes on with its task until that has ended, and shows or hides its layers.

import "./copy.js";

const live = document.querySelector("#live");
if (live) {
  const source = new EventSource(`/console/tasks/${live.dataset.task}/live`);
  source.addEventListener("message", (event) => {
    const record = JSON.parse(event.data);
    live.querySelector("progress").value = record.progress;
    if (record.response) {
      source.close();
      location.reload();
    }
  });
}

for (const box of document.querySelectorAll("[data-toggle]")) {
  box.addEventListener("change", () => {
    const layer = document.querySelector(`[data-layer="${box.dataset.toggle}"]`);
    layer.classList.toggle("off", !box.checked);
  });
}
