// Chart of the error over depth: own and total error of every layer on a log scale, the bound and the first bad layer.
// SPDX-License-Identifier: MIT
"use strict";

const depthSeries = [
  {part: "total", title: "total: in a free run", joined: true, of: (l) => l.total},
  {part: "own", title: "own: with the reference's inputs", joined: false, of: (l) => l.own}, // own errors of adjacent layers are independent: no line
].filter((s) => layers.some((l) => s.of(l)));
if (depthSeries.length === 1) depthSeries[0].title = "error in a free run";

const depthBox = {left: 52, right: 14, top: 22, bottom: 26, strip: 18}; // strip: for values that are not finite

// Returns the range of the finite values above 0, with 0.3 decades of margin on both sides.
function depthRange(measure) {
  const values = layers.flatMap((l) => depthSeries.map((s) => s.of(l)).filter(Boolean).map(measure.of)).filter((v) => v > 0 && v < Infinity);
  if (measure.limit) values.push(measure.limit);
  if (values.length === 0) values.push(1);
  const high = values.reduce((a, b) => Math.max(a, b)), low = Math.max(values.reduce((a, b) => Math.min(a, b)), high * 1e-15);
  return [10 ** (Math.log10(low) - 0.3), 10 ** (Math.log10(high) + 0.3)];
}

function depthGeometry() {
  const host = byId("depth"), measure = measures[state.measure];
  const width = Math.max(host.clientWidth, 300), height = host.clientHeight, box = depthBox;
  const floor = height - box.bottom, ceiling = box.top + box.strip;
  const [low, high] = depthRange(measure);
  const scale = logScale(low, high, floor - 10, ceiling);
  const step = (width - box.left - box.right) / Math.max(1, layers.length);
  return {
    host, measure, width, height, floor, ceiling, low, high, scale,
    x: (place) => box.left + (place + 0.5) * step,
    y: (v) => Number.isFinite(v) ? (v > 0 ? Math.min(floor - 4, scale(v)) : floor) : box.top + box.strip / 2,
    place: (x) => Math.max(0, Math.min(layers.length - 1, Math.floor((x - box.left) / step))),
  };
}

function depthAxes(g) {
  const right = g.width - depthBox.right, parts = [];
  for (const d of decades(g.low, g.high, 7)) {
    const y = g.scale(10 ** d);
    parts.push(make("line", {class: "grid", x1: depthBox.left, x2: right, y1: y, y2: y}),
      make("text", {class: "tick", x: depthBox.left - 7, y: y + 4, "text-anchor": "end"}, powerText(d)));
  }
  parts.push(make("line", {class: "axis", x1: depthBox.left, x2: right, y1: g.floor, y2: g.floor}));
  const each = Math.max(1, Math.ceil(layers.length / Math.max(1, Math.floor((right - depthBox.left) / 60))));
  const nice = [1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000].find((n) => n >= each) ?? each;
  for (let place = 0; place < layers.length; place += nice) {
    parts.push(make("text", {class: "tick", x: g.x(place), y: g.floor + 16, "text-anchor": "middle"}, String(layers[place].index)));
  }
  const all = layers.flatMap((l) => depthSeries.map((s) => s.of(l)).filter(Boolean).map(g.measure.of));
  if (all.some((v) => v === 0)) parts.push(make("text", {class: "tick", x: depthBox.left - 7, y: g.floor + 4, "text-anchor": "end"}, "0"));
  if (all.some((v) => !Number.isFinite(v))) {
    parts.push(make("rect", {class: "band", x: depthBox.left, y: depthBox.top, width: right - depthBox.left, height: depthBox.strip, rx: 3}),
      make("text", {class: "tick", x: depthBox.left - 7, y: depthBox.top + 13, "text-anchor": "end"}, "NaN"));
  }
  return parts;
}

function depthMarks(g) {
  const right = g.width - depthBox.right, parts = [];
  if (chosen() >= 0) {
    const x = g.x(chosen());
    parts.push(make("line", {class: "chosen-line", x1: x, x2: x, y1: depthBox.top, y2: g.floor}));
  }
  if (g.measure.limit) {
    const y = g.scale(g.measure.limit);
    parts.push(make("line", {class: "limit", x1: depthBox.left, x2: right, y1: y, y2: y}),
      make("text", {class: "limit-text", x: right, y: y - 5, "text-anchor": "end"}, "bound"));
  }
  if (firstBad >= 0) {
    const x = g.x(firstBad), late = x > g.width * 0.6;
    parts.push(make("line", {class: "first-line", x1: x, x2: x, y1: depthBox.top - 8, y2: g.floor}),
      make("text", {class: "first-text", x: late ? x - 6 : x + 6, y: depthBox.top - 6, "text-anchor": late ? "end" : "start"},
        "first bad: " + shorten(layers[firstBad].name, 40)));
  }
  return parts;
}

