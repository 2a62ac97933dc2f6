// What the console's pages do by themselves. Without it they are plain pages, links and forms.
// Texts from the service are only ever set as textContent.

const body = document.body;
const live = () => document.getElementById("live");
const $ = (id) => document.getElementById(id);
// Texts are in the page's language; times and numbers as its readers write them where they live.
const language = navigator.languages.find((each) => each.startsWith(document.documentElement.lang)) || document.documentElement.lang;

// -- the page renews itself --------------------------------------------------------------------

const EVERY = 2000;
let paused = sessionStorage.getItem("paused") === "yes";
let asked = false;
let failures = 0;

const pause = $("pause");
const showPause = () => {
  pause.hidden = false;
  pause.textContent = paused ? body.dataset.resume : body.dataset.pause;
  pause.setAttribute("aria-pressed", String(paused));
};
pause.addEventListener("click", () => {
  paused = !paused;
  sessionStorage.setItem("paused", paused ? "yes" : "no");
  showPause();
  if (!paused) renew();
});
showPause();

// What somebody is about to do is not taken away: chosen boxes, text in fields, what is kept.
Idiomorph.defaults.ignoreActiveValue = true;
Idiomorph.defaults.callbacks.beforeNodeMorphed = (old) => !(old.dataset && "keep" in old.dataset);
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) =>
  !(node.matches("input,select,textarea") && (name === "checked" || name === "value"))
  && !(name === "open" && node.matches("details"));

const idle = () => {
  const at = document.activeElement;
  return !(at && at.matches("select,textarea"));
};
function renew() {
  if (asked || !live() || !live().hasAttribute("hx-get")) return;
  asked = true;
  htmx.trigger(live(), "refresh");
}
function tick() {
  if (!paused && !document.hidden && idle()) renew();
  // A service that does not answer is asked less often, and found again soon.
  setTimeout(tick, failures ? Math.min(10000, 1000 * failures) : Number(live()?.dataset.every || EVERY));
}
setTimeout(tick, EVERY);
document.addEventListener("visibilitychange", () => { if (!document.hidden && !paused) renew(); });

function offline(text) {
  const note = $("offline");
  note.hidden = !text;
  if (note.textContent !== text) note.textContent = text;
}
body.addEventListener("htmx:afterRequest", (event) => {
  asked = false;
  const status = event.detail.xhr.status;
  if (status === 401) { failures = 5; offline(body.dataset.signedOut); }
  else if (status === 0 || status >= 500) { failures += 1; offline(body.dataset.offline); }
  else { failures = 0; offline(""); }
});
// A page of an error is shown in the place of the one that is gone.
body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 404) event.detail.shouldSwap = true;
});
body.addEventListener("htmx:afterSettle", begin);
body.addEventListener("htmx:afterSwap", times);

// -- times ---------------------------------------------------------------------------------------

const relative = new Intl.RelativeTimeFormat(language, { style: "narrow", numeric: "always" });
const STEPS = [[60, "second", 1], [3600, "minute", 60], [86400, "hour", 3600], [Infinity, "day", 86400]];

