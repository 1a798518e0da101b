// The report's data, values derived from them, and helpers for all parts of the page.
// SPDX-License-Identifier: MIT
"use strict";

const report = JSON.parse(document.getElementById("data").textContent);

// Returns the number of a JSON value: NaN and infinities are the strings "nan", "inf" and "-inf".
function number(value) {
  return typeof value === "number" ? value : {nan: NaN, inf: Infinity, "-inf": -Infinity}[value] ?? NaN;
}

function show(value) {
  const v = number(value), size = Math.abs(v);
  if (Number.isNaN(v)) return "NaN";
  if (size === Infinity) return v > 0 ? "inf" : "-inf";
  if (v === 0) return "0";
  return size >= 1e5 || size < 1e-3 ? v.toExponential(2).replace("e+", "e") : String(+v.toPrecision(4));
}

// The measures of an error.  `limit`: a layer above it is bad.
const measures = {
  worst: {title: "error / bound", of: (s) => number(s.worst), limit: 1},
  max_abs: {title: "largest difference", of: (s) => number(s.max_abs)},
  max_rel: {title: "largest relative difference", of: (s) => number(s.max_rel)},
  rel_l2: {title: "relative L2", of: (s) => number(s.rel_l2)},
  cosine: {title: "1 - cosine", of: (s) => Math.max(0, +(1 - number(s.cosine)).toPrecision(6))},
  ulp: {title: "ULP, 99 %", of: (s) => number(s.ulp.q99)},
  ulp_max: {title: "ULP, largest", of: (s) => number(s.ulp.max)},
};

const layers = report.layers;
const placeOf = new Map();   // name -> index in layers
const readersOf = new Map(); // name -> indices of the layers that read it
layers.forEach((layer, place) => {
  layer.place = place;
  placeOf.set(layer.name, place);
  // own-bad: bad by itself, or with an unknown own error; inherited: bad only through its inputs.
  const ownOk = layer.own ? layer.own.ok : layer.total.ok;
  layer.state = layer.ok && layer.total.ok && ownOk ? "good" : ownOk && layer.own ? "inherited" : "own-bad";
  for (const input of layer.inputs) {
    if (!readersOf.has(input)) readersOf.set(input, []);
    readersOf.get(input).push(place);
  }
});
const firstBad = placeOf.get(report.first_bad) ?? -1;
const hasGraph = layers.some((layer) => layer.inputs.length > 0);

const svgNames = new Set(["svg", "line", "path", "circle", "rect", "text", "g", "title"]);

// Returns a new element with attributes and children.  Text is never parsed as markup.
function make(tag, attributes = {}, ...children) {
  const e = svgNames.has(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) e.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== null && value !== false) e.setAttribute(name, value);
  }
  e.append(...children.filter((c) => c !== null && c !== undefined));
  return e;
}

function byId(id) {
  return document.getElementById(id);
}

// Shortens a name to its end, which is the specific part.  Never splits a surrogate pair.
function shorten(text, most) {
  const all = Array.from(text);
  return all.length <= most ? text : "\u2026" + all.slice(all.length - most + 1).join("");
}

// Returns a log scale: a function from a value to a pixel, `at0` for low and `at1` for high.
function logScale(low, high, at0, at1) {
  const a = Math.log10(low), b = Math.log10(high);
  return (v) => at0 + (at1 - at0) * (Math.log10(v) - a) / (b - a);
}

// Returns the exponents of powers of ten from low to high, at most `most` of them.
function decades(low, high, most) {
  const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
  const step = Math.max(1, Math.ceil((last - first + 1) / most)), all = [];
  for (let d = Math.ceil(first / step) * step; d <= last; d += step) all.push(d);
  return all;
}

function powerText(d) {
  return d >= 0 && d <= 3 ? String(10 ** d) : d < 0 && d >= -2 ? String(+(10 ** d).toFixed(2)) : "1e" + d;
}
