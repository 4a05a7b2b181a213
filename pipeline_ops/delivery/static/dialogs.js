// The dialogs: what is wrong with a translation, and which languages a viewer knows.

import { clock } from "./controls.js";

const ASKING = { "Content-Type": "application/json" };

function connectDialog(dialog, opener) {
  opener.addEventListener("click", () => dialog.showModal());
  dialog.querySelector(".cancel").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // beside it
  });
}

export function connectReport(data, video, currentTrack) {
  const { texts } = data;
  const dialog = document.getElementById("report-dialog");
  const opener = document.getElementById("open-report");
  const form = document.getElementById("report-form");
  const outcome = form.querySelector(".outcome");
  let at = 0;
  connectDialog(dialog, opener);
  opener.addEventListener("click", () => {
    at = video.currentTime;
    outcome.textContent = "";
    document.getElementById("report-at").textContent = texts.report_at.replace("{time}", clock(at));
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const fields = new FormData(form);
    const report = {
      view: data.view,
      language: currentTrack(),
      reason: fields.get("reason"),
      at_s: fields.get("at") ? Number(at.toFixed(2)) : null,
      text: fields.get("text"),
    };
    const answer = await fetch(`${data.base}/reports`, {
      method: "POST",
      headers: ASKING,
      body: JSON.stringify(report),
    }).catch(() => null);
    outcome.textContent = answer?.ok ? texts.report_thanks : texts.report_failed;
    if (!answer?.ok) return;
    form.reset();
    setTimeout(() => dialog.close(), 2000);
  });
}

export function connectLanguages(data) {
  const { texts } = data;
  const dialog = document.getElementById("languages-dialog");
  const opener = document.getElementById("open-languages");
  const list = document.getElementById("known");
  const add = document.getElementById("add-language");
  const always = document.getElementById("original-always");
  const names = new Map(data.languages.map((each) => [each.language, each.name]));
  let known = [];
  connectDialog(dialog, opener);

  const nameOf = (language) => names.get(language) ?? ownName(language);
  const show = () => {
    list.replaceChildren(...known.map((language, place) => row(language, place)));
    add.replaceChildren(
      new Option("–", ""),
      ...data.languages
        .filter((each) => !known.includes(each.language))
        .map((each) => new Option(each.name, each.language)),
    );
  };
  const row = (language, place) => {
    const item = document.createElement("li");
    const name = document.createElement("span");
    name.textContent = nameOf(language);
    name.lang = language;
    const up = smallButton("↑", `${texts.languages_up}: ${nameOf(language)}`, () => {
      known.splice(place - 1, 0, ...known.splice(place, 1));
      show();
    });
    up.disabled = place === 0;
    const remove = smallButton("×", `${texts.languages_remove}: ${nameOf(language)}`, () => {
      known.splice(place, 1);
      show();
    });
    item.append(name, up, remove);
    return item;
  };
  opener.addEventListener("click", async () => {
    const answer = await fetch(data.viewer);
    if (!answer.ok) return;
    const viewer = await answer.json();
    known = viewer.languages.length ? viewer.languages : viewer.browser_languages;
    always.checked = viewer.original_always;
    const said = viewer.browser_languages.map(nameOf).join(", ");
    document.getElementById("from-browser").textContent = said
      ? texts.languages_from_browser.replace("{list}", said)
      : "";
    show();
  });
  add.addEventListener("change", () => {
    if (add.value) known.push(add.value);
    show();
  });
  document.getElementById("languages-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const settings = { languages: known, original_always: always.checked };
    const answer = await fetch(data.viewer, {
      method: "PUT",
      headers: ASKING,
      body: JSON.stringify(settings),
    }).catch(() => null);
    if (answer?.ok) location.reload();
  });
}

function smallButton(text, label, action) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "small";
  button.textContent = text;
  button.setAttribute("aria-label", label);
  button.addEventListener("click", action);
  return button;
}

function ownName(language) {
  try {
    return new Intl.DisplayNames([language], { type: "language" }).of(language);
  } catch {
    return language;
  }
}
