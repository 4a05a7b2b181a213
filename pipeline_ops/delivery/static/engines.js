// The players behind the page, with one face: they load a manifest, and change what is heard without a break.

const FORGIVEN_ERRORS = 3; // before the page says that it cannot play

// What went wrong: an address that holds no longer, something that was taken away, or anything else.
const WHAT = { 403: "expired", 404: "gone" };

// HLS by hls.js, where the browser has Media Source Extensions.
export class HlsEngine {
  static name = "hls";
  static manifest = "master.m3u8";

  static async open(video, players, onFailure) {
    const { default: Hls } = await import(`${players}/hls.min.mjs`);
    return Hls.isSupported() ? new HlsEngine(Hls, video, onFailure) : null;
  }

  constructor(Hls, video, onFailure) {
    this.Hls = Hls;
    this.video = video;
    this.onFailure = onFailure;
    this.hls = null;
  }

  load(address, language, position) {
    this.hls?.destroy();
    const { Hls } = this;
    this.hls = new Hls({
      enableWorker: false, // fragmented MP4 passes through: there is nothing for a worker to do
      capLevelToPlayerSize: true,
      startPosition: position || -1,
      audioPreference: { lang: language },
      enableWebVTT: false, // the page shows subtitles itself, the same way for every player
      renderTextTracksNatively: false,
    });
    let forgiven = 0;
    let told = false;
    const fail = (what) => {
      if (!told) this.onFailure(what);
      told = true;
    };
    this.hls.on(Hls.Events.ERROR, (_event, data) => {
      const what = WHAT[data.response?.code]; // it would try other renditions for ever
      if (what) fail(what);
      if (what || !data.fatal) return;
      forgiven += 1;
      if (forgiven > FORGIVEN_ERRORS) fail("trouble");
      else if (data.type === Hls.ErrorTypes.MEDIA_ERROR) this.hls.recoverMediaError();
      else this.hls.startLoad();
    });
    const ready = new Promise((resolve) => this.hls.once(Hls.Events.MANIFEST_PARSED, resolve));
    this.hls.loadSource(address);
    this.hls.attachMedia(this.video);
    return ready;
  }

  hear(language) {
    this.hls.setAudioOption({ lang: language });
  }

  get heard() {
    return this.hls?.audioTracks[this.hls.audioTrack]?.lang ?? null;
  }
}

// DASH by Shaka Player.
export class ShakaEngine {
  static name = "shaka";
  static manifest = "manifest.mpd";

  static async open(video, players, onFailure) {
    await loadScript(`${players}/shaka-player.js`);
    const { shaka } = window;
    shaka.polyfill.installAll();
    if (!shaka.Player.isBrowserSupported()) return null;
    const player = new shaka.Player();
    await player.attach(video);
    return new ShakaEngine(shaka, player, onFailure);
  }

  constructor(shaka, player, onFailure) {
    this.player = player;
    const critical = shaka.util.Error.Severity.CRITICAL;
    player.addEventListener("error", ({ detail }) => {
      const what = WHAT[detail.data?.[1]];
      if (what || detail.severity === critical) onFailure(what ?? "trouble");
    });
  }

  async load(address, language, position) {
    this.player.configure({ preferredAudio: [{ language }], manifest: { disableText: true } });
    await this.player.load(address, position || undefined);
  }

  hear(language) {
    const tracks = this.player.getAudioTracks();
    const track = tracks.find((each) => (each.originalLanguage ?? each.language) === language);
    if (track) this.player.selectAudioTrack(track);
  }

  get heard() {
    return this.player.getAudioTracks().find((each) => each.active)?.language ?? null;
  }
}

// HLS by the browser itself: iPhones without Managed Media Source.
export class NativeEngine {
  static name = "native";
  static manifest = "master.m3u8";

  static async open(video, _players, onFailure) {
    return video.canPlayType("application/vnd.apple.mpegurl") ? new NativeEngine(video, onFailure) : null;
  }

  constructor(video, onFailure) {
    this.video = video;
    this.onFailure = onFailure;
  }

  load(address, _language, position) {
    const ready = new Promise((resolve) => {
      this.video.addEventListener("loadedmetadata", resolve, { once: true });
    });
    this.video.addEventListener("error", () => this.onFailure("trouble"), { once: true });
    this.video.src = position ? `${address}#t=${position}` : address;
    return ready;
  }

  hear(language) {
    for (const track of this.video.audioTracks ?? []) track.enabled = track.language === language;
  }

  get heard() {
    return [...(this.video.audioTracks ?? [])].find((track) => track.enabled)?.language ?? null;
  }
}

// Opens the player that was asked for, else the first that this browser can run.
export async function openEngine(wanted, video, players, onFailure) {
  const engines = [HlsEngine, NativeEngine, ShakaEngine];
  const order = wanted ? engines.filter((engine) => engine.name === wanted) : engines;
  for (const engine of order) {
    const opened = await engine.open(video, players, onFailure);
    if (opened) return { engine: opened, manifest: engine.manifest };
  }
  return null;
}

function loadScript(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", resolve);
    script.addEventListener("error", reject);
    document.head.append(script);
  });
}
