// What the other scripts share: elements, requests, numbers as text.
// SPDX-License-Identifier: MIT
"use strict";

const byId = (id) => document.getElementById(id);

// Returns an element.  Text, which may be hostile, becomes text nodes only.
function make(name, attributes = {}, ...children) {
  const svg = ["svg", "path", "line", "text"].includes(name);
  const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.filter((c) => c !== null));
  return element;
}

const query = (path, values) => path + "?" + new URLSearchParams(values);

async function request(path) {
  const reply = await fetch(path);
  if (!reply.ok) throw new Error((await reply.text()).trim() || `status ${reply.status}`);
  return reply;
}

const requestJson = async (path) => (await request(path)).json();

// Returns the JSON and the image (null without one) of a packed reply: the length of the JSON in 4 bytes, the JSON, a JPEG.
async function requestPacked(path) {
  const bytes = await (await request(path)).arrayBuffer();
  const length = new DataView(bytes).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
  const jpeg = bytes.byteLength > 4 + length ? new Blob([new Uint8Array(bytes, 4 + length)], {type: "image/jpeg"}) : null;
  return {...head, image: jpeg && await createImageBitmap(jpeg)};
}

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// Shows an error above the page; "" hides it.
function showProblem(text) {
  byId("problem").textContent = text;
  byId("problem").hidden = text === "";
}

function showNote(text) {
  byId("note").textContent = text;
  byId("note").hidden = text === "";
}

// Returns the text with control and direction characters as their codes: a name must not reverse or hide parts of itself.
const visible = (text) => String(text).replace(/[\p{Cc}\p{Cf}]/gu, (c) => "\\u{" + c.codePointAt(0).toString(16) + "}");

// Replaces a list of names and values.
function fillList(list, entries) {
  list.replaceChildren(...entries.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {class: name === "error" ? "bad" : ""}, visible(value))]));
}

function timeText(seconds) {
  if (seconds === null || seconds === undefined) return "";
  const whole = Math.floor(seconds / 60), rest = (seconds - 60 * whole).toFixed(2);
  return whole > 0 ? `${whole}:${rest.padStart(5, "0")}` : `${rest} s`;
}

const peopleText = (count) => count === 1 ? "1 person" : `${count} people`;
