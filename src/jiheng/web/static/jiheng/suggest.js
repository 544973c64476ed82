// Suggestions from the library under an indicator's name: typed words are looked for, arrows and Enter choose,
// Escape closes. The list is drawn by the server (web/goal_suggest.py) and fetched by htmx.
(() => {
  "use strict";
  const editor = window.jihengForm;
  const url = editor?.form.dataset.suggestUrl;
  if (!url) return;
  const { form } = editor;
  const table = form.querySelector('[data-rows="indicators"]');
  if (!table) return;
  const WAIT = 120;

  const box = document.createElement("ul");
  box.id = "suggest-box";
  box.className = "suggest-box";
  box.hidden = true;
  box.setAttribute("role", "listbox");
  box.setAttribute("aria-label", "指标库里的指标");
  box.setAttribute("hx-sync", "this:replace");
  document.body.append(box);
  // a suggestion that did not come is no reason to disturb who writes
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:afterRequest"]) {
    box.addEventListener(name, (event) => event.stopPropagation());
  }

  let field = null, timer = 0, active = -1, asked = 0;
  const isName = (target) => target?.matches?.('[name$="].name"]') && table.contains(target);
  const rowOf = (target) => target.closest("tbody[data-row]");
  const options = () => [...box.querySelectorAll('[role="option"]')];

  function dress(target) {
    if (target.getAttribute("role") === "combobox") return;
    target.setAttribute("role", "combobox");
    target.setAttribute("aria-autocomplete", "list");
    target.setAttribute("aria-controls", box.id);
    target.setAttribute("aria-expanded", "false");
  }

  function put() {
    const at = field.getBoundingClientRect();
    const width = Math.min(Math.max(at.width, 460), document.documentElement.clientWidth - 16);
    box.style.width = `${width}px`;
    box.style.left = `${Math.max(8, Math.min(at.left, document.documentElement.clientWidth - width - 8)) + scrollX}px`;
    const room = innerHeight - at.bottom, above = room < box.offsetHeight + 8 && at.top > room;
    box.style.top = `${above ? at.top + scrollY - box.offsetHeight - 2 : at.bottom + scrollY + 2}px`;
  }

  async function ask(target) {
    if (!navigator.onLine) return;
    const number = ++asked;
    field = target;
    dress(field);
    const level = rowOf(field).querySelector("select.select-level")?.value ?? "";
    try {
      await window.htmx.ajax("GET", url, { source: box, target: box, swap: "innerHTML", values: { text: field.value.trim(), level } });
    } catch {
      if (number === asked) close();
      return;
    }
    if (number !== asked || field !== target || document.activeElement !== target) return;
    active = -1;
    field.removeAttribute("aria-activedescendant");
    if (!box.children.length) return close();
    box.hidden = false;
    put();
    box.scrollTop = 0;
    field.setAttribute("aria-expanded", "true");
  }

  function later(target) {
    close(); // what is listed answers words that are no longer there
    field = target;
    timer = setTimeout(() => ask(target), WAIT);
  }

  function close() {
    clearTimeout(timer);
    asked += 1;
    box.hidden = true;
    active = -1;
    field?.setAttribute("aria-expanded", "false");
    field?.removeAttribute("aria-activedescendant");
  }

  function mark(at) {
    const all = options();
    if (!all.length) return;
    active = (at + all.length) % all.length;
    all.forEach((option, place) => option.setAttribute("aria-selected", String(place === active)));
    all[active].scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", all[active].id);
  }

  function fill(row, name, value, only = false) {
    const input = row.querySelector(`[name$="].${name}"]:not([type=hidden])`);
    if (!input || value === "" || (only && input.value.trim())) return;
    if (input.tagName === "SELECT" && ![...input.options].some((option) => option.value === value)) return;
    input.value = value;
  }

  function choose(option) {
    const row = rowOf(field), told = option.dataset, target = field;
    fill(row, "name", told.name);
    fill(row, "level", told.level);
    fill(row, "operator", told.operator);
    fill(row, "unit", told.unit);
    fill(row, "target", told.target, true);
    fill(row, "basis", told.basis, true);
    fill(row, "source", told.source, true);
    const grows = row.querySelector('[name$="].accumulates"]:not([type=hidden])');
    if (grows?.type === "checkbox") grows.checked = told.accumulates === "1";
    close();
    editor.changed();
    const next = row.querySelector('[name$="].target"]:not([type=hidden])') ?? target;
    next.focus();
    next.select?.();
  }

  form.addEventListener("input", (event) => { if (isName(event.target)) later(event.target); });
  form.addEventListener("focusin", (event) => {
    if (!isName(event.target)) return;
    dress(event.target);
    if (!event.target.value.trim()) later(event.target);
  });
  form.addEventListener("focusout", (event) => { if (event.target === field) setTimeout(() => { if (document.activeElement !== field) close(); }, 150); });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-suggest]");
    if (!button) return;
    const name = rowOf(button).querySelector('[name$="].name"]:not([type=hidden])');
    name.focus();
    ask(name);
  });

  // before filing.js moves between rows
  form.addEventListener("keydown", (event) => {
    if (!isName(event.target) || box.hidden || event.altKey || event.isComposing) return;
    const keys = {
      ArrowDown: () => mark(active + 1),
      ArrowUp: () => mark(active < 0 ? -1 : active - 1),
      Enter: () => { if (active >= 0) choose(options()[active]); },
      Escape: close,
    };
    if (!keys[event.key] || (event.key === "Enter" && active < 0)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    keys[event.key]();
  }, true);

  box.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  box.addEventListener("click", (event) => {
    const option = event.target.closest('[role="option"]');
    if (option) choose(option);
  });
  addEventListener("resize", () => { if (!box.hidden) put(); });
})();
