// Plays pictures and one of several sounds as one: the chosen sound keeps the time, the pictures follow it.

const TICK_MS = 50;
const JUMP_S = 0.3; // a picture further off than this jumps
const TOLERANCE_S = 0.03; // one closer than a frame is left alone
const CATCH_UP = 2; // times the distance, a second: pictures are mute, so nobody hears them hurry
const MOST_CATCH_UP = 0.5;

export class Player {
  constructor(section) {
    this.pictures = [...section.querySelectorAll("video")];
    this.sounds = new Map(
      [...section.querySelectorAll("audio")].map((audio) => [audio.id.replace("sound-", ""), audio]),
    );
    this.choices = [...section.querySelectorAll("input[name=sound]")];
    this.button = section.querySelector("#play");
    this.seekBar = section.querySelector("#seek");
    this.clock = section.querySelector("#time");
    this.rate = 1;
    this.stopAt = null;
    this.listeners = [];
    this.#prepare(section);
  }

  get clockKeeper() {
    return this.sounds.get(this.sound) ?? this.pictures[0] ?? null;
  }

  get now() {
    return this.clockKeeper?.currentTime ?? 0;
  }

  get playing() {
    return this.clockKeeper !== null && !this.clockKeeper.paused;
  }

  // Calls `listener(now, sound, playing)` whenever something moved.
  onMove(listener) {
    this.listeners.push(listener);
  }

  async play(stopAt = null) {
    this.stopAt = stopAt;
    const keeper = this.clockKeeper;
    if (keeper === null) return;
    if (keeper.ended) keeper.currentTime = 0;
    this.#align(0);
    await Promise.allSettled([keeper, ...this.#followers()].map((media) => media.play()));
  }

  pause() {
    this.stopAt = null;
    for (const media of [...this.sounds.values(), ...this.pictures]) media.pause();
    this.#align(0);
    this.#tell();
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  seek(seconds) {
    const keeper = this.clockKeeper;
    if (keeper === null) return;
    const last = Number(this.seekBar.max) || keeper.duration || 0;
    keeper.currentTime = Math.min(Math.max(seconds, 0), last);
    this.stopAt = null;
    this.#align(0);
    this.#tell();
  }

  // Plays from `start` to `end` and stops there.
  async playSpan(sound, start, end) {
    this.choose(sound);
    this.seek(start);
    await this.play(end);
  }

  choose(sound) {
    if (!this.sounds.has(sound) || sound === this.sound) return;
    const wasPlaying = this.playing;
    const before = this.clockKeeper;
    const seconds = this.now;
    this.sound = sound;
    before?.pause();
    const keeper = this.clockKeeper;
    keeper.preload = "auto";
    keeper.currentTime = seconds;
    keeper.playbackRate = this.rate;
    for (const choice of this.choices) choice.checked = choice.value === sound;
    if (wasPlaying) this.play(this.stopAt);
    this.#tell();
  }

  #prepare(section) {
    const first = this.choices.find((choice) => !choice.disabled);
    section.querySelector(".controls").hidden = this.clockKeeper === null && first === undefined;
    for (const picture of this.pictures) {
      picture.controls = false;
      picture.muted = true;
      picture.addEventListener("click", () => this.toggle());
      picture.addEventListener("error", () => this.#cannotShow(picture));
      if (picture.error) this.#cannotShow(picture);
    }
    for (const choice of this.choices) {
      choice.addEventListener("change", () => this.choose(choice.value));
    }
    if (first) this.choose(first.value);
    else if (this.pictures.length) this.pictures[0].muted = false; // its own sound is all there is
    this.button.addEventListener("click", () => this.toggle());
    this.seekBar.addEventListener("input", () => this.seek(Number(this.seekBar.value)));
    section.querySelector("#rate").addEventListener("change", (event) => {
      this.rate = Number(event.target.value);
      for (const media of [...this.sounds.values(), ...this.pictures]) media.playbackRate = this.rate;
    });
    setInterval(() => this.#tick(), TICK_MS);
  }

  #followers() {
    return this.pictures.filter((picture) => picture !== this.clockKeeper && !picture.error);
  }

  #tick() {
    if (!this.playing) return;
    if (this.stopAt !== null && this.now >= this.stopAt) {
      this.pause();
      return;
    }
    this.#align(TOLERANCE_S);
    this.#tell();
  }

  // Brings the pictures to the time of the sound: by a jump where they are far off, else by their pace.
  #align(tolerance) {
    for (const picture of this.#followers()) {
      const behind = this.now - picture.currentTime;
      if (Math.abs(behind) > JUMP_S || (tolerance === 0 && behind !== 0)) {
        picture.currentTime = Math.min(this.now, picture.duration || this.now);
        picture.playbackRate = this.rate;
      } else if (Math.abs(behind) > tolerance) {
        const hurry = Math.max(-MOST_CATCH_UP, Math.min(MOST_CATCH_UP, behind * CATCH_UP));
        picture.playbackRate = this.rate * (1 + hurry);
      } else {
        picture.playbackRate = this.rate;
      }
      if (this.playing && picture.paused && !picture.ended) picture.play().catch(() => {});
    }
  }

  #tell() {
    const seconds = this.now;
    this.seekBar.value = String(seconds);
    this.clock.value = clock(seconds);
    this.button.textContent = this.playing ? "Pause" : "Play";
    for (const listener of this.listeners) listener(seconds, this.sound, this.playing);
  }

  #cannotShow(picture) {
    const figure = picture.closest("figure");
    figure.querySelector(".problem").hidden = false;
    if (this.clockKeeper === picture) figure.closest(".player").querySelector(".controls").hidden = true;
  }
}

export function clock(seconds) {
  const tenths = Math.round(seconds * 10);
  const minutes = Math.floor(tenths / 600);
  return `${minutes}:${((tenths % 600) / 10).toFixed(1).padStart(4, "0")}`;
}