function depthPoints(g, series) {
  let path = "";
  const points = [], radius = layers.length > 150 ? 2.6 : 3.6;
  for (const layer of layers) {
    const stats = series.of(layer);
    if (!stats) continue;
    const v = g.measure.of(stats), x = g.x(layer.place), y = g.y(v), bad = !stats.ok;
    path += (path ? "L" : "M") + x.toFixed(1) + " " + y.toFixed(1);
    const kind = "point" + (bad ? " bad" : v === 0 ? " zero" : "");
    const r = bad ? radius + 1 : radius;
    points.push(bad ? make("path", {class: kind, d: `M${x} ${y - r}L${x + r} ${y}L${x} ${y + r}L${x - r} ${y}Z`}) : make("circle", {class: kind, cx: x, cy: y, r}));
  }
  return make("g", {class: series.part}, series.joined ? make("path", {class: "series", d: path}) : null, ...points);
}

function drawDepth() {
  const g = depthGeometry();
  const cursor = make("line", {class: "cursor", y1: depthBox.top, y2: g.floor, visibility: "hidden"});
  const svg = make("svg", {width: g.width, height: g.height}, ...depthAxes(g), ...depthMarks(g), ...depthSeries.map((s) => depthPoints(g, s)), cursor);
  const tip = make("div", {class: "tip", hidden: ""});
  svg.addEventListener("pointermove", (event) => depthHover(g, cursor, tip, event));
  svg.addEventListener("pointerleave", () => {
    tip.hidden = true;
    cursor.setAttribute("visibility", "hidden");
  });
  svg.addEventListener("click", (event) => choose(g.place(event.clientX - g.host.getBoundingClientRect().left)));
  g.host.replaceChildren(svg, tip);
}

function depthHover(g, cursor, tip, event) {
  if (layers.length === 0) return;
  const layer = layers[g.place(event.clientX - g.host.getBoundingClientRect().left)], x = g.x(layer.place);
  cursor.setAttribute("x1", x);
  cursor.setAttribute("x2", x);
  cursor.setAttribute("visibility", "visible");
  const lines = depthSeries.filter((s) => s.of(layer)).map((s) => make("div", {}, s.part + ": " + show(g.measure.of(s.of(layer)))));
  tip.replaceChildren(make("b", {}, shorten(layer.name, 60)), make("div", {class: "note"}, [layer.op, layer.shape.join(" x ")].filter(Boolean).join(", ")), ...lines);
  tip.hidden = false;
  const flip = x > g.width / 2;
  tip.style.left = flip ? "auto" : x + 12 + "px";
  tip.style.right = flip ? g.width - x + 12 + "px" : "auto";
  tip.style.top = "30px";
}

function setUpDepth() {
  const select = byId("measure");
  for (const [key, measure] of Object.entries(measures)) select.append(make("option", {value: key}, measure.title));
  select.addEventListener("change", () => setState({measure: select.value}));
  const key = (part, text, ...shapes) => make("span", {}, make("svg", {class: part, viewBox: "0 0 18 12"}, ...shapes), text);
  byId("depth-legend").append(...depthSeries.map((s) => key(s.part, s.title, s.joined ? make("path", {class: "series", d: "M0 6H18"}) : null,
    make("circle", {class: "point", cx: 9, cy: 6, r: 3.6}))), key("", "bad", make("path", {class: "point bad", d: "M9 1L14 6L9 11L4 6Z"})));
  byId("depth").addEventListener("keydown", (event) => {
    const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    if (!step) return;
    choose(Math.max(0, Math.min(layers.length - 1, chosen() + step)));
    event.preventDefault();
  });
  new ResizeObserver(drawDepth).observe(byId("depth"));
  listeners.push((changed) => {
    select.value = state.measure;
    if (changed.has("layer") || changed.has("measure")) drawDepth();
  });
}