function length(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
function set(node, text) { if (node.textContent !== text) node.textContent = text; }
function times() {
  const now = Date.now();
  for (const node of document.querySelectorAll("time[data-ago]")) {
    const moment = new Date(node.dateTime);
    const seconds = Math.max(0, (now - moment) / 1000);
    const [, unit, size] = STEPS.find(([most]) => seconds < most);
    set(node, relative.format(-Math.floor(seconds / size), unit));
    node.title = moment.toLocaleString(language);
  }
  for (const node of document.querySelectorAll("time[data-at]")) {
    set(node, new Date(node.dateTime).toLocaleString(language, { dateStyle: "medium", timeStyle: "medium" }));
  }
  for (const node of document.querySelectorAll("[data-took]")) {
    const until = node.dataset.until ? new Date(node.dataset.until) : now;
    set(node, length(Math.max(0, (until - new Date(node.dataset.took)) / 1000)));
  }
}
setInterval(times, 1000);

// -- forms ----------------------------------------------------------------------------------------

const dialog = $("confirm");
let sure = null;
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  const question = button?.dataset.confirm;
  if (!question || sure === button) { sure = null; return; }
  event.preventDefault();
  dialog.querySelector("p").textContent = question;
  dialog.returnValue = "no";
  dialog.showModal();
  dialog.onclose = () => {
    if (dialog.returnValue === "yes") { sure = button; button.form.requestSubmit(button); }
    else button.focus();
  };
});
function countChosen() {
  const output = $("chosen");
  if (!output) return;
  const boxes = [...document.querySelectorAll("input[name=id][type=checkbox]")];
  const chosen = boxes.filter((box) => box.checked).length;
  set(output, chosen ? output.dataset.chosen.replace("{n}", String(chosen)) : "");
  const every = $("every");
  if (every) { every.checked = chosen > 0 && chosen === boxes.length; every.indeterminate = chosen > 0 && chosen < boxes.length; }
}
document.addEventListener("change", (event) => {
  if (event.target.id === "every") {
    for (const box of document.querySelectorAll("input[name=id][type=checkbox]")) box.checked = event.target.checked;
  }
  countChosen();
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input,textarea,select");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    const field = $("find") || $("q");
    if (field) { event.preventDefault(); field.focus(); field.select(); }
  }
});

// -- all instances at a glance ----------------------------------------------------------------------

const SHAPES = { W: "Waiting", D: "Waiting", R: "Running", F: "Finished", X: "Failed", S: "Stopped" };
const cells = { letters: "", rest: 0, of: "W", size: 0, columns: 0, at: -1, version: "" };
const letterOf = (index) => index < cells.letters.length ? cells.letters[index] : cells.of;

