// The playground: the form as a request, the request as code, and what comes of it.

import "./copy.js";
import { LANGUAGES } from "./snippets.js";

const play = document.querySelector("#play");
const form = document.querySelector("#form");
const matrix = JSON.parse(play.dataset.matrix);
const prices = JSON.parse(play.dataset.prices);
const words = JSON.parse(play.dataset.words);
const filled = JSON.parse(play.dataset.filled);
const field = (name) => form.elements[name];
const say = (text, n) => text.replace("{n}", n);
const cost = (n) => (Number(n) === 1 ? words.credit : say(words.credits, n));
let pictures = [];
// A key that was shown in this tab a moment ago; it is kept nowhere else.
const key = sessionStorage.getItem("key") ?? "YOUR_KEY";
let language = localStorage.getItem("language") ?? "cURL";

const model = () => matrix[field("model").value];

// Offer what the model takes, and nothing else.
function fit() {
  const row = model();
  const can = {
    image: row.image.max > 0,
    seed: row.seed !== null,
    guidance_scale: row.guidance_scale !== null,
    output_format: row.output_format.length > 1,
    max_images: row.max_images !== null && field("sequential").checked,
    sequential: row.max_images !== null,
    stream: row.stream,
    background: row.background.length > 1,
    layer_decomposition: row.layer_decomposition !== null,
    optimize: row.optimize_prompt_modes.length > 0,
    pixels: field("preset").value === "pixels",
  };
  for (const [name, shown] of Object.entries(can)) {
    for (const part of form.querySelectorAll(`[data-field="${name}"]`)) part.hidden = !shown;
  }
  if (row.guidance_scale) field("guidance_scale").placeholder = row.guidance_scale.default;
  if (row.max_images) field("max_images").placeholder = row.max_images.default;
}

function options(select, values, kept) {
  select.replaceChildren(...values.map(([value, text]) => new Option(text, value)));
  if (values.some(([value]) => value === kept)) select.value = kept;
}

function offer() {
  const row = model();
  const sizes = Object.keys(row.size.presets).map((name) => [name, name]);
  if (row.size.adaptive) sizes.push(["adaptive", "adaptive"]);
  options(field("preset"), [["", `– (${row.size.default})`], ...sizes, ["pixels", "W×H"]], field("preset").value);
  options(field("output_format"), [["", row.output_format[0]], ...row.output_format.slice(1).map((f) => [f, f])], "");
  options(field("optimize"), [["", "–"], ...row.optimize_prompt_modes.map((m) => [m, m])], "");
  fit();
}

const visible = (name) => !form.querySelector(`[data-field="${name}"]`)?.hidden;

// The request that the form asks for: nothing that was not said.
export function request() {
  const body = { model: field("model").value };
  const prompt = field("prompt").value.trim();
  if (prompt) body.prompt = prompt;
  const preset = field("preset").value;
  if (preset === "pixels") {
    if (field("pixels").value) body.size = field("pixels").value.trim();
  } else if (preset) body.size = preset;
  if (visible("image")) {
    const links = field("image_link").value.trim();
    const all = [...pictures.map((picture) => picture.url), ...(links ? [links] : [])];
    if (all.length) body.image = all.length === 1 ? all[0] : all;
  }
  for (const name of ["seed", "guidance_scale"]) {
    if (visible(name) && field(name).value !== "") body[name] = Number(field(name).value);
  }
  if (visible("output_format") && field("output_format").value) body.output_format = field("output_format").value;
  if (field("response_format").value) body.response_format = field("response_format").value;
  if (visible("optimize") && field("optimize").value) body.optimize_prompt_options = { mode: field("optimize").value };
  if (visible("sequential") && field("sequential").checked) {
    body.sequential_image_generation = "auto";
    if (field("max_images").value) body.sequential_image_generation_options = { max_images: Number(field("max_images").value) };
  }
  if (!field("watermark").checked) body.watermark = false;
  if (visible("stream") && field("stream").checked) body.stream = true;
  if (field("async").checked) body.async = true;
  if (field("callback_url").value) body.callback_url = field("callback_url").value;
  if (visible("background") && field("transparent").checked) body.background = "transparent";
  if (visible("layer_decomposition") && field("layers").checked) body.layer_decomposition = true;
  return body;
}

