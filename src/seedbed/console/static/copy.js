// Copies what a button names, and shows times in the reader's own zone.

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const from = document.querySelector(button.dataset.copy);
    const said = button.parentElement.querySelector(".said");
    try {
      await navigator.clipboard.writeText(from.textContent);
      if (said) said.textContent = said.dataset.said;
    } catch {
      getSelection().selectAllChildren(from);
    }
  });
}

// A new key is put into the code beside the playground, as long as this tab is open.
const token = document.querySelector("#token");
if (token && /^[0-9a-f]{32}$/.test(token.textContent)) sessionStorage.setItem("key", token.textContent);

const shown = new Intl.DateTimeFormat(document.documentElement.lang, {
  dateStyle: "medium",
  timeStyle: "short",
});
for (const time of document.querySelectorAll("time[data-at]")) {
  const at = new Date(Number(time.dataset.at) * 1000);
  time.dateTime = at.toISOString();
  time.textContent = shown.format(at);
}
