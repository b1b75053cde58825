// Messages that go by themselves after ten seconds, unless someone points at them or stands in them.
"use strict";
(() => {
  const STAY = 10_000;

  function watch(toast) {
    let left = setTimeout(() => toast.remove(), STAY);
    const hold = () => clearTimeout(left);
    const go = () => { hold(); left = setTimeout(() => toast.remove(), STAY); };
    toast.addEventListener("pointerenter", hold);
    toast.addEventListener("pointerleave", go);
    toast.addEventListener("focusin", hold);
    toast.addEventListener("focusout", go);
  }

  function failed() {
    const said = document.getElementById("toast-failed");
    document.getElementById("toasts")?.replaceChildren(said.content.cloneNode(true));
  }

  document.addEventListener("DOMContentLoaded", () => {
    const region = document.getElementById("toasts");
    if (!region) return;
    region.querySelectorAll("[data-toast]").forEach(watch);
    new MutationObserver((changes) => {
      for (const change of changes) change.addedNodes.forEach((node) => node.matches?.("[data-toast]") && watch(node));
    }).observe(region, { childList: true });
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) event.target.closest("[data-toast]").remove();
  });

  // A refusal that says where it belongs is shown there; any other failure gets the general message.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status >= 400 && xhr.getResponseHeader("HX-Retarget")) event.detail.shouldSwap = true;
  });
  document.addEventListener("htmx:responseError", (event) => {
    if (!event.detail.xhr.getResponseHeader("HX-Retarget")) failed();
  });
  document.addEventListener("htmx:sendError", failed);
})();
