// Keys, focus and the clipboard for those who have JavaScript; every page works without this file.
"use strict";
(() => {
  const find = (selector, within = document) => within.querySelector(selector);
  const all = () => [...document.querySelectorAll(".rows .to-case")];
  const links = () => all().filter((link) => link.checkVisibility());  // those folded away are passed over
  const typing = (element) => element.closest("input:not([type=hidden], [type=checkbox]), textarea, select, [contenteditable]");
  const wide = () => !matchMedia("(max-width: 959px)").matches;

  const current = () => {
    const seen = links();
    const focused = seen.indexOf(document.activeElement);
    return focused >= 0 ? focused : seen.findIndex((link) => link.hasAttribute("aria-current"));
  };
  const move = (step) => {
    const seen = links();
    if (!seen.length) return;
    const next = seen[Math.min(seen.length - 1, Math.max(0, current() + step))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  // While cases are selected, a verb is for all of them.
  const picked = () => document.querySelectorAll(".rows .pick :checked").length;
  // While an act is answered or a case comes, the pane shows one that is on its way out: a key would be for the wrong one.
  const busy = () => find("#pane form.htmx-request, #bulk.htmx-request, .to-case.htmx-request");
  // What is acted on is what is read: a key on the row of another case than the one beside it opens that first.
  const elsewhere = () => {
    const link = document.activeElement.closest(".rows .to-case:not([aria-current])");
    link?.click();
    return link;
  };
  const press = (verb) => {
    if (busy() || (!picked() && elsewhere())) return;
    find(picked() ? `#bulk button[value="${verb}"]` : `#pane button[name=verb][value="${verb}"], .samples [data-verb="${verb}"]`)?.click();
  };
  const focusOn = (selector) => {
    const field = find(selector);
    if (!field || (field.closest("#pane") && elsewhere())) return;
    field.closest("details:not([open])")?.setAttribute("open", "");
    field.focus();
    field.select?.();
  };

  // Ctrl and Enter in a longer text sends it, as the first button of its form does.
  const send = (field) => field.matches("textarea") && field.form && find("button", field.form)?.click();

  // What each key does. Which key that is, the page says: people may change it.
  const ACTIONS = {
    next: () => move(1),
    previous: () => move(-1),
    open: () => links()[current()]?.click(),
    needs_reply: () => press("needs_reply"),
    not_negative: () => press("not_negative"),
    praise: () => press("praise"),
    duplicate: () => press("duplicate"),
    escalate: () => press("escalate"),
    resolve: () => press("resolve"),
    snooze: () => press("snooze"),
    assign: () => focusOn("#to"),
    take: () => press("take"),
    tag: () => focusOn("#tag"),
    note: () => focusOn("#note"),
    reply: () => press("reply"),
    select: () => find("input[type=checkbox]", links()[current()]?.closest(".row") ?? document.createElement("p"))?.click(),
    undo: () => (find(".notice button:is([value=undo], [data-verb=undo])") ?? find("#act button[value=undo]"))?.click(),
    search: () => focusOn("#q, input[type=search]"),
    help: () => find("#keys")?.showModal(),
  };
  const keys = new Map([...document.querySelectorAll("#keys [data-key]")].map((row) => [row.dataset.key, row.dataset.action]));

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return send(event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && typing(event.target)) return event.target.blur();
    if (event.key === "Escape" && !find("dialog[open]")) return pick(boxes(), false);
    if (typing(event.target) || find("dialog[open]")) return;
    const action = keys.get(event.key);
    if (!ACTIONS[action]) return;
    event.preventDefault();
    if (!event.repeat || action === "next" || action === "previous") ACTIONS[action]();  // a key held down clears no queue
  });

  const tellPicked = () => {
    const told = find("#picked");
    if (told) told.textContent = told.dataset.many.replace("0", picked());
  };
  const boxes = () => [...document.querySelectorAll(".rows .pick input")];
  const pick = (some, whether) => {
    for (const box of some) box.checked = whether;
    tellPicked();
  };
  // With Shift, all from the last box to this one are as this one is now.
  let last = null;
  document.addEventListener("click", (event) => {
    const box = event.target.closest(".pick input");
    if (event.target.closest("#pick-all")) pick(boxes(), picked() < boxes().length);
    if (!box) return;
    const [from, to] = [boxes().indexOf(last), boxes().indexOf(box)].sort((one, other) => one - other);
    if (event.shiftKey && from >= 0) pick(boxes().slice(from, to + 1), box.checked);
    last = box;
  });
  find("#pick-all")?.removeAttribute("hidden");
  // Whoever picks a case picks those that are folded away beneath it: they say almost the same.
  document.addEventListener("change", (event) => {
    if (!event.target.closest(".pick")) return;
    const folded = find(":scope > details.below:not([open])", event.target.closest(".row"));
    for (const box of folded?.querySelectorAll(".pick input") ?? []) box.checked = event.target.checked;
    tellPicked();
  });
  if (picked()) tellPicked();

  // The reply goes to the clipboard and the source opens, then the form says that a person took it along.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-copy]");
    if (!button) return;
    copy(document.getElementById(button.dataset.copy));
    if (button.dataset.open) window.open(button.dataset.open, "_blank", "noopener,noreferrer");
  }, true);
  const copy = (field) => {
    const byHand = () => { field.select(); document.execCommand("copy"); };
    navigator.clipboard ? navigator.clipboard.writeText(field.value).catch(byHand) : byHand();
  };

  // After an act on many the next row is the one that has moved up to where the first of them stood.
  let stood = 0;
  document.addEventListener("submit", ({ target }) => {
    if (target.id === "bulk") stood = links().findIndex((link) => find(".pick :checked", link.closest(".row")));
  }, true);
  const afterMany = () => {
    tellPicked();
    if (!picked()) find("#bulk")?.reset();
    return links()[Math.min(Math.max(stood, 0), links().length - 1)];
  };

  const row = (opened) => opened ? find(`#row-${opened} .to-case`) : null;
  const show = (link) => {
    for (const other of all()) other.removeAttribute("aria-current");
    if (link && find("#pane")?.dataset.case) link.setAttribute("aria-current", "true");
    link?.closest("details:not([open])")?.setAttribute("open", "");
    link?.scrollIntoView({ block: "nearest" });
  };

  // Who looks at which case comes with "12 new"; a case that this list does not hold is passed over.
  let waiting = "";
  const place = () => {
    const told = find("#new a")?.textContent ?? "";
    if (told && told !== waiting) find("#status").textContent = told;
    waiting = told;
    for (const told of document.querySelectorAll("#new [data-at]")) {
      document.getElementById(`at-${told.dataset.at}`)?.replaceChildren(told.content.cloneNode(true));
    }
  };

  // What somebody writes is kept in this tab until it is sent: another act, or a look at another case, loses nothing.
  const WRITTEN = "#note, #reply-text, #told";
  const draft = (id) => ["draft", find(".who bdi")?.textContent, find("#pane")?.dataset.case, id].join(" ");
  document.addEventListener("input", ({ target }) => {
    if (!target.matches(WRITTEN)) return;
    if (target.value === target.defaultValue) sessionStorage.removeItem(draft(target.id));
    else sessionStorage.setItem(draft(target.id), target.value);
  });
  document.addEventListener("submit", ({ target }) => {
    const written = find(WRITTEN, target)?.id ?? (find("#reply-choice", target) && "reply-text");
    if (written) sessionStorage.removeItem(draft(written));
    if (target.getAttribute("action") === "/sign-out") sessionStorage.clear();
  }, true);
  const takeUpDrafts = () => {
    for (const field of document.querySelectorAll(WRITTEN)) field.value = sessionStorage.getItem(draft(field.id)) ?? field.value;
  };
  takeUpDrafts();

  // After a swap focus would fall to the body. After an act it goes to the row of the case that is now open, so that
  // the next key works on it; after a link to the case itself.
  // The list stays where it was: a new one in its place would begin anywhere.
  let scrolled = 0;
  document.addEventListener("htmx:beforeSwap", () => { scrolled = find(".scroll")?.scrollTop ?? 0; });
  // In the same breath as the swap: settling comes later, and would take the focus from who types on already.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target?.id === "new") place();
    if (event.detail.target?.id !== "pane" && event.detail.elt?.id !== "pane") return;
    takeUpDrafts();
    find(".scroll")?.scrollTo(0, scrolled);
    const acted = event.detail.requestConfig?.verb === "post";
    const here = row(find("#pane")?.dataset.case) ?? (acted && !find("#pane :is(h1, h2)") ? afterMany() : null);
    show(here);
    find("#pane")?.scrollTo(0, 0);
    find("#signed-out").replaceChildren();
    if (!wide()) scrollTo(0, 0);
    const chosen = new URLSearchParams(location.search).has("reply") && !acted && find("#reply-text");
    const next = acted && wide() && !find("#pane [role=alert]") ? here : null;
    (chosen || next || (find("#case-title") ?? find("#pane h1") ?? links()[0] ?? find("#main")))?.focus({ preventScroll: !chosen });
  });

  // What is chosen among views and pages may stand beyond the edge of a narrow screen.
  for (const chosen of document.querySelectorAll("nav [aria-current]")) chosen.scrollIntoView({ block: "nearest", inline: "nearest" });
  row(find("#pane")?.dataset.case)?.scrollIntoView({ block: "nearest" });

  // An act on many, or one that was sent before htmx had come, is answered by a whole page: the focus is on a row all
  // the same, and what was done is said once more, for what stands in a page as it comes is not read out.
  const asked = new URLSearchParams(location.search);
  if ((asked.has("did") || asked.has("batch")) && document.activeElement === document.body) {
    (row(find("#pane")?.dataset.case) ?? links()[0])?.focus({ preventScroll: true });
    const told = find("#status"), words = told.textContent;
    told.textContent = "";
    setTimeout(() => { told.textContent = words; }, 200);
  }

  // A list that could not be reached says so instead of doing nothing, until it can be.
  document.addEventListener("htmx:afterOnLoad", () => { find("#status").className = "unseen"; });
  document.addEventListener("htmx:sendError", () => {
    find("#status").textContent = find("#status").dataset.offline;
    find("#status").className = "alert offline";
  });

  // A menu closes when the person goes elsewhere.
  document.addEventListener("click", (event) => {
    const menu = find("details.who[open]");
    if (menu && !menu.contains(event.target)) menu.open = false;
  });
})();
