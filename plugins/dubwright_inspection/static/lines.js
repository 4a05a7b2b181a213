// The table of lines and the timeline: both play lines and show which one is being said.

const ORIGINAL_SOUNDS = new Set(["original", "voice", "background"]);

export function connectLines(player) {
  const rows = [...document.querySelectorAll("table.lines tbody tr")];
  const lines = rows.map(readLine);
  const timeline = document.getElementById("timeline");
  for (const line of lines) connectRow(line, player);
  if (timeline) connectTimeline(timeline, lines, player);
  player.onMove((now, sound) => {
    const original = ORIGINAL_SOUNDS.has(sound);
    for (const line of lines) line.row.classList.toggle("said", isSaid(line, now, original));
    if (timeline) moveHead(timeline, now);
  });
  return lines;
}

// The line that is said at `now`, or the last one before it; -1 before the first.
export function lineAt(lines, now, original) {
  let found = -1;
  lines.forEach((line, position) => {
    if (startOf(line, original) <= now + 0.05) found = position;
  });
  return found;
}

export function playLine(line, player, original) {
  const [start, end] = original ? [line.sourceStart, line.sourceEnd] : [line.start, line.end];
  if (Number.isNaN(start)) return;
  player.playSpan(original ? "original" : "dub", start, end);
}

export function startOf(line, original) {
  return original || Number.isNaN(line.start) ? line.sourceStart : line.start;
}

function readLine(row) {
  const { sourceStart, sourceEnd, start, end } = row.dataset;
  return {
    row,
    index: Number(row.dataset.index),
    sourceStart: Number(sourceStart),
    sourceEnd: Number(sourceEnd),
    start: start === undefined ? NaN : Number(start),
    end: end === undefined ? NaN : Number(end),
  };
}

function connectRow(line, player) {
  const { row } = line;
  row.querySelector(".buttons").hidden = false;
  row.querySelector(".play-dub").addEventListener("click", () => playLine(line, player, false));
  row.querySelector(".play-original").addEventListener("click", () => playLine(line, player, true));
  row.addEventListener("mousedown", (event) => {
    if (event.shiftKey) event.preventDefault(); // Shift would select text
  });
  row.addEventListener("click", (event) => {
    if (event.target.closest("button, textarea, a") || String(document.getSelection())) return;
    playLine(line, player, event.shiftKey || Number.isNaN(line.start));
  });
}

function connectTimeline(timeline, lines, player) {
  timeline.addEventListener("click", (event) => {
    const bar = event.target.closest("[data-index]");
    const line = bar && lines.find((each) => each.index === Number(bar.dataset.index));
    if (line) {
      playLine(line, player, bar.dataset.kind === "source");
      return;
    }
    const box = timeline.getBoundingClientRect();
    player.seek(((event.clientX - box.left) / box.width) * Number(timeline.dataset.duration));
  });
}

function isSaid(line, now, original) {
  const [start, end] = original ? [line.sourceStart, line.sourceEnd] : [line.start, line.end];
  return start <= now && now < end;
}

function moveHead(timeline, now) {
  const x = (now / Number(timeline.dataset.duration)) * timeline.width.baseVal.value;
  const head = timeline.querySelector("#playhead");
  head.setAttribute("x1", x);
  head.setAttribute("x2", x);
  const view = timeline.parentElement;
  if (x < view.scrollLeft || x > view.scrollLeft + view.clientWidth - 20) view.scrollLeft = x - 40;
}
