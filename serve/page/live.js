// A running program: its newest frame, and the frames that it recorded.
// SPDX-License-Identifier: MIT
"use strict";

const live = {records: [], place: null, canvas: make("canvas"), number: 0, running: true}; // place: of the record that is shown; null: the newest frame

function showRates(rates) {
  byId("rates-section").hidden = rates.length === 0;
  fillList(byId("rates"), rates.map(([stage, rate]) => [stage, Number.isFinite(rate) ? rate.toFixed(1) : ""]));
}

function showLiveFrame({frame, image}) {
  if (image) {
    live.canvas.width = image.width;
    live.canvas.height = image.height;
    live.canvas.getContext("2d").drawImage(image, 0, 0);
    image.close();
  }
  showFrame(frame);
}

function updateLiveSlider() {
  const last = live.records.length, place = live.place ?? last;
  const text = live.place === null ? (live.running ? "live" : "paused") : `${place + 1} of ${last} recorded`;
  setSlider(place, last, text);
  byId("mode").textContent = live.place === null && live.running ? "live" : live.place === null ? "paused" : "recorded";
  byId("mode").classList.toggle("on", live.place === null && live.running);
  setPlaying(live.running);
  setChart({at: live.place === null ? chart.length : live.records[live.place] - 1});
}

// Shows the newest frame, again and again.  A slow connection gets fewer frames: each request asks for the newest.
async function followLive() {
  while (true) {
    if (live.place !== null || !live.running || document.hidden) {
      await pause(100);
      continue;
    }
    try {
      const reply = await requestPacked(query("/api/live", {after: live.number}));
      showProblem("");
      showRates(reply.rates);
      if (!reply.frame || live.place !== null || !live.running) continue;
      live.number = reply.number;
      showLiveFrame(reply);
    } catch (error) {
      showProblem(`The program does not answer: it has ended, or the connection is broken (${error.message}).`);
      await pause(1000);
    }
  }
}

async function followHistory() {
  while (true) {
    try {
      const {published, counts, records} = await requestJson("/api/history");
      const number = live.place === null ? null : live.records[live.place];
      live.records = records;
      if (number !== null) live.place = Math.max(0, records.findLastIndex((n) => n <= number));
      setChart({counts, length: published});
      updateLiveSlider();
    } catch { // followLive() reports it
    }
    await pause(2000);
  }
}

async function showRecord(place) {
  live.place = place >= live.records.length ? null : Math.max(0, place);
  if (live.place === null) live.number = 0; // the newest frame, even if it was shown before
  updateLiveSlider();
  if (live.place === null) return;
  try {
    const reply = await requestPacked(query("/api/record", {number: live.records[live.place]}));
    if (live.place === place) showLiveFrame(reply);
  } catch (error) {
    showProblem(error.message);
  }
}

// Plays the recorded frames up to the newest one.
async function playRecords() {
  while (live.running && live.place !== null) {
    await showRecord(live.place + 1);
    await pause(250);
  }
}

function startLive() {
  byId("title").textContent = "alphapose";
  byId("mode").hidden = false;
  setMedia(live.canvas);
  const hold = (place) => {
    if (place < live.records.length) live.running = false;
    else live.running = true;
    showRecord(place);
  };
  controls = {
    go: hold,
    step: (count) => hold(Math.max(0, Math.min(live.records.length, (live.place ?? live.records.length) + count))),
    toggle: () => {
      live.running = !live.running;
      updateLiveSlider();
      playRecords();
    },
  };
  setChart({choose: (frame) => hold(Math.max(0, live.records.findLastIndex((n) => n <= frame + 1)))});
  followLive();
  followHistory();
}
