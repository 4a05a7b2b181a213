// Pages work without this; it watches that clips are seen to their end and answers by keys.
"use strict";

(function () {
  const form = document.querySelector("form[data-complete]");
  if (!form) return;
  const clips = [...document.querySelectorAll("video[data-clip]")];
  const players = [...document.querySelectorAll("video, audio")];
  const questions = [...form.querySelectorAll("fieldset")];
  const button = form.querySelector("[data-submit]");
  const hint = form.querySelector("[data-hint]");
  const seen = new Set();

  const answered = (question) => question.querySelector("input:checked") !== null;
  const broken = (clip) => clip.error !== null;

  function missing() {
    if (clips.some((clip) => !seen.has(clip) && !broken(clip))) {
      return clips.length > 1 ? "Watch both clips to their ends." : "Watch the clip to its end.";
    }
    const open = questions.filter((question) => !answered(question)).length;
    return open ? `Still to answer: ${open}.` : "";
  }

  let current = null;
  function choose(question) {
    if (current) current.classList.remove("current");
    current = question;
    if (current) current.classList.add("current");
  }

  function update() {
    const lacking = missing();
    // Not `disabled`: a reader of the screen should find the button and hear what it waits for.
    button.setAttribute("aria-disabled", String(lacking !== ""));
    if (hint.textContent !== lacking) hint.textContent = lacking;
  }

  for (const player of players) {
    player.addEventListener("play", () => {
      for (const other of players) if (other !== player) other.pause();
    });
  }
  for (const clip of clips) {
    clip.addEventListener("ended", () => {
      seen.add(clip);
      clip.closest("figure").classList.add("seen");
      update();
    });
    clip.addEventListener("error", update);
  }

  form.addEventListener("change", (event) => {
    const question = event.target.closest("fieldset");
    choose(questions.find((each) => !answered(each)) || question);
    update();
  });
  form.addEventListener("focusin", (event) => {
    const question = event.target.closest("fieldset");
    if (question) choose(question);
  });
  form.addEventListener("submit", (event) => {
    if (missing()) {
      event.preventDefault();
      update();
      const next = questions.find((question) => !answered(question));
      if (next && clips.every((clip) => seen.has(clip) || broken(clip))) next.querySelector("input").focus();
      return;
    }
    button.setAttribute("aria-disabled", "true"); // a second click sends nothing
    form.addEventListener("submit", (again) => again.preventDefault());
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && !event.target.closest("button, video, audio, a") && clips.length) {
      const playing = clips.find((clip) => !clip.paused);
      const clip = playing || clips.find((each) => !seen.has(each)) || clips[0];
      if (clip.paused) clip.play(); else clip.pause();
      event.preventDefault();
    } else if (/^[1-9]$/.test(event.key) && current && current.hasAttribute("data-question")) {
      const inputs = [...current.querySelectorAll("input")];
      const byNumber = inputs.find((input) => input.value === event.key);
      const input = byNumber || (inputs[0].name === "preference" ? inputs[Number(event.key) - 1] : null);
      if (input) {
        input.checked = true;
        input.focus();
        input.dispatchEvent(new Event("change", { bubbles: true }));
      }
    } else if (event.key === "Enter" && event.target.matches("input, body")) {
      form.requestSubmit();
      event.preventDefault();
    }
  });

  choose(clips.length ? questions[0] : null);
  update();
})();
