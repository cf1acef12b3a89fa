// The stage: it sends pictures to the server's memory and shows the colored pictures.
// Gradio gives `element`, `trigger`, `props` and `watch`. File names are set as text, never as HTML.
const find = (selector) => element.querySelector(selector);
const pins = {}; // by token: the spots that the visitor colored
const MOST = 100; // spots of one picture, as `Options.hints` takes them
let pictures = [], unsent = [], current = "", said = 0, sending = 0;

const base = document.baseURI;
const address = (picture, part) =>
  new URL(`api/pictures/${picture.token}/${part}.png?v=${picture.version}`, base).href;
const shown = () => pictures.find((picture) => picture.token === current);

// ------------------------------------------------------------------ pictures come in

async function send(files) {
  const tokens = [];
  if (!sending) unsent = [];
  sending += 1;
  element.querySelector(".stage").classList.add("busy");
  for (const file of files) {
    say(`Sending ${file.name}`);
    try {
      const url = new URL(`api/pictures?name=${encodeURIComponent(file.name)}`, base);
      const answer = await fetch(url, { method: "POST", body: file });
      const values = await answer.json();
      if (values.token) tokens.push(values.token);
      else unsent.push({ name: file.name, error: values.error });
    } catch (error) {
      unsent.push({ name: file.name, error: "The server does not answer." });
    }
  }
  sending -= 1;
  say("");
  if (tokens.length) {
    current = tokens[0];
    trigger("upload", { tokens });
  }
  draw();
}

function drawRefusals() {
  const refused = [...unsent, ...pictures.filter((picture) => picture.error)];
  find(".refusals").replaceChildren(...refused.map(({ name, error }) => {
    const item = document.createElement("li");
    item.textContent = `${name}: ${error}`;
    return item;
  }));
  find(".refusals").hidden = !refused.length;
}

// ------------------------------------------------------------------ what is shown

const say = (words) => { find(".status").textContent = words; };

function receive() {
  let state;
  try { state = JSON.parse(props.value); } catch { return; }
  if (!state || state.said <= said) return;
  said = state.said;
  pictures = state.pictures;
  if (!sending) {
    say(state.status);
    if (!hopeful(shown())) choosePicture();
  }
  element.querySelector(".stage").classList.toggle("busy", Boolean(state.status));
  draw();
}

// Whether a picture has colors or will have some.
const hopeful = (picture) => Boolean(picture && (picture.version || !picture.error));

// Show the next picture instead of one that has no colors, or else the last that has some.
function choosePicture() {
  const after = pictures.findIndex((picture) => picture.token === current) + 1;
  const next = pictures.slice(after).find(hopeful) || pictures.findLast(hopeful);
  if (next) current = next.token;
}

function load(image, source) {
  if (image.src !== source) image.src = source;
}

function draw() {
  const picture = shown(), ready = Boolean(picture && picture.version);
  find(".view").hidden = !ready;
  find(".stage").classList.toggle("full", ready);
  if (ready) {
    const mode = find(".frame").dataset.mode;
    load(find(".after"), address(picture, "after"));
    load(find(".before"), address(picture, "before"));
    if (mode === "beside") load(find(".beside"), address(picture, "beside"));
    find(".frame").style.setProperty("--shape", picture.width / picture.height);
    find(".name").textContent = `${picture.name} · ${picture.width} × ${picture.height}`;
    find(".notes").textContent = picture.notes.join(" ");
    find(".save").href = address(picture, "result");
    find(".save-beside").href = address(picture, "beside");
    find(".save-beside").download = "side-by-side.png";
  }
  drawPins();
  drawStrip();
  drawRefusals();
}

function drawStrip() {
  const done = pictures.filter((picture) => picture.version), strip = find(".strip");
  strip.hidden = pictures.length < 2;
  strip.replaceChildren(...done.map((picture) => {
    const button = document.createElement("button"), image = document.createElement("img");
    button.type = "button";
    button.setAttribute("aria-pressed", picture.token === current);
    image.src = address(picture, "thumb");
    image.alt = picture.name;
    button.append(image);
    button.onclick = () => { current = picture.token; draw(); };
    return button;
  }));
  const all = find(".save-all");
  all.hidden = done.length < 2;
  all.href = new URL(`api/pictures.zip?tokens=${done.map((p) => p.token).join(",")}`, base).href;
}

