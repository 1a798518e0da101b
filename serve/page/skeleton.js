// Draws the people of a frame.
// SPDX-License-Identifier: MIT
"use strict";

const cocoLimbs = [[0, 1], [0, 2], [1, 3], [2, 4], [5, 6], [5, 7], [7, 9], [6, 8], [8, 10], [5, 11], [6, 12], [11, 12], [11, 13], [13, 15], [12, 14], [14, 16]];
const leastScore = 0.05; // keypoints with higher scores are drawn, as in the drawn images

// Returns a color that belongs to the id: steps of the golden angle around the hue circle.  People without an id are gray.
const colorOf = (id) => id > 0 ? `hsl(${(id * 137.508) % 360} 90% 62%)` : "hsl(0 0% 82%)";

// Returns the drawn keypoints of a person, null for one that is not drawn.
function pointsOf(person, smooth) {
  return Array.from({length: person.keypoints.length / 3}, (_, k) => {
    const from = smooth && person.smooth ? person.smooth.slice(2 * k, 2 * k + 2) : person.keypoints.slice(3 * k, 3 * k + 2);
    const score = person.keypoints[3 * k + 2], [x, y] = from;
    return score > leastScore && Number.isFinite(x) && Number.isFinite(y) ? {x, y, score} : null;
  });
}

function drawSkeleton(context, points, limbs, color, unit) {
  for (const [width, style] of [[4.5 * unit, "rgb(0 0 0 / .55)"], [2.5 * unit, color]]) { // a dark edge keeps it visible on any image
    context.lineWidth = width;
    context.strokeStyle = style;
    for (const [a, b] of limbs) {
      const from = points[a], to = points[b];
      if (!from || !to) continue;
      context.globalAlpha = Math.min(1, Math.max(0.25, (from.score + to.score) / 2));
      context.beginPath();
      context.moveTo(from.x, from.y);
      context.lineTo(to.x, to.y);
      context.stroke();
    }
  }
  context.globalAlpha = 1;
  context.fillStyle = color;
  for (const point of points.filter(Boolean)) {
    context.beginPath();
    context.arc(point.x, point.y, 2.6 * unit, 0, 7);
    context.fill();
  }
}

// Draws the text above (x, y), but inside a frame of this width.
function drawLabel(context, text, x, y, color, unit, frameWidth) {
  context.font = `600 ${12 * unit}px system-ui, "DejaVu Sans", sans-serif`;
  const width = context.measureText(text).width + 8 * unit, height = 16 * unit;
  const left = Math.max(0, Math.min(x, frameWidth - width)), top = Math.max(0, y - height);
  context.fillStyle = color;
  context.fillRect(left, top, width, height);
  context.fillStyle = "#000";
  context.textBaseline = "middle";
  context.fillText(text, left + 4 * unit, top + height / 2 + unit / 2);
}

// Draws in the frame's pixels.  `scale` is the size of such a pixel on the screen: lines and labels have the same width at every size of the page.
function drawPeople(context, {people, width: frameWidth}, options, scale) {
  const unit = 1 / scale;
  context.lineCap = "round";
  for (const person of people) {
    const color = colorOf(person.id), [x1, y1, x2, y2] = person.box, hasBox = person.box.every(Number.isFinite);
    const points = pointsOf(person, options.smooth);
    if (options.boxes && hasBox) {
      context.lineWidth = 1.5 * unit;
      context.strokeStyle = color;
      context.strokeRect(x1, y1, x2 - x1, y2 - y1);
    }
    if (options.skeletons) drawSkeleton(context, points, person.limbs ?? cocoLimbs, color, unit);
    if (!options.ids || !(person.id > 0)) continue;
    const shown = points.filter(Boolean);
    const top = shown.length > 0 ? shown.reduce((a, b) => b.y < a.y ? b : a) : hasBox ? {x: x1, y: y1} : null;
    const at = options.boxes && hasBox ? {x: x1, y: y1} : top && {x: top.x - 8 * unit, y: top.y - 8 * unit};
    if (at) drawLabel(context, String(person.id), at.x, at.y, color, unit, frameWidth);
  }
}
