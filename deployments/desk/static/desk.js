// What a page does beyond showing itself. Everything works without it, but for the camera and the cutting of a portrait.
"use strict";

// What was typed stays in this tab until it is sent: a session that ends in the middle of a form loses nothing.
// Codes, tokens and files are never kept, nor that somebody signs alone; nobody sees what another officer typed.
const KEPT_OUT = new Set(["code", "seen", "form_token", "password", "breaks_glass", "after", "email", "notify", "account"]);
const DRAFT = "draft:", SENT = "sent", own = document.body.dataset;
// A form that was sent and not refused is done; one that met a session's end is not.
const sent = sessionStorage.getItem(SENT);
sessionStorage.removeItem(SENT);
if (sent && own.officer && !document.querySelector(".refused")) sessionStorage.removeItem(sent);
for (const form of document.querySelectorAll("form[data-draft]")) {
  const key = `${DRAFT}${own.officer}:${form.dataset.draft}`;
  const kept = JSON.parse(sessionStorage.getItem(key) || "[]");
  let restored = false;
  if (!document.querySelector(".refused")) {
    for (const [name, value] of kept) {
      const field = form.elements[name];
      if (!field || KEPT_OUT.has(name)) continue;
      const one = field instanceof RadioNodeList ? [...field].find((each) => each.value === value) : field;
      if (!one || one.type === "hidden") continue;
      const ticks = one.type === "radio" || one.type === "checkbox";
      restored ||= ticks ? !one.checked : one.value !== value;
      if (ticks) one.checked = true;
      else one.value = value;
    }
  }
  if (restored) {
    const said = document.createElement("p"), discard = document.createElement("button");
    said.className = "note";
    said.setAttribute("role", "status");
    said.textContent = `${own.restored} `;
    Object.assign(discard, { type: "button", className: "quiet-button", textContent: own.discard });
    discard.addEventListener("click", () => { sessionStorage.removeItem(key); location.reload(); });
    said.append(discard);
    form.prepend(said);
  }
  form.addEventListener("input", () => {
    const typed = [...new FormData(form)].filter(([name, value]) => !KEPT_OUT.has(name) && typeof value === "string");
    sessionStorage.setItem(key, JSON.stringify(typed));
  });
  form.addEventListener("submit", () => sessionStorage.setItem(SENT, key));
}
document.querySelector("form[action='/sign-out']")?.addEventListener("submit", () => sessionStorage.clear());

// A page that asks again by itself says so when it gets no answer, and asks to sign in when the session ended.
const silent = document.getElementById("silent");
const fallSilent = (words) => { silent.textContent = words || silent.dataset.words; silent.hidden = false; };
document.addEventListener("htmx:sendError", () => fallSilent());
document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
  if (xhr.status === 401) location.reload();
  else fallSilent(xhr.status < 500 && new DOMParser().parseFromString(xhr.responseText, "text/html").querySelector("main p")?.textContent);
});
document.addEventListener("htmx:afterOnLoad", ({ detail: { xhr } }) => { if (xhr.status < 400) silent.hidden = true; });

// A second click sends nothing a second time.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  else if (event.target.method === "post") event.target.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// Only reasons that fit the answer, and the stage only where one goes back.
for (const form of document.querySelectorAll(".decide")) {
  const reasons = form.querySelector("select[name=reason_code]");
  const fit = () => {
    const outcome = form.querySelector(".outcomes input:checked")?.value;
    for (const group of reasons.querySelectorAll("optgroup")) group.hidden = group.disabled = group.dataset.outcome !== outcome;
    if (reasons.selectedOptions[0]?.parentElement.disabled) reasons.value = "";
    for (const part of form.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== outcome;
  };
  form.addEventListener("change", fit);
  fit();
}

// In a list of questions: j and k go down and up, Enter opens, and the next one is first when the decision is made.
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, button")) return;
  const rows = [...document.querySelectorAll("a.row")];
  const step = { j: 1, k: -1 }[event.key];
  if (!step || !rows.length) return;
  const at = rows.indexOf(document.activeElement);
  rows[Math.min(rows.length - 1, Math.max(0, at + step))].focus();
});