// In the code, a picture that was dropped here stands as its beginning.
function shortened(body) {
  const short = (text) => (text.startsWith("data:") && text.length > 120 ? `${text.slice(0, 60)}…` : text);
  if (typeof body.image === "string") return { ...body, image: short(body.image) };
  if (Array.isArray(body.image)) return { ...body, image: body.image.map(short) };
  return body;
}

function write() {
  const text = LANGUAGES[language](`${play.dataset.base}/seedream/images`, shortened(request()), key);
  document.querySelector("#code").textContent = text;
  const price = prices[field("model").value];
  document.querySelector("#price").textContent = cost(price);
}

function languages() {
  const tabs = document.querySelector("#languages");
  const names = Object.keys(LANGUAGES);
  if (!names.includes(language)) language = names[0];
  const buttons = names.map((name) => {
    const button = document.createElement("button");
    button.type = "button";
    button.role = "tab";
    button.textContent = name;
    button.addEventListener("click", () => choose(name));
    return button;
  });
  tabs.replaceChildren(...buttons);
  tabs.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = names[(names.indexOf(language) + step + names.length) % names.length];
    choose(next);
    buttons[names.indexOf(next)].focus();
  });
  choose(language);
}

function choose(name) {
  language = name;
  localStorage.setItem("language", name);
  for (const button of document.querySelectorAll("#languages button")) {
    const chosen = button.textContent === name;
    button.setAttribute("aria-selected", chosen);
    button.tabIndex = chosen ? 0 : -1;
  }
  write();
}

// Pictures that are dropped, pasted or chosen.
async function take(files) {
  for (const file of files) {
    if (!file.type.startsWith("image/")) continue;
    const data = await new Promise((done) => {
      const reader = new FileReader();
      reader.addEventListener("load", () => done(reader.result));
      reader.readAsDataURL(file);
    });
    const url = play.dataset.known ? await upload(file) : data;
    if (url) pictures.push({ name: file.name, data, url });
  }
  thumbs();
}

// What is uploaded stands in the code by its URL, so that the code runs as it is.
async function upload(file) {
  const form = new FormData();
  form.append("file", file);
  const answer = await fetch("/console/files", { method: "POST", headers: { "X-Form-Token": formToken() }, body: form });
  const said = await answer.json();
  if (answer.ok) return said.file_url;
  blame(said.detail ?? said.error.message, "image");
  return null;
}

const formToken = () => document.querySelector("meta[name=form-token]").content;

function thumbs() {
  const items = pictures.map((picture, index) => {
    const item = document.createElement("li");
    const image = new Image();
    image.src = picture.data;
    image.alt = picture.name;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.textContent = "×";
    remove.ariaLabel = `× ${picture.name}`;
    remove.addEventListener("click", () => {
      pictures.splice(index, 1);
      thumbs();
    });
    item.append(image, remove);
    return item;
  });
  document.querySelector("#thumbs").replaceChildren(...items);
  write();
}

const drop = document.querySelector("#drop");
const files = document.querySelector("#files");
drop.addEventListener("click", () => files.click());
drop.addEventListener("keydown", (event) => {
  if (event.key === "Enter" || event.key === " ") { event.preventDefault(); files.click(); }
});
files.addEventListener("change", () => { take(files.files); files.value = ""; });
for (const [name, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", over);
    if (name === "drop") take(event.dataTransfer.files);
  });
}
document.addEventListener("paste", (event) => {
  if (event.clipboardData.files.length) take(event.clipboardData.files);
});

// Run: the very request, and what becomes of it.
const problem = document.querySelector("#problem");
const button = document.querySelector("#run");
const LABELS = { image: "image", size: "pixels", seed: "seed", guidance_scale: "guidance_scale", output_format: "output_format" };

function blame(message, name) {
  problem.textContent = message;
  problem.hidden = !message;
  for (const wrong of form.querySelectorAll(".wrong")) wrong.classList.remove("wrong");
  if (!message) return;
  const control = form.querySelector(`[data-field="${LABELS[name] ?? name}"]`) ?? form.elements[name]?.closest?.("label");
  control?.classList.add("wrong");
  problem.scrollIntoView({ block: "nearest" });
}