function drawPins() {
  const picture = shown();
  if (!picture) return;
  find(".pins").replaceChildren(...(pins[current] || []).map((pin) => {
    const dot = document.createElement("i");
    dot.style.left = `${(100 * pin.x) / picture.width}%`;
    dot.style.top = `${(100 * pin.y) / picture.height}%`;
    dot.style.background = pin.color;
    return dot;
  }));
  find(".undo").hidden = !(pins[current] || []).length;
}

// ------------------------------------------------------------------ what the visitor does

function choose(mode) {
  find(".frame").dataset.mode = mode;
  for (const button of element.querySelectorAll(".modes button"))
    button.setAttribute("aria-pressed", button.dataset.mode === mode);
  find(".palette").hidden = mode !== "hints";
  draw();
}

function hint() {
  drawPins();
  trigger("submit", { token: current, hints: pins[current] });
}

// A spot at `x` and `y`, shares of the picture's width and height.
function pin(x, y) {
  const picture = shown();
  if (!picture || x < 0 || y < 0 || x >= 1 || y >= 1) return;
  if (pins[current]?.length >= MOST) {
    say(`A picture takes at most ${MOST} spots. Remove one first.`);
    return;
  }
  const spot = { x: Math.floor(x * picture.width), y: Math.floor(y * picture.height) };
  (pins[current] ||= []).push({ ...spot, color: find(".color").value });
  hint();
}

function pinAtPointer(event) {
  const box = find(".after").getBoundingClientRect();
  pin((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
}

// Without a pointer, a mark is moved over the picture.
const mark = { x: 0.5, y: 0.5 };
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function moveMark([across, down], far) {
  const step = far ? 0.1 : 0.01, within = (value) => Math.min(0.995, Math.max(0, value));
  mark.x = within(mark.x + step * across);
  mark.y = within(mark.y + step * down);
  find(".mark").style.left = `${100 * mark.x}%`;
  find(".mark").style.top = `${100 * mark.y}%`;
}

find(".pins").addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (WAYS[event.key]) moveMark(WAYS[event.key], event.shiftKey);
  else if (event.key === "Enter" || event.key === " ") pin(mark.x, mark.y);
  else return;
  event.preventDefault();
});

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.mode) choose(button.dataset.mode);
  else if (button?.className === "undo") { pins[current].pop(); hint(); }
  else if (!button && find(".frame").dataset.mode === "hints" && event.target.closest(".frame"))
    pinAtPointer(event);
});
element.addEventListener("input", (event) => {
  if (event.target.className === "at")
    find(".frame").style.setProperty("--at", `${event.target.value}%`);
});
element.addEventListener("change", (event) => {
  if (event.target.type !== "file") return;
  const files = [...event.target.files];
  event.target.value = "";
  if (files.length) send(files);
});

// The whole page takes files: a browser would leave the page for a file that falls beside the stage.
const drop = find(".drop");
const holdsFiles = (event) => element.isConnected && event.dataTransfer?.types.includes("Files");
for (const name of ["dragenter", "dragover"])
  document.addEventListener(name, (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    drop.classList.add("over");
  });
for (const name of ["dragleave", "drop"])
  document.addEventListener(name, () => drop.classList.remove("over"));
document.addEventListener("drop", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  send([...event.dataTransfer.files]);
});
document.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files || [])];
  if (files.length && element.isConnected) send(files);
});
// A click on an example sends its picture as if the visitor had dropped it.
document.addEventListener("click", async (event) => {
  const example = event.target.closest?.(".example");
  if (!example || !element.isConnected) return;
  const answer = await fetch(example.querySelector("img").src);
  send([new File([await answer.blob()], `${example.dataset.name}.png`)]);
});

// Gradio's sliders report a value when a pointer is released or their number loses the focus. Keys
// count as well, a moment after the last one.
let resting;
document.addEventListener("keyup", (event) => {
  const slider = event.target.closest?.('.gradio-container input[type="range"]:not(.at)');
  if (!slider || !/^(Arrow|Page|Home|End)/.test(event.key)) return;
  clearTimeout(resting);
  resting = setTimeout(() => slider.dispatchEvent(new PointerEvent("pointerup", { bubbles: true })), 400);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.type !== "number") return;
  event.target.blur();
  event.target.focus();
});

// Gradio sends what is typed before it brings it into the slider's range, even an empty field.
document.addEventListener("blur", (event) => {
  const field = event.target;
  if (field.type !== "number" || (field.value !== "" && field.validity.valid)) return;
  field.value = Math.min(field.max, Math.max(field.min, field.value));
  field.dispatchEvent(new Event("input", { bubbles: true }));
}, true);

watch("value", receive);
