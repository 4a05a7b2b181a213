// Shows subtitles of one language, above the bar while that is there.

const ROW_SHARE = 0.055; // of the picture's shorter side: how high browsers set a row of text
const BAR_SHARE = 0.75; // of the bar's height: what is not mere shadow

export class Subtitles {
  constructor(player, video) {
    this.player = player;
    this.video = video;
    this.placed = new WeakSet();
    for (const element of video.querySelectorAll("track")) {
      element.addEventListener("load", () => this.#place());
    }
    new MutationObserver(() => this.#place()).observe(player, { attributeFilter: ["class"] });
  }

  // Shows the subtitles of a language, none for null.
  show(language) {
    for (const track of this.video.textTracks) {
      if (track.kind === "subtitles") track.mode = track.language === language ? "showing" : "disabled";
    }
    this.#place();
  }

  #place() {
    const row = ROW_SHARE * Math.min(this.video.clientWidth, this.video.clientHeight);
    const bar = this.player.querySelector(".bar").offsetHeight * BAR_SHARE;
    const raised = this.player.classList.contains("asleep") ? 0 : Math.ceil(bar / row);
    for (const track of this.video.textTracks) {
      if (track.mode !== "showing") continue;
      for (const cue of track.cues ?? []) {
        if (cue.line !== "auto" && !this.placed.has(cue)) continue; // it has a place of its own
        this.placed.add(cue);
        cue.line = raised ? -raised - cue.text.split("\n").length : "auto";
      }
      if (track.activeCues?.length) {
        track.mode = "hidden"; // what is shown already is only moved when it is shown anew
        track.mode = "showing";
      }
    }
  }
}
