// Builds the page.
// SPDX-License-Identifier: MIT
"use strict";

// Returns a model's card.  Cuts long values of the metadata, such as the graph.
function modelCard(kind, side) {
  const entries = Object.entries(side.metadata), most = 120;
  const cut = (text) => text.length <= most ? text : Array.from(text).slice(0, most).join("") + `\u2026 (${text.length} characters)`;
  const list = make("dl", {}, ...entries.flatMap(([key, value]) => [make("dt", {title: key}, key), make("dd", {}, cut(value))]));
  return make("div", {}, make("h2", {}, make("span", {}, kind), side.title), make("div", {class: "source"}, side.source),
    entries.length > 6 ? make("details", {}, make("summary", {}, `${entries.length} entries of metadata`), list) : list);
}

function onlyIn(title, names) {
  if (names.length === 0) return null;
  return make("details", {}, make("summary", {}, `${names.length} only in ${title}`), make("ul", {}, ...names.map((name) => make("li", {}, name))));
}

function keyPressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select, input:not([type=checkbox])")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const actions = {j: () => choose(chosen() + 1), k: () => choose(chosen() - 1), n: chooseNextBad, "/": () => byId("filter").focus()};
  if (!Object.hasOwn(actions, event.key)) return;
  actions[event.key]();
  event.preventDefault();
}

byId("models").append(...[modelCard("ours", report.ours), modelCard("reference", report.reference)]);
byId("models").after(...[onlyIn("ours", report.only_ours), onlyIn("the reference", report.only_reference)].filter(Boolean));
byId("page").hidden = false;
setUpGraph();
setUpDepth();
setUpLayer();
setUpTable();
Object.assign(state, readAddress());
for (const listener of listeners) listener(new Set(Object.keys(state)));
addEventListener("keydown", keyPressed);
