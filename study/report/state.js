// The state of the view, stored in the address so that a view can be shared: #layer=conv12&sort=own&filter=conv&op=conv2d&bad=1&measure=rel_l2
// SPDX-License-Identifier: MIT
"use strict";

const state = {layer: "", sort: "index", filter: "", op: "", bad: "", measure: "worst"};
const defaults = {...state};
const listeners = []; // functions, called with the set of names that changed

function readAddress() {
  const requested = new URLSearchParams(location.hash.slice(1));
  const next = {};
  for (const name of Object.keys(defaults)) next[name] = requested.get(name) ?? defaults[name];
  if (!placeOf.has(next.layer)) next.layer = layers.length === 0 ? "" : layers[Math.max(0, firstBad)].name;
  if (!Object.hasOwn(measures, next.measure)) next.measure = defaults.measure;
  return next;
}

function writeAddress() {
  const shown = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) {
    if (value !== defaults[name] && value !== "") shown.set(name, value);
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

// Sets the new values, redraws the parts that depend on them, and updates the address.
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

// Chooses the next bad layer after the chosen one; after the last one, the first.
function chooseNextBad() {
  const bad = layers.filter((l) => l.state !== "good");
  const next = bad.find((l) => l.place > chosen()) ?? bad[0];
  if (next) choose(next.place);
}

addEventListener("hashchange", () => change(readAddress()));
