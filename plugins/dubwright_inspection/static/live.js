// Keeps the page of a run that is under way up to date, without taking a player or a text from a person.

const PERIOD_MS = 3000;

export function followRun(isBusy) {
  const run = document.getElementById("run");
  if (run.dataset.over === "yes") return;
  const look = async () => {
    let fresh = null;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.ok && !answer.redirected) fresh = parse(await answer.text());
    } catch {
      // The server may be restarting: look again later.
    }
    if (fresh && fresh.dataset.stamp !== run.dataset.stamp) show(run, fresh);
    if (fresh && fresh.dataset.mediaStamp !== run.dataset.mediaStamp) {
      if (!isBusy()) {
        location.reload();
        return;
      }
      document.getElementById("news").hidden = false;
    }
    if (run.dataset.over === "no") setTimeout(look, PERIOD_MS);
  };
  setTimeout(look, PERIOD_MS);
}

function parse(text) {
  return new DOMParser().parseFromString(text, "text/html").getElementById("run");
}

function show(run, fresh) {
  for (const part of run.querySelectorAll("[data-live]")) {
    const other = fresh.querySelector(`#${part.id}`);
    if (other && !part.contains(document.activeElement)) part.replaceWith(document.importNode(other, true));
  }
  run.dataset.stamp = fresh.dataset.stamp;
  run.dataset.over = fresh.dataset.over;
}
