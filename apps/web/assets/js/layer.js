// The create dialog and the panel: real modal dialogs in #layer, each with an address of its own over the list's.
"use strict";
(() => {
  const layer = () => document.getElementById("layer");
  const shown = () => layer()?.querySelector("dialog[data-layer]");
  const here = () => location.pathname + location.search;

  function open(dialog) {
    dialog.removeAttribute("open");
    dialog.showModal();
    (dialog.querySelector("[data-first]:checked") || dialog.querySelector("[data-first]") || dialog.querySelector("[data-close]"))?.focus();
    // What is outside a modal dialog cannot be reached; its messages must be.
    dialog.append(document.getElementById("toasts"));
  }

  function clear() {
    const dialog = shown();
    if (!dialog) return;
    document.body.append(document.getElementById("toasts"));
    const opener = document.getElementById(dialog.dataset.opener);
    layer().replaceChildren();
    opener?.focus();
  }

  function leave() {
    clear();
    if (history.state?.layer === "pushed") history.back();
    else history.pushState(null, "", layer().dataset.base);
  }

  document.addEventListener("DOMContentLoaded", () => {
    const dialog = shown();
    if (!dialog) return;
    if (!history.state?.layer) history.replaceState({ layer: "direct" }, "", here());
    open(dialog);
  });

  // From the panel to its dialog: the messages do not go with what is taken away.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id === "layer" && shown()) document.body.append(document.getElementById("toasts"));
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "layer" || !shown()) return;
    if (shown().dataset.url !== here()) history.pushState({ layer: "pushed" }, "", shown().dataset.url);
    open(shown());
  });

  // `close` does not bubble, so it is heard on its way down.
  document.addEventListener("close", (event) => { if (event.target === shown()) leave(); }, true);

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) shown()?.close();
    if (event.target === shown() && shown().classList.contains("panel") && outside(event, shown())) shown().close();
    const opens = event.target.closest("[data-opens]");
    if (opens) document.getElementById(opens.dataset.opens).showModal();
  });

  function outside(event, dialog) {
    const box = dialog.getBoundingClientRect();
    return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
  }

  window.addEventListener("popstate", (event) => {
    if (!layer()) return;
    if (event.state?.layer) htmx.ajax("GET", here(), "#layer");
    else clear();
  });
})();
