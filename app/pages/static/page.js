// Optional: the page says everything without it. Counts down, and never acts.
"use strict";

(() => {
  const STALE_AFTER = 20000;

  // Under its own address: after a refused form this page came from a POST.
  const renew = () => {
    const [, room, token] = location.pathname.split("/");
    const isWriting = [...document.querySelectorAll("textarea, input[type=time]")]
      .some((field) => field.value !== field.defaultValue);
    const isOpen = document.querySelector("details[open]");
    if (!isWriting && !isOpen) location.replace(`/${room}/${token}`);
  };

  const pad = (number) => String(number).padStart(2, "0");
  const show = (left) => {
    const hours = Math.floor(left / 3600);
    const minutes = Math.floor((left % 3600) / 60);
    const seconds = pad(left % 60);
    return hours ? `${hours}:${pad(minutes)}:${seconds}` : `${minutes}:${seconds}`;
  };

  const begun = Date.now();
  for (const timer of document.querySelectorAll("[data-left]")) {
    const total = Number(timer.dataset.left);
    if (!total) continue;
    const ticking = setInterval(() => {
      const left = total - Math.floor((Date.now() - begun) / 1000);
      if (left > 0) {
        timer.textContent = show(left);
        return;
      }
      clearInterval(ticking);
      const sentence = timer.closest("[data-done]");
      if (sentence) sentence.textContent = sentence.dataset.done;
      setTimeout(renew, 2000);
    }, 250);
  }

  // Somebody else may have accepted while the phone was in a pocket.
  let hiddenAt = 0;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hiddenAt = Date.now();
    else if (hiddenAt && Date.now() - hiddenAt > STALE_AFTER) renew();
  });
})();
