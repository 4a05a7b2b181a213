// Sends a file in parts. What came is asked of the studio, so a file that was broken off goes on where it was.

const AT_A_TIME = 3; // parts on their way at once: enough to fill a line, few enough to lose little
const PAUSES_MS = [1000, 3000, 10000, 30000]; // after a part that failed; then the person decides
const LOOK_MS = 1500;
const MOST_ADDRESSES = 50;

const box = document.getElementById("upload");
const api = box && `${box.dataset.base}/api/uploads`;
let going = null; // the upload that is being sent: { id, stop }

if (box) prepare();

function prepare() {
  const field = document.getElementById("file");
  const drop = box.querySelector(".drop");
  field.addEventListener("change", () => field.files[0] && start(field.files[0]));
  for (const name of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", name === "dragover");
      if (name === "drop" && event.dataTransfer.files[0]) start(event.dataTransfer.files[0]);
    });
  }
  document.getElementById("pause").addEventListener("click", pause);
  document.getElementById("cancel").addEventListener("click", () => going && cancel(going.id));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.cancel");
    if (button) cancel(button.dataset.upload);
  });
  addEventListener("beforeunload", (event) => {
    if (going && !going.stop.signal.aborted) event.preventDefault();
  });
}

async function start(file) {
  if (going && !going.stop.signal.aborted) return;
  const stop = new AbortController();
  going = { id: null, file, stop };
  document.getElementById("sending").hidden = false;
  document.getElementById("sending-name").textContent = file.name;
  document.getElementById("sending-buttons").hidden = false;
  document.getElementById("pause").textContent = "Pause";
  say("");
  try {
    const upload = (await begun(file)) || (await begin(file));
    going.id = upload.id;
    await send(file, upload, stop.signal);
    const end = await complete(upload.id);
    going = null;
    if (end.state === "ready") location.assign(`${box.dataset.base}/videos/${end.video_id}`);
    else say(end.message || "It was not taken.");
  } catch (problem) {
    if (stop.signal.aborted) return;
    say(`${problem.message} Choose the file again to go on.`);
    going = null;
  }
  document.dispatchEvent(new Event("studio:changed"));
}

async function begun(file) {
  const known = await ask("GET", api);
  const same = known.find((each) => each.state === "open" && each.file_name === file.name && each.size_bytes === file.size);
  return same && ask("GET", `${api}/${same.id}`);
}

function begin(file) {
  return ask("POST", api, { file_name: file.name, size_bytes: file.size, media_type: file.type });
}

async function send(file, upload, signal) {
  const there = new Set(upload.parts.map((part) => part.number));
  const missing = [];
  for (let number = 1; number <= upload.part_count; number++) if (!there.has(number)) missing.push(number);
  const sent = new Map(upload.parts.map((part) => [part.number, part.size_bytes]));
  const show = () => {
    const bytes = [...sent.values()].reduce((sum, each) => sum + each, 0);
    document.getElementById("sending-progress").value = bytes / file.size;
    say(`${Math.floor((100 * bytes) / file.size)} %`);
  };
  show();
  while (missing.length) {
    const numbers = missing.splice(0, MOST_ADDRESSES);
    const places = await addressesOf(upload.id, numbers);
    const next = async () => {
      for (let place = places.shift(); place; place = places.shift()) {
        const first = (place.number - 1) * upload.part_bytes;
        const part = file.slice(first, first + place.size_bytes);
        await sendPart(upload.id, place, part, signal, (bytes) => { sent.set(place.number, bytes); show(); });
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, next));
  }
}

async function addressesOf(id, numbers) {
  return (await ask("POST", `${api}/${id}/part-addresses`, { numbers })).addresses;
}

async function sendPart(id, place, part, signal, progress) {
  let address = place.address;
  for (const pause of [...PAUSES_MS, null]) {
    try {
      address ??= (await addressesOf(id, [place.number]))[0].address;
      return await put(address, part, signal, progress);
    } catch (problem) {
      progress(0);
      if (signal.aborted || pause === null || problem.isFinal) throw problem;
      address = null; // it may be that it held no longer
      say("The connection broke; trying again ...");
      await new Promise((done) => setTimeout(done, pause));
    }
  }
}

function put(address, part, signal, progress) {
  return new Promise((done, fail) => {
    const call = new XMLHttpRequest(); // fetch tells nothing of how much was sent
    call.open("PUT", address);
    if (address.startsWith("/")) call.setRequestHeader("X-Studio-Form", box.dataset.form);
    call.upload.addEventListener("progress", (event) => progress(event.loaded));
    call.addEventListener("load", () => {
      if (call.status < 300) { progress(part.size); done(); return; }
      fail(refusal(call.status, "A part was not taken."));
    });
    call.addEventListener("error", () => fail(new Error("The connection broke.")));
    call.addEventListener("abort", () => fail(new Error("Stopped.")));
    signal.addEventListener("abort", () => call.abort(), { once: true });
    if (signal.aborted) { fail(new Error("Stopped.")); return; }
    call.send(part);
  });
}

async function complete(id) {
  say("Looking at it ...");
  document.getElementById("sending-buttons").hidden = true; // all of it has come: there is nothing to stop
  let upload = await ask("POST", `${api}/${id}/completion`);
  while (upload.state === "checking") {
    await new Promise((done) => setTimeout(done, LOOK_MS));
    upload = await ask("GET", `${api}/${id}`);
  }
  return upload;
}

function pause() {
  if (!going) return;
  if (going.stop.signal.aborted) { start(going.file); return; }
  going.stop.abort();
  say("Paused.");
  document.getElementById("pause").textContent = "Go on";
}

async function cancel(id) {
  if (going && going.id === id) going.stop.abort();
  try {
    if (id) await ask("DELETE", `${api}/${id}`);
  } catch (problem) {
    say(problem.message);
    return;
  }
  going = null;
  location.reload();
}

async function ask(method, address, body) {
  const headers = { "X-Studio-Form": box.dataset.form };
  if (body) headers["Content-Type"] = "application/json";
  const answer = await fetch(address, { method, headers, body: body && JSON.stringify(body) });
  if (answer.status === 401) location.assign(`${box.dataset.base}/login`); // the session is over
  const content = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw refusal(answer.status, content.detail);
  return content;
}

function refusal(status, words) {
  const problem = new Error(words);
  problem.isFinal = status >= 400 && status < 500 && ![403, 429].includes(status); // 403: an address that is over
  return problem;
}

function say(words) {
  document.getElementById("sending-words").textContent = words;
}
