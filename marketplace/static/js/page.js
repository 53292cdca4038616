// What pages do beyond their HTML. Everything works without it: a form is still a form, a menu still opens.
"use strict";

// A form is sent once: a second press while the first is under way does nothing. The server would notice, too.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  for (const button of form.querySelectorAll("button[type=submit]")) button.setAttribute("aria-disabled", "true");
  setTimeout(() => { delete form.dataset.sent; }, 15000);
});

// Coming back by the browser's button: what was half sent may be sent again; the server knows what it has.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("[data-once]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button[type=submit]")) button.removeAttribute("aria-disabled");
  }
});

// Menus close by Escape and by a press elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  if (document.activeElement && document.activeElement.matches(".tip-mark")) document.activeElement.blur();
});

const ready = (root) => {
  for (const button of root.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.onclick = () => window.print();
  }
  // A row of tabs or sections that is wider than the window begins where the reader is.
  for (const here of root.querySelectorAll(".sections [aria-current], .tabs [aria-current]")) {
    const row = here.closest("ul");
    const { left, right } = here.getBoundingClientRect();
    if (right > row.getBoundingClientRect().right) row.scrollLeft += left - row.getBoundingClientRect().left - 48;
  }
  // What explains a figure stays inside the window, or the frame of its table.
  for (const tip of root.querySelectorAll(".tip")) {
    const { left, right } = tip.getBoundingClientRect();
    const frame = (tip.closest(".table-wrap") || document.documentElement).getBoundingClientRect();
    const isLeft = left - Math.max(frame.left, 0) < 170;
    tip.classList.toggle("from-left", isLeft);
    tip.classList.toggle("from-right", !isLeft && Math.min(frame.right, document.documentElement.clientWidth) - right < 170);
  }
};
document.addEventListener("DOMContentLoaded", () => {
  ready(document);
  const refused = document.querySelector("[data-focus]");
  if (refused) refused.focus();
});
document.addEventListener("htmx:load", (event) => ready(event.target));
