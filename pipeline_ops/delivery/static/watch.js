// The watch page: what is heard, what is read, and how to change it without loading the page again.

import { connectControls } from "./controls.js";
import { connectLanguages, connectReport } from "./dialogs.js";
import { openEngine } from "./engines.js";
import { Menu } from "./menu.js";
import { Subtitles } from "./subtitles.js";
import { Totals } from "./totals.js";

const RENEW_AGAIN_MS = 60_000; // addresses that do not hold at once again never will

const data = JSON.parse(document.getElementById("video-data").textContent);
const { texts } = data;
const player = document.getElementById("player");
const video = document.getElementById("video");
const trouble = document.getElementById("trouble");
const tracks = new Map(data.tracks.map((track) => [track.track, track]));

let current = tracks.get(data.track);
let subtitles = data.subtitles_shown;
let engine = null;
let manifest = null;
let renewedAt = -Infinity;

const captions = new Subtitles(player, video);
const totals = new Totals(video, data);
const soundMenu = new Menu(
  document.getElementById("sound-choice"),
  texts.sound,
  data.tracks.map(({ track, name, kind, language }) => ({ value: track, name, kind, lang: language })),
  (track) => choose(track),
);
const subtitleMenu = new Menu(
  document.getElementById("subtitles-choice"),
  texts.subtitles,
  [
    { value: "off", name: texts.off },
    ...data.subtitles.map(({ language, name, kind }) => ({ value: language, name, kind, lang: language })),
  ],
  (language) => {
    showSubtitles(language === "off" ? null : language);
    remember({ subtitles: language });
  },
);

// Changes what is heard, because a person wants it: at once, and from now on.
async function choose(track) {
  if (track === current.track || !tracks.has(track)) return;
  remember({ language: track });
  await hear(tracks.get(track), "chosen");
}

async function hear(track, how) {
  const samePicture = track.picture === current.picture;
  current = track;
  showChoice();
  totals.hear(track.track, how);
  if (how === "chosen") announce(texts.changed.replace("{language}", `${track.name} (${track.kind})`));
  if (samePicture) engine?.hear(track.language);
  else await load(video.currentTime, !video.paused);
}

// Loads the manifest of what is to be heard; another picture has another one.
async function load(position, playing) {
  const asked = new URLSearchParams({ language: current.track });
  if (data.arm) asked.set("arm", data.arm); // an address says all that decides, so that caches may keep it
  await engine.load(`${data.base}/${manifest}?${asked}`, current.language, position);
  if (playing) await video.play().catch(() => {});
}

function showChoice() {
  document.getElementById("ai-label").hidden = !current.is_dub;
  document.getElementById("heard-now").textContent = current.heard;
  document.getElementById("open-report").hidden = !current.is_dub;
  if (current.track !== data.track) document.getElementById("why").textContent = texts.reasons.chosen_before;
  player.dataset.track = current.track;
  soundMenu.show(current.track);
  const offers = document.getElementById("offers");
  const others = data.tracks.filter((track) => track !== current);
  const dubs = others.filter((track) => track.is_dub);
  offers.replaceChildren();
  if (current.is_dub) offers.append(offer(tracks.get("original"), texts.watch_original, "primary"));
  if (dubs.length) offers.append(words(texts.also_in), ...dubs.map((track) => offer(track, track.name)));
}

function words(text) {
  const span = document.createElement("span");
  span.className = "quiet";
  span.textContent = text;
  return span;
}

function offer(track, text, look = "") {
  const button = document.createElement("button");
  button.type = "button";
  button.className = look;
  button.dataset.track = track.track;
  button.textContent = text;
  if (track.is_dub) button.lang = track.language;
  button.addEventListener("click", () => choose(track.track));
  return button;
}

function showSubtitles(language) {
  subtitles = language;
  captions.show(language);
  subtitleMenu.show(language ?? "off");
}

function remember(choice) {
  fetch(`${data.base}/choice`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(choice),
    keepalive: true,
  }).catch(() => {}); // it is heard all the same; only the next visit does not know
}

function announce(text) {
  document.getElementById("announcement").textContent = text;
}

function say(text) {
  trouble.textContent = text;
  trouble.hidden = false;
}

// Addresses hold for hours, and new ones come with the manifest. A dub that was taken away gives way to the
// original.
function onFailure(what) {
  const now = performance.now();
  if (what === "expired" && now - renewedAt > RENEW_AGAIN_MS) {
    renewedAt = now;
    load(video.currentTime, !video.paused);
  } else if (what === "gone" && current.is_dub) {
    say(texts.gone);
    setTimeout(() => (trouble.hidden = true), 8000);
    const dubbed = current;
    current = tracks.get("original");
    tracks.delete(dubbed.track);
    data.tracks = data.tracks.filter((track) => track !== dubbed);
    showChoice();
    totals.hear("original", "given");
    load(video.currentTime, !video.paused);
  } else {
    say(texts.trouble);
  }
}

// Fetches the beginning of the next videos once this one has enough.
async function fetchAhead() {
  const answer = await fetch(data.feed).catch(() => null);
  if (!answer?.ok) return;
  for (const { hls, first } of (await answer.json()).videos) {
    fetch(hls, { priority: "low" }).catch(() => {});
    for (const { address, first_byte, last_byte } of first) {
      fetch(address, { headers: { Range: `bytes=${first_byte}-${last_byte}` }, priority: "low" }).catch(() => {});
    }
  }
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input[type=text], textarea, select, [role=menu]")) return;
  if (event.key === "o") choose("original");
  if (event.key === "c" && data.subtitles.length) {
    const readable = subtitles ?? data.subtitles_shown ?? current.language;
    const offered = data.subtitles.some((each) => each.language === readable);
    const wanted = subtitles ? null : offered ? readable : data.subtitles[0].language;
    showSubtitles(wanted);
    remember({ subtitles: wanted ?? "off" });
  }
});

connectControls(player, video, data);
connectReport(data, video, () => current.track);
connectLanguages(data);
showChoice();
showSubtitles(subtitles);
totals.hear(current.track, "given");
document.getElementById("sound-choice").hidden = data.tracks.length < 2;
document.getElementById("subtitles-choice").hidden = data.subtitles.length === 0;

const opened = await openEngine(data.player, video, data.players, onFailure);
if (opened) {
  engine = opened.engine;
  manifest = opened.manifest;
  window.dubwright = { engine }; // for whoever looks into a problem
  await load(0, false);
  player.dataset.ready = "true";
  if (data.feed) video.addEventListener("playing", fetchAhead, { once: true });
} else {
  say(texts.no_player);
}
