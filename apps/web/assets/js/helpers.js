// Small comforts; every page works without them.
"use strict";
(() => {
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-filters] select")) event.target.form.requestSubmit();
  });

  // An empty filter says nothing: it stays out of the address.
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-filters]")) return;
    for (const field of event.target.elements) if (field.name && !field.value) field.disabled = true;
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("[data-filters] :disabled").forEach((field) => { field.disabled = false; });
  });

  document.addEventListener("click", async (event) => {
    const fill = event.target.closest("[data-fill-form]");
    if (fill) {
      const form = document.getElementById(fill.dataset.fillForm);
      form.elements.login.value = fill.dataset.fillLogin;
      form.elements.password.value = fill.dataset.fillPassword;
      form.querySelector("button").focus();
    }
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      await navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).textContent);
      copy.querySelector("span").textContent = copy.dataset.copied;
    }
    for (const menu of document.querySelectorAll(".switcher[open], .person[open], .confirm[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector(".switcher[open], .person[open], .confirm[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // The create form is drawn again while it is filled in. It stays where it was scrolled to, keeps what was typed while
  // the answer was on its way, and shows what is wrong.
  let scrolled = 0;
  let typed = [];

  function changedSince(field, sent) {
    if (!field.name || field.type === "radio" || field.type === "hidden") return false;
    if (field.type === "checkbox") return field.checked !== sent.getAll(field.name).includes(field.value);
    return field.value !== (sent.get(field.name) ?? field.value);
  }

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, requestConfig } = event.detail;
    if (target.id !== "event-form") return;
    if (!target.querySelector("#event-review")) scrolled = target.querySelector(".event-form-parts").scrollTop;
    typed = [...target.elements].filter((field) => changedSince(field, requestConfig.formData));
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const form = document.getElementById("event-form");
    if (event.detail.target.id !== "event-form" || !form) return;
    for (const field of typed) {
      const again = document.getElementById(field.id);
      if (again) Object.assign(again, { value: field.value, checked: field.checked });
    }
    const review = form.querySelector("#event-review");
    if (review) return review.focus();
    form.querySelector(".event-form-parts").scrollTop = scrolled;
    const wrong = form.querySelector(".field-error");
    if (!wrong) return;
    wrong.closest(".ask").querySelector("input:not([type=hidden]), select, textarea")?.focus({ preventScroll: true });
    wrong.scrollIntoView({ block: "center" });
  });
})();
