// Finished results: frames by line of the file, over the clip that the browser plays.
// SPDX-License-Identifier: MIT
"use strict";

const blockLines = 64, mostBlocks = 24, imagesPerSecond = 4;
const view = {sources: [], source: 0, line: 0, blocks: new Map(), video: null, playing: false, ticket: 0, counted: 0};

const lineCount = () => view.sources[view.source]?.lines ?? 0;

// Returns a frame.  Frames are fetched in blocks; the last blocks stay in memory.
async function frameAt(line) {
  const block = Math.floor(line / blockLines);
  if (!view.blocks.has(block)) {
    const fetched = requestJson(query("/api/frames", {source: view.source, from: block * blockLines, count: blockLines})).then((reply) => reply.frames);
    view.blocks.set(block, fetched);
    fetched.catch(() => view.blocks.delete(block));
    if (view.blocks.size > mostBlocks) view.blocks.delete(view.blocks.keys().next().value);
  }
  const blocks = view.blocks, frames = await blocks.get(block);
  if (line - block * blockLines < frames.length) return frames[line - block * blockLines];
  blocks.delete(block); // the file has grown since, or the reply was cut at its largest size
  return (await requestJson(query("/api/frames", {source: view.source, from: line, count: 1}))).frames[0];
}

async function showLine(line, seeks) {
  const ticket = ++view.ticket;
  view.line = Math.max(0, Math.min(lineCount() - 1, line));
  try {
    const frame = await frameAt(view.line);
    if (ticket !== view.ticket || !frame) return;
    if (seeks && view.video && frame.time !== null) view.video.currentTime = frame.time + 0.001; // inside the frame, not at its edge
    if (view.sources[view.source].images) showStill();
    showFrame(frame, [["line", `${view.line + 1} of ${lineCount()}`]]);
    setSlider(view.line, lineCount() - 1, `${view.line + 1} of ${lineCount()}`);
    setChart({at: view.line});
    showProblem("");
  } catch (error) {
    showProblem(error.message);
  }
}

function showStill() {
  const image = make("img", {alt: ""});
  image.addEventListener("load", () => setMedia(image));
  image.addEventListener("error", () => setMedia(null));
  image.src = query("/media", {source: view.source, line: view.line});
}

// Returns the line that is shown at a time: the last one at or before it.  The next lines are tried first.
async function lineAtTime(time) {
  const tolerance = 0.002;
  let line = view.line, frame = await frameAt(line);
  if (!frame || frame.time > time + tolerance || time - frame.time > 2) {
    const reply = await requestJson(query("/api/frames", {source: view.source, time: time + tolerance, count: 1}));
    return reply.from;
  }
  while (line + 1 < lineCount()) {
    frame = await frameAt(line + 1);
    if (!frame || frame.time > time + tolerance) break;
    line++;
  }
  return line;
}

let following = false;

// Shows the people of the time that the clip or the clock is at.
async function follow(time) {
  if (following || !view.playing) return;
  following = true;
  try {
    const line = await lineAtTime(time);
    if (view.playing && line !== view.line) await showLine(line, false);
    if (line + blockLines / 2 < lineCount()) frameAt(line + blockLines / 2).catch(() => {}); // ahead of time
  } catch (error) {
    showProblem(error.message);
  }
  following = false;
}

function followVideo(video) {
  if (!view.playing || view.video !== video) return;
  const next = (time) => {
    follow(time);
    followVideo(video);
  };
  if (video.requestVideoFrameCallback) video.requestVideoFrameCallback((_, frame) => next(frame.mediaTime));
  else requestAnimationFrame(() => next(video.currentTime));
}

// Without a clip the frames' own times are the clock.  Images have none: they follow each other at equal distances.
async function followClock() {
  const first = await frameAt(view.line), line = view.line, begin = performance.now();
  while (view.playing && !view.video) {
    const seconds = (performance.now() - begin) / 1000;
    if (first && first.time !== null) {
      await follow(first.time + seconds);
    } else {
      const wanted = Math.min(lineCount() - 1, line + Math.floor(seconds * imagesPerSecond));
      if (wanted !== view.line) await showLine(wanted, false);
    }
    if (view.line >= lineCount() - 1) setViewPlaying(false);
    await new Promise(requestAnimationFrame);
  }
}

