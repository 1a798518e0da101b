// The graph: a list of nodes from input to output; edges that skip nodes are drawn in lanes left of it.
// SPDX-License-Identifier: MIT
"use strict";

const graphRow = 22, graphLane = 7, graphLanes = 14;

// Returns the edges between rows, with lanes.  Edges to the next row need no lane; short edges get the lanes next to the nodes.
function graphEdges() {
  const edges = [];
  for (const layer of layers) {
    for (const input of new Set(layer.inputs)) {
      const from = placeOf.get(input);
      if (from !== undefined && from !== layer.place) edges.push({from: Math.min(from, layer.place), to: Math.max(from, layer.place), lane: 0});
    }
  }
  const lanes = []; // the edges of each lane
  for (const edge of edges.filter((e) => e.to - e.from > 1).sort((a, b) => a.to - a.from - (b.to - b.from))) {
    const free = lanes.findIndex((lane) => lane.every((e) => e.to <= edge.from || e.from >= edge.to));
    edge.lane = free >= 0 ? free + 1 : lanes.length + 1;
    (lanes[edge.lane - 1] ??= []).push(edge);
    edge.lane = Math.min(edge.lane, graphLanes);
  }
  return edges;
}

function graphEdge(edge, nodeX) {
  const y0 = (edge.from + 0.5) * graphRow, y1 = (edge.to + 0.5) * graphRow, x = nodeX - 8 - edge.lane * graphLane, r = 6;
  if (edge.lane === 0) return `M${nodeX} ${y0}V${y1}`;
  return `M${nodeX} ${y0}H${x + r}Q${x} ${y0} ${x} ${y0 + r}V${y1 - r}Q${x} ${y1} ${x + r} ${y1}H${nodeX}`;
}

function graphNode(layer, x) {
  const y = (layer.place + 0.5) * graphRow;
  const shape = layer.state === "own-bad" ? make("path", {class: "node own-bad", d: `M${x} ${y - 7}L${x + 7} ${y}L${x} ${y + 7}L${x - 7} ${y}Z`})
    : make("circle", {class: "node " + layer.state, cx: x, cy: y, r: 5});
  return layer.place === firstBad ? make("g", {}, make("circle", {class: "halo", cx: x, cy: y, r: 9.5}), shape) : shape;
}

function setUpGraph() {
  const host = byId("graph"), edges = graphEdges();
  const lanes = edges.reduce((most, e) => Math.max(most, e.lane), 0), nodeX = 20 + lanes * graphLane, left = nodeX + 16;
  const paths = edges.map((edge) => make("path", {class: "edge", d: graphEdge(edge, nodeX)}));
  const rows = layers.map((layer) => {
    const row = make("div", {class: "row" + (layer.place === firstBad ? " first" : ""), title: layer.name, style: `padding-left:${left}px`},
      make("span", {}, shorten(layer.name, 34)), make("span", {class: "op"}, layer.op));
    row.addEventListener("click", () => choose(layer.place));
    return row;
  });
  const svg = make("svg", {width: left, height: layers.length * graphRow, "aria-hidden": "true"}, ...paths, ...layers.map((l) => graphNode(l, nodeX)));
  svg.style.pointerEvents = "none";
  host.append(svg, ...rows);
  byId("graph-note").textContent = hasGraph ? `${layers.length} layers` : "no graph in these dumps: layers in file order";
  byId("side").hidden = false;
  document.body.classList.add("with-side");

  listeners.push((changed) => {
    if (!changed.has("layer")) return;
    const at = chosen(), inputs = new Set(layers[at]?.inputs.map((name) => placeOf.get(name))), readers = new Set(readersOf.get(state.layer));
    edges.forEach((edge, i) => paths[i].setAttribute("class", "edge" + (edge.to === at ? " into" : edge.from === at ? " from" : "")));
    rows.forEach((row, place) => {
      row.classList.toggle("chosen", place === at);
      row.classList.toggle("near", inputs.has(place) || readers.has(place));
    });
    const y = at * graphRow; // only the list scrolls, not the page
    if (y < host.scrollTop + 2 * graphRow || y > host.scrollTop + host.clientHeight - 3 * graphRow) host.scrollTop = y - host.clientHeight / 2;
  });
}
