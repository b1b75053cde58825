// Single-key shortcuts. They can be switched off (WCAG 2.1.4) and keep away from what is being typed.
"use strict";
(() => {
  const SWITCH = "shortcuts";
  const off = () => localStorage.getItem(SWITCH) === "off";
  const typing = (element) => element.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

  function step(by) {
    const rows = [...document.querySelectorAll("[data-row]")];
    if (!rows.length) return;
    const now = rows.indexOf(document.activeElement);
    const next = now < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(now + by, 0), rows.length - 1);
    rows[next].focus();
    rows[next].scrollIntoView({ block: "nearest" });
  }

  const actions = {
    "/": () => document.querySelector("[data-key=search]")?.focus(),
    c: () => document.querySelector("[data-key=create]")?.click(),
    j: () => step(1),
    k: () => step(-1),
    "?": () => document.getElementById("keys-help")?.showModal(),
  };

  const inPanel = {
    e: () => document.querySelector("dialog:modal [data-key=edit]")?.click(),
  };

  function table() {
    const dialog = document.querySelector("dialog:modal");
    if (!dialog) return actions;
    return dialog.classList.contains("panel") ? inPanel : {};
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (off() || typing(event.target)) return;
    const act = Object.hasOwn(table(), event.key) && table()[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  document.addEventListener("DOMContentLoaded", () => {
    const box = document.querySelector("[data-keys-on]");
    if (!box) return;
    box.checked = !off();
    box.addEventListener("change", () => localStorage.setItem(SWITCH, box.checked ? "on" : "off"));
  });
})();