function setViewPlaying(on) {
  if (on === view.playing || (on && lineCount() === 0)) return;
  view.playing = on;
  setPlaying(on);
  if (!on) return view.video?.pause();
  if (view.line >= lineCount() - 1) showLine(0, true);
  if (!view.video) return followClock();
  view.video.play().catch(() => setViewPlaying(false));
  followVideo(view.video);
}

// Opens the clip.  Where the browser cannot decode it, the ground stays blank, and a note says so.
function openClip() {
  const video = make("video", {playsinline: "", preload: "auto"}), media = query("/media", {source: view.source, line: 0});
  video.muted = true;
  const refuse = (text) => {
    if (view.video !== video) return;
    view.video = null;
    setMedia(null);
    showNote(text);
    if (view.playing) followClock();
  };
  video.addEventListener("error", async () => {
    const reply = await fetch(media, {headers: {Range: "bytes=0-0"}}).catch(() => null);
    refuse(reply === null ? "The clip cannot be read: skeletons are shown without it."
      : reply.status === 204 ? "The clip was not found: skeletons are shown without it (--clip names it)."
        : "This browser cannot decode the clip: skeletons are shown without it.");
  });
  video.addEventListener("loadedmetadata", () => {
    if (video.videoWidth === 0) refuse("This browser cannot decode the images of the clip: skeletons are shown without it.");
  });
  video.addEventListener("ended", () => {
    setViewPlaying(false);
    showLine(lineCount() - 1, false);
  });
  view.video = video;
  setMedia(video);
  video.src = media;
}

async function showCounts() {
  view.counted = lineCount();
  const {counts} = await requestJson(query("/api/counts", {source: view.source}));
  setChart({counts, length: lineCount(), choose: (line) => controls.go(line)});
}

function chooseSource(source) {
  setViewPlaying(false);
  Object.assign(view, {source, line: 0, video: null, ticket: view.ticket + 1});
  view.blocks = new Map();
  showNote("");
  setMedia(null);
  if (!view.sources[source].images) openClip();
  showLine(0, true);
  showCounts().catch((error) => showProblem(error.message));
}

function takeSources(info) {
  const before = view.sources.length;
  if (info.sources.length < before) return location.reload(); // the file was written anew
  view.sources = info.sources;
  byId("source-label").hidden = info.sources.length < 2;
  for (const one of info.sources.slice(before)) byId("source").append(make("option", {value: byId("source").length}, one.images ? "images" : visible(one.name)));
  if (before === 0 && info.sources.length > 0) chooseSource(0);
  if (info.broken > 0 && byId("note").hidden) showNote(`${info.broken} ${info.broken === 1 ? "line of the file is" : "lines of the file are"} not results.`);
}

// Results may still be written: looks for new lines.
async function followFile() {
  while (true) {
    await pause(2000);
    try {
      const before = lineCount();
      takeSources(await requestJson("/api/info"));
      if (lineCount() !== before) setSlider(view.line, lineCount() - 1, `${view.line + 1} of ${lineCount()}`);
      if (lineCount() > 1.05 * view.counted) await showCounts();
    } catch (error) {
      showProblem(`The program does not answer (${error.message}).`);
    }
  }
}

function startView(info) {
  document.title = byId("title").textContent = visible(info.file);
  byId("source").addEventListener("change", (event) => chooseSource(Number(event.target.value)));
  controls = {
    go: (line) => {
      setViewPlaying(false);
      showLine(line, true);
    },
    step: (count) => controls.go(view.line + count),
    toggle: () => setViewPlaying(!view.playing),
  };
  if (info.sources.length === 0) showNote("The file has no results yet.");
  takeSources(info);
  followFile();
}
