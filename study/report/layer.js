// The chosen layer: its properties, neighbors and statistics.
// SPDX-License-Identifier: MIT
"use strict";

const stateTexts = {good: "passes", "own-bad": "bad", inherited: "bad only through its inputs"};
const badges = {good: "badge good", "own-bad": "badge bad", inherited: "badge inherited"};

function linkTo(name) {
  const place = placeOf.get(name);
  if (place === undefined) return make("span", {title: "not compared"}, shorten(name, 60) + " (not compared)");
  const link = make("a", {href: "#" + new URLSearchParams({layer: name}), title: name}, shorten(name, 60));
  link.addEventListener("click", (event) => {
    event.preventDefault();
    choose(place);
  });
  return link;
}

// Returns links, separated by commas.
function listOf(names) {
  return names.flatMap((name, i) => i === 0 ? [linkTo(name)] : [", ", linkTo(name)]);
}

// The rows of the statistics: [title, text of a measurement, whether its value is bad].  Every measurement has a column.
const statisticRows = [
  ["error / bound", (s) => show(s.worst), (s) => !s.ok],
  ["largest difference", (s) => show(s.max_abs)],
  ["largest relative", (s) => show(s.max_rel)],
  ["relative L2", (s) => show(s.rel_l2)],
  ["1 - cosine", (s) => show(measures.cosine.of(s))],
  ["ULP 50 %", (s) => show(s.ulp.q50)],
  ["ULP 90 %", (s) => show(s.ulp.q90)],
  ["ULP 99 %", (s) => show(s.ulp.q99)],
  ["ULP largest", (s) => show(s.ulp.max)],
  ["NaN ours, ref.", (s) => s.nan.join(", "), (s) => s.nan[0] !== s.nan[1]],
  ["inf ours, ref.", (s) => s.inf.join(", "), (s) => s.inf[0] !== s.inf[1]],
  ["worst at", (s) => s.worst_at.index.join(",")],
  ["ours there", (s) => show(s.worst_at.ours)],
  ["reference there", (s) => show(s.worst_at.reference)],
  ["bound there", (s) => show(s.worst_at.bound)],
  ["values", (s) => String(s.count)],
];

function statisticsTable(layer) {
  const columns = [["own", "own", layer.own], ["total", "total", layer.total], ["", "ours to fp64", layer.oracle?.ours], ["", "ref. to fp64", layer.oracle?.reference]]
    .filter((c) => c[2]);
  const head = make("tr", {}, make("th"), ...columns.map(([part, title]) => make("th", {class: "number " + part}, title)));
  const rows = statisticRows.map(([title, text, bad]) => make("tr", {}, make("th", {scope: "row"}, title),
    ...columns.map(([, , s]) => make("td", {class: "number" + (bad && bad(s) ? " bad" : "")}, text(s)))));
  return make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows));
}

function drawLayer() {
  const layer = layers[chosen()];
  if (!layer) return byId("layer-name").replaceChildren("No layer was compared");
  byId("layer-name").replaceChildren(layer.name);
  const badge = (text, kind = "badge") => text ? make("span", {class: kind}, text) : null;
  byId("layer-badges").replaceChildren(...[
    badge(stateTexts[layer.state], badges[layer.state]), badge(layer.place === firstBad ? "first bad layer" : "", "badge bad"), badge(layer.op),
    badge(layer.kernel), badge(layer.shape.join(" x ")), badge(layer.oracle ? "closer to fp64: " + layer.oracle.closer : ""),
  ].filter(Boolean));
  const readers = (readersOf.get(layer.name) ?? []).map((place) => layers[place].name);
  const lines = [];
  if (layer.inputs.length > 0) lines.push("Reads ", ...listOf(layer.inputs), ". ");
  if (readers.length > 0) lines.push("Read by ", ...listOf(readers), ".");
  byId("neighbors").replaceChildren(...lines);
  byId("statistics").replaceChildren(make("h3", {}, "Statistics"), statisticsTable(layer));
  drawUlps();
  drawHeatImages();
}

function setUpLayer() {
  byId("previous").addEventListener("click", () => choose(chosen() - 1));
  byId("next").addEventListener("click", () => choose(chosen() + 1));
  byId("next-bad").addEventListener("click", chooseNextBad);
  new ResizeObserver(drawUlps).observe(byId("ulps"));
  listeners.push((changed) => {
    if (changed.has("layer")) drawLayer();
  });
}