// A portrait is cut to 7:9 here, as it will be printed; the server looks at it again.
const portrait = document.getElementById("portrait");
if (portrait) {
  const file = portrait.querySelector("input[type=file]");
  const [crop, video, canvas, zoom] = [".crop", "video", "canvas", ".zoom"].map((each) => portrait.querySelector(each));
  const [camera, shoot] = [".camera", ".shoot"].map((each) => portrait.querySelector(each));
  const drawing = canvas.getContext("2d");
  const said = portrait.querySelector(".head-height");
  const marks = ["crown", "chin"].map((name) => ({ field: portrait.elements[name], line: portrait.querySelector("." + name) }));
  let picture = null, left = 0, top_ = 0;
  // The number is the mark, and the line shows it; a line nobody has put in its place marks nothing.
  const showMarks = () => {
    for (const { field, line } of marks) {
      line.classList.toggle("set", field.value !== "");
      line.style.top = field.value === "" ? "" : `${field.value}%`;
      line.setAttribute("aria-valuenow", field.value || Math.round(place(line)));
    }
    const [crown, chin] = marks.map(({ field }) => field.valueAsNumber);
    const head = Math.round((chin - crown) * 10) / 10;
    said.hidden = Number.isNaN(head);
    said.classList.toggle("outside", head < 70 || head > 80);
    portrait.elements.head.value = head;
  };
  const place = (line) => parseFloat(getComputedStyle(line).top) / (line.parentElement.clientHeight || 1) * 100;
  const mark = ({ field }, percent) => {
    field.value = Math.min(100, Math.max(0, percent)).toFixed(1);
    showMarks();
  };
  const unmark = () => {
    for (const { field } of marks) field.value = "";
    showMarks();
  };
  for (const each of marks) {
    const { field, line } = each;
    field.addEventListener("input", showMarks);
    line.addEventListener("pointerdown", (event) => { line.setPointerCapture(event.pointerId); mark(each, place(line)); });
    line.addEventListener("pointermove", (event) => {
      if (!line.hasPointerCapture(event.pointerId)) return;
      const frame = line.parentElement.getBoundingClientRect();
      mark(each, (event.clientY - frame.top) / frame.height * 100);
    });
    line.addEventListener("keydown", (event) => {
      const step = { ArrowUp: -0.5, ArrowDown: 0.5, PageUp: -5, PageDown: 5, Enter: 0, " ": 0 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      mark(each, place(line) + step);
    });
  }
  const put = (blob) => {
    const box = new DataTransfer();
    box.items.add(new File([blob], "portrait.jpg", { type: "image/jpeg" }));
    file.files = box.files;
  };
  const draw = () => {
    if (!picture) return;
    const least = Math.max(canvas.width / picture.width, canvas.height / picture.height);
    const scale = least * zoom.value / 100;
    left = Math.min(0, Math.max(canvas.width - picture.width * scale, left));
    top_ = Math.min(0, Math.max(canvas.height - picture.height * scale, top_));
    drawing.drawImage(picture, left, top_, picture.width * scale, picture.height * scale);
  };
  const settle = () => picture && canvas.toBlob(put, "image/jpeg", 0.95);
  const show = async (source) => {
    picture = await createImageBitmap(source, { imageOrientation: "from-image" });
    const least = Math.max(canvas.width / picture.width, canvas.height / picture.height);
    zoom.value = 100;
    unmark();
    left = (canvas.width - picture.width * least) / 2;
    top_ = (canvas.height - picture.height * least) / 2;
    crop.hidden = false;
    draw();
  };
  file.addEventListener("change", () => {
    // What is no picture goes to the server as it is, which says so in a sentence.
    if (file.files[0]) show(file.files[0]).then(settle).catch(() => { picture = null; crop.hidden = true; });
  });
  // The head lies elsewhere once the picture moves.
  zoom.addEventListener("input", () => { unmark(); draw(); });
  zoom.addEventListener("change", settle);
  canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
  canvas.addEventListener("pointermove", (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    const ratio = canvas.width / canvas.clientWidth;
    left += event.movementX * ratio;
    top_ += event.movementY * ratio;
    unmark();
    draw();
  });
  canvas.addEventListener("pointerup", settle);
  if (navigator.mediaDevices?.getUserMedia) {
    camera.hidden = false;
    camera.addEventListener("click", async () => {
      try {
        video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: 1920, height: 1440 } });
      } catch { camera.disabled = true; return; }
      crop.hidden = video.hidden = shoot.hidden = false;
      await video.play();
    });
    shoot.addEventListener("click", async () => {
      await show(video);
      for (const track of video.srcObject.getTracks()) track.stop();
      video.hidden = shoot.hidden = true;
      settle();
    });
  }
}
