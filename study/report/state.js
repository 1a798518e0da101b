// What is shown, kept in the address after '#', so that a view can be shared: #layer=conv12&sort=own&filter=conv&op=conv2d&bad=1&measure=rel_l2
// SPDX-License-Identifier: MIT
"use strict";

const state = {layer: "", sort: "index", filter: "", op: "", bad: "", measure: "worst"};
const usual = {...state};
const listeners = []; // functions of the names that changed

function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  const next = {};
  for (const name of Object.keys(usual)) next[name] = given.get(name) ?? usual[name];
  if (!placeOf.has(next.layer)) next.layer = layers.length === 0 ? "" : layers[Math.max(0, firstBad)].name;
  if (!Object.hasOwn(measures, next.measure)) next.measure = usual.measure;
  return next;
}

function writeAddress() {
  const shown = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) {
    if (value !== usual[name] && value !== "") shown.set(name, value);
  }
  history.replaceState(null, "", "#" + shown);
}

function change(values) {
  const changed = new Set();
  for (const [name, value] of Object.entries(values)) {
    if (state[name] !== value) changed.add(name);
    state[name] = value;
  }
  for (const listener of listeners) listener(changed);
}

// Takes the new values, redraws what depends on them, and says so in the address.
function setState(values) {
  change(values);
  writeAddress();
}

function choose(place) {
  if (place >= 0 && place < layers.length) setState({layer: layers[place].name});
}

function chosen() {
  return placeOf.get(state.layer) ?? -1;
}

// The next bad layer behind the chosen one, from the start again after the last.
function chooseNextBad() {
  const bad = layers.filter((l) => l.state !== "good");
  const next = bad.find((l) => l.place > chosen()) ?? bad[0];
  if (next) choose(next.place);
}

addEventListener("hashchange", () => change(readAddress()));
