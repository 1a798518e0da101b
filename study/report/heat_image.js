// Heat images of the worst channel of the chosen layer: ours, the reference, the error.
// SPDX-License-Identifier: MIT
"use strict";

// Colors from low to high, interpolated linearly.  Lightness rises monotonically.
const palettes = {
  value: [[24, 15, 54], [45, 58, 131], [31, 111, 139], [46, 160, 121], [156, 204, 82], [252, 238, 133]],
  error: [[12, 12, 16], [74, 18, 74], [158, 32, 68], [222, 80, 40], [248, 160, 50], [255, 244, 190]],
};

function colorOf(palette, byte) {
  const at = byte / 255 * (palette.length - 1), i = Math.min(palette.length - 2, Math.floor(at)), part = at - i;
  return palette[i].map((c, k) => Math.round(c + (palette[i + 1][k] - c) * part));
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

function paint(bytes, w, h, palette) {
  const canvas = make("canvas", {width: w, height: h}), context = canvas.getContext("2d"), image = context.createImageData(w, h);
  bytes.forEach((byte, i) => image.data.set([...colorOf(palette, byte), 255], 4 * i));
  context.putImageData(image, 0, 0);
  return canvas;
}

function scaleOf(name, palette, low, high) {
  return make("div", {class: "scale"}, name, make("span", {class: "mono"}, show(low)), paint(Uint8Array.from({length: 256}, (_, i) => i), 256, 1, palette),
    make("span", {class: "mono"}, show(high)));
}

// Returns the position of the worst value in the heat image, in percent; null for other shapes, and when the image shows another channel.
function worstSpot(layer) {
  const at = (layer.own ?? layer.total).worst_at.index, p = layer.picture, s = layer.shape;
  if (at.length !== 4 || s.length !== 4 || at[0] !== p.n || at[1] !== p.channel) return null;
  return {left: 100 * (at[3] + 0.5) / s[3], top: 100 * (at[2] + 0.5) / s[2]};
}

function shot(title, base64, palette, size, spot) {
  const frame = make("div", {class: "frame"}, paint(bytesOf(base64), size.w, size.h, palette));
  if (spot) {
    const ring = make("span", {class: "ring", title: "the worst value"});
    ring.style.left = spot.left + "%";
    ring.style.top = spot.top + "%";
    frame.append(ring);
  }
  return make("figure", {}, make("figcaption", {}, title), frame);
}

function drawHeatImages() {
  const host = byId("heat-images"), layer = layers[chosen()];
  if (!layer) return host.replaceChildren();
  const p = layer.picture, heading = make("h3", {}, "The worst channel");
  if (!p) return host.replaceChildren(heading, make("p", {class: "note"}, "The report has no heat image of this layer."));
  const spot = worstSpot(layer);
  heading.append(make("span", {class: "note"}, ` number ${p.channel} of image ${p.n}, shown as ${p.w} x ${p.h}`));
  host.replaceChildren(heading,
    make("div", {class: "shots"}, shot("ours", p.ours, palettes.value, p, spot), shot("reference", p.reference, palettes.value, p, spot),
      shot("error", p.error, palettes.error, p, spot)),
    scaleOf("values", palettes.value, p.low, p.high), scaleOf("error", palettes.error, 0, p.error_high));
}
