// Histograms of ULP differences, for one layer and for all: the number of values that differ by 0, 1, 2-3, 4-7, ... units in the last place.
// SPDX-License-Identifier: MIT
"use strict";

function addCounts(sum, counts) {
  counts.forEach((c, i) => sum[i] = (sum[i] ?? 0) + c);
  return sum;
}

const ulpsOfAll = {total: layers.reduce((sum, l) => addCounts(sum, l.total.ulp_histogram), []),
  own: layers.reduce((sum, l) => l.own ? addCounts(sum, l.own.ulp_histogram) : sum, [])};

function ulpRange(bin) {
  return bin < 2 ? String(bin) : bin < 14 ? `${2 ** (bin - 1)}-${2 ** bin - 1}` : `2^${bin - 1} to 2^${bin} - 1`;
}

function ulpTick(bin) {
  return bin < 2 ? String(bin) : bin - 1 < 10 ? String(2 ** (bin - 1)) : "2^" + (bin - 1);
}

// Returns a chart of counts on a log scale, where one outlier among millions of values stays visible.  series: [{part, counts}]
function ulpChart(title, series, bins, width) {
  const box = {left: 44, right: 6, top: 6, bottom: 22}, height = 128, floor = height - box.bottom;
  const most = Math.max(1, ...series.flatMap((s) => s.counts));
  const y = logScale(0.7, most * 1.2, floor, box.top), step = (width - box.left - box.right) / bins;
  const parts = [make("line", {class: "axis", x1: box.left, x2: width - box.right, y1: floor, y2: floor})];
  for (const d of decades(1, most, 4)) {
    parts.push(make("line", {class: "grid", x1: box.left, x2: width - box.right, y1: y(10 ** d), y2: y(10 ** d)}),
      make("text", {class: "tick", x: box.left - 6, y: y(10 ** d) + 4, "text-anchor": "end"}, powerText(d)));
  }
  const bar = (step - 2) / series.length, each = Math.ceil(34 / step);
  for (let bin = 0; bin < bins; bin++) {
    const x = box.left + bin * step;
    if (bin % each === 0) parts.push(make("text", {class: "tick", x: x + step / 2, y: floor + 15, "text-anchor": "middle"}, ulpTick(bin)));
    series.forEach(({part, counts}, i) => {
      const count = counts[bin] ?? 0, all = counts.reduce((a, b) => a + b, 0);
      if (count === 0) return;
      parts.push(make("rect", {class: "point " + part, x: x + 1 + i * bar, y: y(count), width: Math.max(1, bar), height: floor - y(count)},
        make("title", {}, `${ulpRange(bin)} ulp: ${count} values, ${(100 * count / all).toPrecision(3)} % (${part})`)));
    });
  }
  return make("figure", {style: "margin:0 0 8px"}, make("figcaption", {class: "note"}, title), make("svg", {width, height, role: "img", "aria-label": title}, ...parts));
}

function drawUlps() {
  const host = byId("ulps"), layer = layers[chosen()], width = Math.max(host.clientWidth, 240);
  if (!layer) return host.replaceChildren();
  const pick = (counts) => depthSeries.map((s) => ({part: s.part, counts: counts(s.part)})).filter((s) => s.counts.length > 0);
  const one = pick((part) => layer[part]?.ulp_histogram ?? []), all = pick((part) => ulpsOfAll[part]);
  const bins = Math.max(4, ...[...one, ...all].map((s) => s.counts.length));
  host.replaceChildren(make("h3", {}, "Differences in units in the last place"), ulpChart("values of this layer", one, bins, width), ulpChart("values of all layers", all, bins, width));
}
