// The page of a run: connects player, lines, edits and the keyboard.

import { connectEdits } from "./edits.js";
import { connectLines, lineAt, playLine, startOf } from "./lines.js";
import { followRun } from "./live.js";
import { Player } from "./player.js";

const STEP_S = 2;

const player = new Player(document.getElementById("player"));
const lines = connectLines(player);
const edits = connectEdits();

document.documentElement.classList.toggle("framed", window.self !== window.top);

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("textarea, input[type=text], select");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const ownArrows = event.target.closest("input, .scroll");
  const original = player.sound === "original";
  const actions = {
    k: () => player.toggle(),
    o: () => player.choose(original ? "dub" : "original"),
    j: () => step(-1, original),
    l: () => step(1, original),
    ArrowLeft: ownArrows ? null : () => player.seek(player.now - STEP_S),
    ArrowRight: ownArrows ? null : () => player.seek(player.now + STEP_S),
  };
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

function step(by, original) {
  const at = lineAt(lines, player.now, original);
  const midway = at >= 0 && player.now > startOf(lines[at], original) + 1;
  const next = lines[Math.max(0, Math.min(lines.length - 1, by < 0 && midway ? at : at + by))];
  if (next) playLine(next, player, original || Number.isNaN(next.start));
}

followRun(() => player.playing || player.now > 0 || edits.dirty());