async function run() {
  if (!play.dataset.known) { blame(words.login); return; }
  blame("");
  button.disabled = true;
  button.textContent = words.running;
  try {
    const answer = await fetch("/console/run", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Form-Token": formToken() },
      body: JSON.stringify(request()),
    });
    const said = await answer.json();
    if (!answer.ok) { blame(said.error.message, answer.headers.get("X-Seedbed-Field")); return; }
    await follow(said.task_id);
  } catch (error) {
    blame(String(error.message ?? error));
  } finally {
    button.disabled = false;
    button.textContent = words.run;
  }
}

// As many empty frames as pictures are to come, so that nothing jumps when they do.
function frames(count) {
  return Array.from({ length: count }, () => {
    const item = document.createElement("li");
    item.className = "frame";
    return item;
  });
}

function follow(id) {
  const expected = visible("sequential") && field("sequential").checked ? Number(field("max_images").value || 1) : 1;
  const began = performance.now();
  const meter = document.querySelector("#meter");
  const stage = document.querySelector("#stage");
  meter.hidden = false;
  document.querySelector("#pictures").replaceChildren(...frames(expected));
  const source = new EventSource(`/console/tasks/${id}/live`);
  let last = {};
  const tell = () => {
    const seconds = say(words.seconds, ((performance.now() - began) / 1000).toFixed(1));
    const before = last.queue_position ? ` · ${say(words.queued, last.queue_position)}` : "";
    stage.textContent = `${seconds}${before}`;
    document.querySelector("#progress").value = last.progress ?? 0;
  };
  const clock = setInterval(tell, 100);
  return new Promise((done) => {
    source.addEventListener("message", (event) => {
      last = JSON.parse(event.data);
      tell();
      show(last.pictures, last.response ? 0 : expected);
      if (!last.response) return;
      source.close();
      clearInterval(clock);
      stage.textContent += ` · ${cost(last.cost)}`;
      document.querySelector("#json").textContent = JSON.stringify(last.response, null, 2);
      document.querySelector("#headers").textContent = Object.entries(last.headers)
        .map(([name, value]) => `${name}: ${value}`).join("\n");
      const link = document.createElement("a");
      link.href = `/tasks/${id}`;
      link.textContent = words.task;
      document.querySelector("#about").replaceChildren(link);
      document.querySelector("#raw").hidden = false;
      if (!last.response.success) blame(`${words.failed}: ${last.response.error.message}`);
      done();
    });
    source.addEventListener("error", () => { source.close(); clearInterval(clock); done(); });
  });
}

function show(urls, expected) {
  const list = document.querySelector("#pictures");
  const known = [...list.querySelectorAll("img")].map((image) => image.dataset.key);
  const keys = urls.map((url) => url.split("?")[0]);
  if (known.join() === keys.join() && expected) return;
  const items = urls.map((url, index) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    const image = new Image();
    link.href = url;
    image.src = url;
    image.dataset.key = keys[index];
    image.alt = field("prompt").value;
    link.append(image);
    item.append(link);
    return item;
  });
  list.replaceChildren(...items, ...frames(Math.max(0, expected - items.length)));
}

function fill(body) {
  for (const name of ["prompt", "seed", "guidance_scale", "response_format", "output_format", "callback_url"]) {
    if (body[name] !== undefined) field(name).value = body[name];
  }
  if (body.watermark === false) field("watermark").checked = false;
  if (body.sequential_image_generation === "auto") field("sequential").checked = true;
  if (body.background === "transparent") field("transparent").checked = true;
  if (body.layer_decomposition) field("layers").checked = true;
  if (body.size) {
    const offered = [...field("preset").options].some((option) => option.value === body.size);
    field("preset").value = offered ? body.size : "pixels";
    if (!offered) field("pixels").value = body.size;
  }
}

// Back from logging in, for what was begun before.
if (new URLSearchParams(location.search).has("acquire")) {
  document.querySelector('form[action="/acquire"]')?.submit();
}

const named = Object.values(matrix).find((row) => row.id === filled.model || row.aliases.includes(filled.model));
if (named) field("model").value = named.id;
offer();
fill(filled);
fit();
languages();
form.addEventListener("input", (event) => {
  if (event.target.name === "model") offer();
  fit();
  write();
});
form.addEventListener("submit", (event) => { event.preventDefault(); run(); });
document.querySelector("#dice").addEventListener("click", () => {
  field("seed").value = Math.floor(Math.random() * 2 ** 31);
  write();
});
for (const chip of document.querySelectorAll(".chip")) {
  chip.addEventListener("click", () => { field("prompt").value = chip.dataset.example; write(); });
}
