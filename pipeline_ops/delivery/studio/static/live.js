// Keeps a page on which something goes on up to date, without taking a player or a form from a person.

const PERIOD_MS = 3000;
const live = document.getElementById("live");

if (live && live.dataset.busy === "yes") setTimeout(look, PERIOD_MS);
document.addEventListener("studio:changed", look);

async function look() {
  let fresh = null;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.ok && !answer.redirected) fresh = parse(await answer.text());
    else if (answer.redirected) location.reload(); // the session is over
  } catch {
    // The server may be restarting: look again later.
  }
  if (fresh && fresh.dataset.mediaStamp !== live.dataset.mediaStamp) {
    if (!isWatching()) return location.reload();
    document.getElementById("news").hidden = false;
  } else if (fresh && fresh.dataset.stamp !== live.dataset.stamp) {
    show(fresh);
  }
  if (live.dataset.busy === "yes") setTimeout(look, PERIOD_MS);
}

function isWatching() {
  const playing = [...document.querySelectorAll("video")].some((video) => !video.paused);
  const typed = [...document.querySelectorAll("input[type=text]")].some((field) => field.value);
  const chosen = [...document.querySelectorAll(".choices input")].some((box) => box.checked !== box.defaultChecked);
  return playing || typed || chosen;
}

function parse(text) {
  return new DOMParser().parseFromString(text, "text/html").getElementById("live");
}

function show(fresh) {
  for (const part of live.querySelectorAll("[data-live]")) {
    const other = fresh.querySelector(`#${CSS.escape(part.id)}`);
    if (!other || part.contains(document.activeElement)) continue;
    const opened = [...part.querySelectorAll("details[open]")].map((each) => each.id);
    const copy = document.importNode(other, true);
    for (const id of opened) if (id) copy.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
    part.replaceWith(copy);
  }
  live.dataset.stamp = fresh.dataset.stamp;
  live.dataset.busy = fresh.dataset.busy;
}
