// Chart of the number of people over the frames.
// SPDX-License-Identifier: MIT
"use strict";

const chart = {counts: [], length: 1, at: 0, choose: () => {}};
const chartBox = {left: 34, right: 8, top: 8, bottom: 18};

// Shows [frame, people] of a run with `length` frames; a click calls choose(frame).
function setChart(values) {
  Object.assign(chart, values);
  drawChart();
}

function drawChart() {
  const host = byId("chart"), width = Math.max(200, host.clientWidth), height = host.clientHeight;
  const right = width - chartBox.right, floor = height - chartBox.bottom;
  const most = Math.max(1, ...chart.counts.map(([, people]) => people)), length = Math.max(1, chart.length);
  const x = (frame) => chartBox.left + (right - chartBox.left) * Math.min(1, frame / length);
  const y = (people) => floor - (floor - chartBox.top) * people / most;
  let path = `M${chartBox.left} ${floor}`;
  chart.counts.forEach(([frame, people], i) => {
    const end = i + 1 < chart.counts.length ? chart.counts[i + 1][0] : length;
    path += `L${x(frame).toFixed(1)} ${y(people).toFixed(1)}L${x(end).toFixed(1)} ${y(people).toFixed(1)}`;
  });
  path += `L${right} ${floor}`;
  const lines = [0, most].flatMap((people) => [make("line", {class: "grid", x1: chartBox.left, x2: right, y1: y(people), y2: y(people)}),
    make("text", {x: chartBox.left - 6, y: y(people) + 4, "text-anchor": "end"}, String(people))]);
  const at = x(Math.min(chart.at + 0.5, length));
  host.replaceChildren(make("svg", {width, height}, ...lines, make("path", {class: "area", d: path}),
    make("line", {class: "cursor", x1: at, x2: at, y1: chartBox.top - 4, y2: floor}),
    make("text", {x: chartBox.left, y: height - 4}, "0"), make("text", {x: right, y: height - 4, "text-anchor": "end"}, `${chart.length} frames`)));
  host.setAttribute("aria-label", `Number of people over ${chart.length} frames, at most ${chart.counts.length ? most : 0}`);
}

byId("chart").addEventListener("click", (event) => {
  const host = byId("chart").getBoundingClientRect();
  const part = (event.clientX - host.left - chartBox.left) / (host.width - chartBox.left - chartBox.right);
  chart.choose(Math.max(0, Math.min(chart.length - 1, Math.floor(part * chart.length))));
});
new ResizeObserver(drawChart).observe(byId("chart"));
