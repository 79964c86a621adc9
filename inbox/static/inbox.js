// Keys and focus for those who have JavaScript; every page works without this file.
"use strict";
(() => {
  const find = (selector, within = document) => within.querySelector(selector);
  const links = () => [...document.querySelectorAll(".rows .to-case")];
  const typing = (element) => element.closest("input:not([type=hidden]), textarea, select, [contenteditable]");

  const current = () => {
    const all = links();
    const focused = all.indexOf(document.activeElement);
    return focused >= 0 ? focused : all.findIndex((link) => link.hasAttribute("aria-current"));
  };
  const move = (step) => {
    const all = links();
    if (!all.length) return;
    const next = all[Math.min(all.length - 1, Math.max(0, current() + step))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  const press = (verb) => find(`#act button[value="${verb}"]`)?.click();
  const focusOn = (selector) => find(selector)?.focus();

  const KEYS = {
    j: ["next case", () => move(1)],
    k: ["previous case", () => move(-1)],
    o: ["open the case", () => links()[current()]?.click()],
    e: ["resolve, and on to the next", () => press("resolve")],
    i: ["assign to me", () => press("take")],
    s: ["snooze", () => press("snooze")],
    n: ["write a note", () => focusOn("#note")],
    z: ["undo my last change", () => (find(".notice button[value=undo]") ?? find("#act button[value=undo]"))?.click()],
    "/": ["search", () => focusOn("#q, input[type=search]")],
    "?": ["these keys", () => showKeys()],
  };

  const showKeys = () => {
    const dialog = find("dialog.keys") ?? makeDialog();
    if (!dialog.open) dialog.showModal();
  };
  const element = (name, text = "", parts = []) => {
    const made = document.createElement(name);
    made.textContent = text;
    made.append(...parts);
    return made;
  };
  const makeDialog = () => {
    const dialog = element("dialog");
    dialog.className = "keys";
    const title = element("h2", "Keys");
    title.id = "keys-title";
    dialog.setAttribute("aria-labelledby", title.id);
    const pairs = [...Object.entries(KEYS).map(([key, [said]]) => [key, said]), ["Enter", "open the case in focus"]];
    const rows = pairs.map(([key, said]) => element("div", "", [element("dt", "", [element("kbd", key)]), element("dd", said)]));
    const form = element("form", "", [element("button", "Close")]);
    form.method = "dialog";
    dialog.append(title, element("dl", "", rows), form);
    document.body.append(dialog);
    return dialog;
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && typing(event.target)) return event.target.blur();
    if (typing(event.target) || find("dialog[open]")) return;
    const known = KEYS[event.key];
    if (!known) return;
    event.preventDefault();
    known[1]();
  });

  // After a swap focus would fall to the body: it goes to the case that is now open, or to the list.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target?.id !== "pane" && event.detail.elt?.id !== "pane") return;
    const pane = find("#pane");
    const opened = pane?.dataset.case;
    for (const link of links()) {
      const here = link.closest(".row").id === `row-${opened}`;
      here ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
      if (here) link.scrollIntoView({ block: "nearest" });
    }
    pane?.scrollTo(0, 0);
    if (matchMedia("(max-width: 959px)").matches) scrollTo(0, 0);
    (find("#case-title") ?? find("#pane h1") ?? links()[0] ?? find("#main"))?.focus({ preventScroll: true });
  });

  // A list that could not be reached says so instead of doing nothing.
  document.addEventListener("htmx:sendError", () => {
    find("#status").textContent = "Earful does not answer. Nothing was stored; is it still running?";
    find("#status").className = "alert offline";
  });

  // A menu closes when the person goes elsewhere.
  document.addEventListener("click", (event) => {
    const menu = find("details.who[open]");
    if (menu && !menu.contains(event.target)) menu.open = false;
  });
})();
