// Tells the service how playback goes: totals of each sound track so far. Nothing about who watches.

const EVERY_MS = 10_000;
const LONGEST_TICK_S = 2; // a longer gap between two looks at the clock is a sleeping machine, not watching

export class Totals {
  constructor(video, data) {
    this.video = video;
    this.data = data;
    this.tracks = new Map();
    this.current = null;
    this.stalledSince = null;
    this.lastLook = null;
    video.addEventListener("playing", () => this.#playing());
    video.addEventListener("waiting", () => this.#waiting());
    video.addEventListener("timeupdate", () => this.#look());
    for (const name of ["pause", "ended", "seeking"]) {
      video.addEventListener(name, () => {
        this.#look();
        this.lastLook = null;
        this.#stallEnds();
      });
    }
    video.addEventListener("ended", () => this.#finished());
    setInterval(() => this.send(), EVERY_MS);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.send();
    });
    addEventListener("pagehide", () => this.send());
  }

  // Counts for another sound track from now on.
  hear(track, how) {
    this.#look();
    this.#stallEnds();
    if (!this.tracks.has(track)) {
      const flags = { given: false, chosen: false, started: false, finished: false };
      const zero = { ...flags, stalls: 0, stalled_s: 0, watched_s: 0 };
      this.tracks.set(track, { track, ...zero });
    }
    this.current = this.tracks.get(track);
    this.current[how] = true;
    if (!this.video.paused) this.current.started = true;
    this.changed = true;
    this.send();
  }

  send() {
    this.#look();
    if (!this.changed) return;
    this.changed = false;
    const tracks = [...this.tracks.values()].map((track) => ({
      ...track,
      stalled_s: Number(track.stalled_s.toFixed(3)),
      watched_s: Number(track.watched_s.toFixed(3)),
    }));
    const body = JSON.stringify({ view: this.data.view, tracks });
    navigator.sendBeacon(`${this.data.base}/playbacks`, new Blob([body], { type: "application/json" }));
  }

  #playing() {
    this.current.started = true;
    this.changed = true;
    this.#stallEnds();
    this.lastLook = performance.now();
  }

  #finished() {
    this.current.finished = true;
    this.changed = true;
    this.send();
  }

  #waiting() {
    this.#look();
    this.lastLook = null;
    if (this.video.seeking || this.video.paused || this.video.currentTime === 0) return;
    this.stalledSince ??= performance.now();
  }

  #stallEnds() {
    if (this.stalledSince === null) return;
    this.current.stalls += 1;
    this.current.stalled_s += (performance.now() - this.stalledSince) / 1000;
    this.stalledSince = null;
    this.changed = true;
  }

  #look() {
    const now = performance.now();
    if (this.lastLook !== null && this.current && !this.video.paused) {
      const seconds = (now - this.lastLook) / 1000;
      if (seconds <= LONGEST_TICK_S) this.current.watched_s += seconds;
      this.changed = true;
    }
    if (this.lastLook !== null) this.lastLook = now;
  }
}