async function loadCells(figure) {
  const version = figure.dataset.version + figure.dataset.cells;
  if (cells.version === version) return;
  cells.version = version;
  try {
    const answer = await fetch(figure.dataset.cells, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const { cells: letters, rest, of } = await answer.json();
    Object.assign(cells, { letters, rest, of });
    drawCells(figure);
  } catch { cells.version = ""; }
}
// The whole is drawn once, and again when it changes; a step to another square copies it.
const picture = document.createElement("canvas");
function drawCells(figure) {
  const count = cells.letters.length + cells.rest;
  const width = figure.clientWidth;
  if (!width || !count) return;
  // Squares as large as fits all into a page, between 3 and 14 pixels; dots of 1 if there are very many.
  const height = Math.max(160, Math.min(1400, window.innerHeight * 1.2));
  const fits = Math.floor(Math.sqrt((width * height) / count));
  const size = Math.max(count > 300000 ? 1 : 3, Math.min(14, fits));
  const columns = Math.max(1, Math.floor(width / size));
  const rows = Math.ceil(count / columns);
  // No browser makes a canvas of any height.
  const scale = Math.min(window.devicePixelRatio || 1, 16000 / (rows * size));
  const style = getComputedStyle(document.documentElement);
  const colours = {};
  for (const letter in SHAPES) colours[letter] = style.getPropertyValue(`--${SHAPES[letter]}-fill`).trim();
  const look = { size, columns, rows, count, width, scale, only: figure.dataset.state, page: style.getPropertyValue("--page").trim() };
  Object.assign(cells, { size, columns, scale, height: rows * size, width });
  if (size < 6) drawDots(look, colours); else drawSquares(look, colours);
  showCells(style);
  $("cells").dataset.drawn = String(count);
}
function drawDots({ size, columns, rows, count, width, scale, only }, colours) {
  const dots = new ImageData(columns, rows);
  const pixels = new Uint32Array(dots.data.buffer);
  const brush = begun(document.createElement("canvas"), 1, 1, 1);
  const values = {};
  for (const letter in SHAPES) {
    brush.clearRect(0, 0, 1, 1);
    brush.globalAlpha = only && SHAPES[letter] !== only ? 0.18 : 1;
    brush.fillStyle = colours[letter];
    brush.fillRect(0, 0, 1, 1);
    values[letter] = new Uint32Array(brush.getImageData(0, 0, 1, 1).data.buffer)[0];
  }
  const { letters, of } = cells;
  for (let index = 0; index < letters.length; index += 1) pixels[index] = values[letters[index]];
  pixels.fill(values[of], letters.length, count);
  const small = document.createElement("canvas");
  begun(small, columns, rows, 1).putImageData(dots, 0, 0);
  const large = begun(picture, width, rows * size, scale);
  large.imageSmoothingEnabled = false;
  large.drawImage(small, 0, 0, columns * size, rows * size);
}
function drawSquares({ size, columns, rows, count, width, scale, only, page }, colours) {
  const brush = begun(picture, width, rows * size, scale);
  const side = size - 1;
  const runs = new Map();
  const crosses = new Path2D();
  for (let index = 0; index < count; index += 1) {
    const letter = letterOf(index);
    let path = runs.get(letter);
    if (!path) runs.set(letter, path = new Path2D());
    const x = (index % columns) * size, y = Math.floor(index / columns) * size;
    // Shape as well as colour, where there is room for one.
    if (size < 9) path.rect(x, y, side, side);
    else if (letter === "X") {
      path.rect(x, y, side, side);
      crosses.moveTo(x + 3, y + 3); crosses.lineTo(x + side - 3, y + side - 3);
      crosses.moveTo(x + side - 3, y + 3); crosses.lineTo(x + 3, y + side - 3);
    } else if (letter === "R") { path.moveTo(x + 1, y); path.lineTo(x + side, y + side / 2); path.lineTo(x + 1, y + side); path.closePath(); }
    else if (letter === "W" || letter === "D") path.roundRect(x + 2, y + 2, side - 4, side - 4, 3);
    else if (letter === "S") path.rect(x + 1.5, y + 1.5, side - 3, side - 3);
    else path.roundRect(x, y, side, side, 3);
  }
  for (const [letter, path] of runs) {
    brush.globalAlpha = only && SHAPES[letter] !== only ? 0.18 : 1;
    brush.fillStyle = colours[letter];
    brush.fill(path);
  }
  brush.globalAlpha = 1;
  brush.strokeStyle = page;
  brush.lineWidth = 1.5;
  brush.stroke(crosses);
}
function begun(canvas, width, height, scale) {
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const brush = canvas.getContext("2d");
  brush.scale(scale, scale);
  return brush;
}
function showCells(style) {
  const canvas = $("cells");
  const { size, columns, scale, at, width, height } = cells;
  if (canvas.width !== picture.width || canvas.height !== picture.height) {
    canvas.width = picture.width;
    canvas.height = picture.height;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const brush = canvas.getContext("2d");
  brush.setTransform(1, 0, 0, 1, 0, 0);
  brush.clearRect(0, 0, canvas.width, canvas.height);
  brush.drawImage(picture, 0, 0);
  if (at < 0) return;
  brush.scale(scale, scale);
  brush.strokeStyle = style.getPropertyValue("--text").trim();
  brush.lineWidth = 2;
  brush.strokeRect((at % columns) * size - 1, Math.floor(at / columns) * size - 1, size + 1, size + 1);
}
function pointAt(figure, index) {
  const count = cells.letters.length + cells.rest;
  if (index < 0 || index >= count) return;
  cells.at = index;
  const names = JSON.parse(figure.dataset.names);
  set($("cell"), `${index}: ${names[letterOf(index)]}`);
  showCells(getComputedStyle(document.documentElement));
}
function beginCells(figure) {
  const canvas = $("cells");
  if (!canvas.dataset.begun) {
    canvas.dataset.begun = "yes";
    const indexAt = (event) => {
      const box = canvas.getBoundingClientRect();
      const column = Math.floor((event.clientX - box.left) / cells.size);
      return column < cells.columns ? Math.floor((event.clientY - box.top) / cells.size) * cells.columns + column : -1;
    };
    const open = (index) => { if (index >= 0 && index < cells.letters.length + cells.rest) location.href = canvas.closest("figure").dataset.open + index; };
    canvas.addEventListener("mousemove", (event) => {
      const index = indexAt(event);
      if (index !== cells.at) pointAt(canvas.closest("figure"), index);
    });
    canvas.addEventListener("click", (event) => open(indexAt(event)));
    canvas.addEventListener("keydown", (event) => {
      const last = cells.letters.length + cells.rest - 1;
      const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: cells.columns, ArrowUp: -cells.columns }[event.key];
      const end = { Home: 0, End: last }[event.key];
      if (end !== undefined) { event.preventDefault(); pointAt(canvas.closest("figure"), end); }
      else if (step) { event.preventDefault(); pointAt(canvas.closest("figure"), cells.at < 0 ? 0 : cells.at + step); }
      else if (event.key === "Enter") open(cells.at);
    });
    new ResizeObserver(() => drawCells(canvas.closest("figure"))).observe(canvas.closest("figure"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawCells(canvas.closest("figure")));
  }
  loadCells(figure);
}

// -- logs ----------------------------------------------------------------------------------------

const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/g;
// Those of 8 bits, and what hides or turns the direction of what stands beside it.
const UNSEEN = /[\u0080-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
// As terminals name them, "^[" for escape: signs that every font has.
const visible = (text) => text
  .replace(CONTROL, (one) => `^${String.fromCharCode(one.charCodeAt(0) ^ 64)}`)
  .replace(UNSEEN, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
const MOST_LINES = 20000;
// Characters of a line that does not end; of more, the last ones.
const MOST_OF_LINE = 1 << 20;

class Log {
  constructor(section) {
    this.section = section;
    this.lines = $("lines");
    this.url = section.dataset.log;
    this.start = 0;
    this.end = 0;
    this.first = 1;
    this.next = 1;
    this.tail = null;
    this.busy = false;
    this.over = section.dataset.over === "yes";
    this.lines.replaceChildren();
    $("find").addEventListener("input", () => this.search());
    $("wrap").addEventListener("change", (event) => this.lines.classList.toggle("wrapped", event.target.checked));
    $("follow").addEventListener("change", () => this.step());
    this.load(null).then(() => this.toEnd());
  }
  async load(from) {
    if (this.busy) return;
    this.busy = true;
    try {
      const answer = await fetch(this.url + (from === null ? "" : `&from=${from}&follow=yes`));
      if (!answer.ok) return;
      const part = await answer.json();
      if (from !== null && part.there && part.size < this.end) {
        // It was begun anew.
        this.busy = false;
        await this.load(null);
        return;
      }
      const done = part.over && (!part.there || part.end >= part.size);
      if (part.there) this.append(part, from === null);
      if (done) this.over = true;
    } catch { /* The page says that the service does not answer, and asks again. */ } finally { this.busy = false; }
  }
  append(part, begins) {
    if (begins) {
      this.lines.replaceChildren();
      this.tail = null;
      this.start = part.start;
      this.next = part.line || 1;
      this.earlier(part);
    }
    if (part.start !== this.end && !begins) return;
    this.end = part.end;
    if (part.size) this.section.querySelector(".absent").hidden = true;
    if (!part.text) return;
    const fragment = document.createDocumentFragment();
    const pieces = part.text.split("\n");
    pieces.forEach((piece, index) => {
      if (index === pieces.length - 1 && piece === "") { this.tail = null; return; }
      if (index === 0 && this.tail) {
        const longer = this.tail.lastChild.textContent + visible(piece.replace(/\r$/, ""));
        this.tail.lastChild.textContent = longer.length > MOST_OF_LINE ? `…${longer.slice(-MOST_OF_LINE)}` : longer;
      }
      else fragment.append(this.line(piece, this.next++));
      if (index === pieces.length - 1) this.tail = fragment.lastChild || this.tail;
      else this.tail = null;
    });
    this.lines.append(fragment);
    while (this.lines.childElementCount > MOST_LINES) this.lines.firstElementChild.remove();
    this.search();
  }
  line(text, number) {
    const row = document.createElement("span");
    row.className = "l";
    row.dataset.n = String(number);
    const content = document.createElement("span");
    content.textContent = visible(text.replace(/\r$/, ""));
    row.append(content);
    return row;
  }
  earlier(part) {
    if (!part.start) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = this.section.dataset.earlier;
    button.addEventListener("click", async () => {
      const from = Math.max(0, this.start - 256 * 1024);
      const answer = await fetch(`${this.url}&from=${from}&follow=yes`);
      const before = await answer.json();
      const text = before.text;
      // From the beginning of a line to where the part on the page begins.
      const encoded = new TextEncoder().encode(text).length;
      if (before.start + encoded < this.start - 4) { return; }
      const skip = before.start ? text.indexOf("\n") + 1 : 0;
      const pieces = text.slice(skip).split("\n");
      if (pieces.at(-1) === "") pieces.pop();
      const begin = this.lines.querySelector(".l");
      let number = (begin ? Number(begin.dataset.n) : this.next) - pieces.length;
      const fragment = document.createDocumentFragment();
      for (const piece of pieces) fragment.append(this.line(piece, number++));
      button.after(fragment);
      this.start = before.start + new TextEncoder().encode(text.slice(0, skip)).length;
      if (!this.start) button.remove();
      this.search();
    });
    this.lines.prepend(button);
  }
  search() {
    const wanted = $("find").value.toLowerCase();
    let hits = 0;
    for (const row of this.lines.querySelectorAll(".l")) {
      const hit = wanted && row.lastChild.textContent.toLowerCase().includes(wanted);
      row.classList.toggle("hit", Boolean(hit));
      row.classList.toggle("other", Boolean(wanted) && !hit);
      if (hit) hits += 1;
    }
    const text = hits === 1 ? this.section.dataset.foundOne : this.section.dataset.found;
    set($("hits"), wanted ? text.replace("{n}", hits.toLocaleString(language)) : "");
  }
  toEnd() { if ($("follow").checked) this.lines.scrollTop = this.lines.scrollHeight; }
  async step() {
    if (this.over || paused || document.hidden || !$("follow").checked) return;
    const near = this.lines.scrollHeight - this.lines.scrollTop - this.lines.clientHeight < 80;
    await this.load(this.end || null);
    if (near) this.toEnd();
  }
}
let log = null;
function beginLog(section) {
  if (log?.section === section) return;
  log = new Log(section);
}
setInterval(() => { if (log && log.section.isConnected) log.step(); }, 1000);

// -- files ----------------------------------------------------------------------------------------

async function upload(field) {
  const output = $("uploaded");
  for (const file of field.files) {
    set(output, `${file.name} …`);
    const answer = await fetch(field.dataset.upload + encodeURIComponent(file.name), {
      method: "PUT", body: file, headers: { "X-Console-Token": body.dataset.token },
    });
    set(output, answer.ok ? `${file.name} ✓` : `${file.name}: ${await answer.text()}`);
    if (!answer.ok) return;
  }
  field.value = "";
  renew();
}
document.addEventListener("change", (event) => { if (event.target.dataset?.upload) upload(event.target); });

function begin() {
  times();
  countChosen();
  const figure = document.querySelector("figure.cells");
  if (figure) beginCells(figure);
  const section = $("log");
  if (section) beginLog(section);
}
begin();
document.documentElement.dataset.ready = "yes";
