// The bar below the picture, and the keys: play, position, volume, speed, full screen.

import { Menu } from "./menu.js";

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];
const STEP_S = 5;
const HIDE_AFTER_MS = 2500;

export function connectControls(player, video, data) {
  const { texts } = data;
  const find = (id) => document.getElementById(id);
  const play = find("play");
  const bigPlay = find("big-play");
  const mute = find("mute");
  const seek = find("seek");
  const volume = find("volume");
  const duration = () => (Number.isFinite(video.duration) ? video.duration : data.duration_s);

  const toggle = () => (video.paused ? video.play().catch(() => {}) : video.pause());
  const jump = (seconds) => {
    video.currentTime = Math.min(Math.max(seconds, 0), duration());
  };

  const showTime = () => {
    if (!seek.matches(":active")) seek.value = String(video.currentTime);
    seek.max = String(duration());
    seek.setAttribute("aria-valuetext", `${clock(video.currentTime)} / ${clock(duration())}`);
    seek.style.setProperty("--played", `${(100 * video.currentTime) / (duration() || 1)}%`);
    find("time").value = `${clock(video.currentTime)} / ${clock(duration())}`;
  };
  const showState = () => {
    player.dataset.state = video.paused ? "paused" : "playing";
    play.setAttribute("aria-label", video.paused ? texts.play : texts.pause);
    bigPlay.hidden = !video.paused || video.currentTime > 0;
  };
  const showVolume = () => {
    player.dataset.sound = video.muted || video.volume === 0 ? "mute" : "loud";
    mute.setAttribute("aria-label", video.muted ? texts.unmute : texts.mute);
    volume.value = video.muted ? "0" : String(video.volume);
    volume.style.setProperty("--played", `${100 * Number(volume.value)}%`);
  };

  play.addEventListener("click", toggle);
  bigPlay.addEventListener("click", toggle);
  video.addEventListener("click", () => (isTouch() ? wake() : toggle()));
  video.addEventListener("dblclick", () => fullscreen());
  mute.addEventListener("click", () => (video.muted = !video.muted));
  volume.addEventListener("input", () => {
    video.volume = Number(volume.value);
    video.muted = video.volume === 0;
  });
  seek.addEventListener("input", () => jump(Number(seek.value)));
  for (const name of ["timeupdate", "durationchange", "seeking"]) video.addEventListener(name, showTime);
  for (const name of ["play", "pause", "ended", "timeupdate"]) video.addEventListener(name, showState);
  video.addEventListener("volumechange", showVolume);
  for (const name of ["waiting", "stalled"]) {
    video.addEventListener(name, () => player.classList.toggle("waiting", !video.paused));
  }
  for (const name of ["playing", "pause", "canplay"]) {
    video.addEventListener(name, () => player.classList.remove("waiting"));
  }

  const speeds = SPEEDS.map((speed) => ({ value: String(speed), name: `${speed}×` }));
  const speed = new Menu(find("speed-choice"), texts.speed, speeds, (value) => {
    video.playbackRate = Number(value);
  });
  video.addEventListener("ratechange", () => {
    speed.show(String(video.playbackRate));
    find("speed-now").textContent = `${video.playbackRate}×`;
  });
  speed.show("1");

  function fullscreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (player.requestFullscreen) player.requestFullscreen().catch(() => {});
    else video.webkitEnterFullscreen?.(); // iPhones show a video alone
  }
  find("fullscreen").addEventListener("click", fullscreen);

  let sleeping = null;
  function wake() {
    player.classList.remove("asleep");
    clearTimeout(sleeping);
    sleeping = setTimeout(() => {
      const busy = video.paused || player.querySelector(".menu:not([hidden])") || player.matches(":focus-within");
      player.classList.toggle("asleep", !busy || (!video.paused && document.activeElement === document.body));
    }, HIDE_AFTER_MS);
  }
  for (const name of ["pointermove", "pointerdown", "focusin", "keydown"]) player.addEventListener(name, wake);
  video.addEventListener("play", wake);
  video.addEventListener("pause", wake);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest("input[type=text], textarea, select, [role=menu]")) return;
    const onButton = event.target.closest("button, a, summary");
    const onRange = event.target.closest("input[type=range]");
    const actions = {
      k: toggle,
      " ": onButton ? null : toggle,
      m: () => (video.muted = !video.muted),
      f: fullscreen,
      ArrowLeft: onRange ? null : () => jump(video.currentTime - STEP_S),
      ArrowRight: onRange ? null : () => jump(video.currentTime + STEP_S),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
    wake();
  });

  connectPreview(seek, find("preview"), data, duration);
  showTime();
  showState();
  showVolume();
}

// Shows a small picture of where the pointer is on the seek bar.
async function connectPreview(seek, preview, data, duration) {
  const picture = preview.querySelector(".picture");
  const time = preview.querySelector("output");
  let cues = null;
  seek.addEventListener("pointermove", async (event) => {
    if (isTouch()) return;
    cues ??= await loadStoryboard(`${data.base}/storyboard.vtt`);
    const box = seek.getBoundingClientRect();
    const share = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
    const seconds = share * duration();
    const cue = cues.find((each) => seconds < each.end) ?? cues.at(-1);
    time.value = clock(seconds);
    if (cue) {
      picture.style.width = `${cue.width}px`;
      picture.style.height = `${cue.height}px`;
      picture.style.background = `url("${cue.address}") -${cue.left}px -${cue.top}px`;
    }
    preview.hidden = false;
    const half = preview.offsetWidth / 2;
    const center = Math.min(Math.max(event.clientX - box.left, half), box.width - half);
    preview.style.left = `${center}px`;
  });
  seek.addEventListener("pointerleave", () => (preview.hidden = true));
}

async function loadStoryboard(address) {
  const answer = await fetch(address);
  if (!answer.ok) return [];
  const cues = [];
  for (const block of (await answer.text()).split("\n\n")) {
    const found = block.match(/--> (?:(\d+):)?(\d+):(\d+\.\d+)\n(.+)#xywh=(\d+),(\d+),(\d+),(\d+)/);
    if (!found) continue;
    const [, hours, minutes, seconds, file, left, top, width, height] = found;
    cues.push({
      end: Number(hours ?? 0) * 3600 + Number(minutes) * 60 + Number(seconds),
      address: new URL(file, new URL(address, location.href)).href,
      left,
      top,
      width,
      height,
    });
  }
  return cues;
}

function isTouch() {
  return matchMedia("(hover: none)").matches;
}

export function clock(seconds) {
  const whole = Math.floor(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}
