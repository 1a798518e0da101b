// The stage with image and skeletons, the slider, the keys.  live.js and view.js say where frames come from.
// SPDX-License-Identifier: MIT
"use strict";

const slider = byId("slider"), overlay = byId("overlay"), stage = byId("stage");
const options = {skeletons: true, smooth: false, ids: true, boxes: false};
let shown = null; // the frame on the stage

// The mode's actions: go(place of the slider), step(count of frames), toggle().
let controls = {go: () => {}, step: () => {}, toggle: () => {}};

// Puts the image, clip or canvas under the skeletons; null: a blank ground.
function setMedia(element) {
  for (const old of stage.querySelectorAll(".media")) old.remove();
  stage.classList.toggle("blank", element === null);
  if (element === null) return;
  element.classList.add("media");
  stage.prepend(element);
}

// Gives the stage the shape of the frame, within the window's height.
function shapeStage() {
  const w = shown?.width || 16, h = shown?.height || 9;
  stage.style.aspectRatio = `${w} / ${h}`;
  stage.style.maxWidth = `calc(62vh * ${w / h})`;
}

function redraw() {
  if (!shown) return;
  const {width, height} = stage.getBoundingClientRect(), density = devicePixelRatio || 1;
  overlay.width = Math.round(width * density);
  overlay.height = Math.round(height * density);
  const scale = width / (shown.width || width || 1);
  const context = overlay.getContext("2d");
  context.setTransform(density * scale, 0, 0, density * scale, 0, 0);
  drawPeople(context, shown, options, scale);
  const ids = shown.people.map((p) => p.id).filter((id) => id > 0);
  overlay.setAttribute("aria-label", `${peopleText(shown.people.length)}${ids.length ? ", ids " + ids.join(", ") : ""}`);
}

// Shows a frame.  facts: more lines for the list.
function showFrame(frame, facts = []) {
  const other = !shown || shown.width !== frame.width || shown.height !== frame.height;
  shown = frame;
  if (other) shapeStage();
  redraw();
  const known = frame.width > 0 && frame.height > 0;
  fillList(byId("facts"), [["frame", frame.frame], ["time", timeText(frame.time)], ["people", frame.people.length], ["source", frame.source],
    ["size", known ? `${frame.width} x ${frame.height}` : ""], ["boxes", frame.detected ? "" : "from motion"], ["error", frame.error],
    ...facts].filter(([, value]) => value !== ""));
}

// Sets the slider.  text: next to it, and read by screen readers.
function setSlider(place, last, text) {
  slider.max = String(Math.max(0, last));
  slider.value = String(place);
  slider.setAttribute("aria-valuetext", text);
  byId("position").textContent = text;
}

function setPlaying(on) {
  byId("play").textContent = on ? "\u275a\u275a" : "\u25b6";
  byId("play").setAttribute("aria-label", on ? "pause" : "play");
}

function keyPressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select")) return;
  const far = event.shiftKey ? 10 : 1;
  const actions = {ArrowLeft: () => controls.step(-far), ArrowRight: () => controls.step(far), Home: () => controls.go(0), End: () => controls.go(Number(slider.max)),
    " ": () => controls.toggle()};
  if (!Object.hasOwn(actions, event.key) || (event.key === " " && event.target.matches("input[type=checkbox], button"))) return;
  actions[event.key]();
  event.preventDefault();
}

function setUpPlayer() {
  for (const name of ["skeletons", "ids", "boxes"]) {
    byId("show-" + name).addEventListener("change", (event) => {
      options[name] = event.target.checked;
      redraw();
    });
  }
  byId("show-image").addEventListener("change", (event) => stage.classList.toggle("bare", !event.target.checked));
  byId("keypoints").addEventListener("change", (event) => {
    options.smooth = event.target.value === "smooth";
    redraw();
  });
  byId("play").addEventListener("click", () => controls.toggle());
  slider.addEventListener("input", () => controls.go(Number(slider.value)));
  addEventListener("keydown", keyPressed);
  new ResizeObserver(redraw).observe(stage);
  shapeStage();
}
