// Asks the server what it shows, and starts that mode.
// SPDX-License-Identifier: MIT
"use strict";

async function start() {
  try {
    const info = await requestJson("/api/info");
    byId("page").hidden = false;
    setUpPlayer();
    setPlaying(false);
    if (info.mode === "live") startLive();
    else startView(info);
  } catch (error) {
    showProblem(`The program does not answer (${error.message}).`);
  }
}

start();
