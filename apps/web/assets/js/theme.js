// Light, dark or as the system: remembered in a cookie, which the server reads, so that no page flashes.
"use strict";
document.documentElement.classList.add("js");

document.addEventListener("click", (event) => {
  const chosen = event.target.closest("[data-theme-choice]");
  if (!chosen) return;
  const theme = chosen.dataset.themeChoice;
  document.documentElement.dataset.theme = theme;
  document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button === chosen));
  }
});
