// The editor of a form: drafts save themselves, rows move by keyboard, sums follow, questions stand beside
// their field. What could not reach the server stays in this browser until it does. See web/filing.py.
(() => {
  "use strict";
  const form = document.getElementById("sheet");
  const WAIT = 1200, RETRY = 10000;

  // ── more, questions: on every page of a form ──
  document.addEventListener("click", (event) => {
    const more = event.target.closest("[data-more]");
    if (more) {
      const detail = more.closest("tbody").querySelector(".detail");
      detail.hidden = !detail.hidden;
      more.setAttribute("aria-expanded", String(!detail.hidden));
    }
    const ask = event.target.closest("[data-ask]");
    if (ask) openAsk(ask.dataset.ask, ask.dataset.label);
    if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
    const link = event.target.closest('.findings a[href^="#f-"]');
    if (link) reveal(decodeURIComponent(link.hash.slice(1)), event);
  });

  function reveal(id, event) {
    const target = document.getElementById(id) ?? document.getElementById(id.replace(/\.[^.\]]*$/, ""));
    if (!target) return;
    event?.preventDefault();
    const detail = target.closest(".detail");
    if (detail) detail.hidden = false;
    target.scrollIntoView({ block: "center" });
    const cell = target.closest("[data-cell], td") ?? target;
    (cell.querySelector("input:not([type=hidden]), select, textarea") ?? target).focus({ preventScroll: true });
  }
  if (location.hash.startsWith("#f-")) addEventListener("load", () => reveal(decodeURIComponent(location.hash.slice(1))));
  for (const beside of document.querySelectorAll(".detail .beside")) beside.closest(".detail").hidden = false;

  function openAsk(field, label) {
    const box = document.getElementById("ask-box");
    if (!box) return;
    box.querySelector('[name="field"]').value = field;
    box.querySelector("[data-ask-label]").textContent = label || "整张表";
    box.showModal();
    box.querySelector("textarea").focus();
  }

  if (!form) return;

  // ── saving ──
  const state = document.getElementById("save-state");
  const backup = form.dataset.backup;
  const revision = () => form.querySelector('input[name="based_on"]:not([data-conflict-revision])');
  let timer = 0, dirty = false, saving = null, stopped = form.querySelector("#conflict").children.length > 0;

  const say = (text, kind = "") => { state.textContent = text; state.className = `save-state ${kind}`; };
  const fields = () => {
    const sent = new URLSearchParams(new FormData(form));
    sent.set("csrfmiddlewaretoken", window.jiheng.csrf());
    return sent;
  };

  function keep() {
    try {
      const kept = [...fields()].filter(([name]) => name !== "csrfmiddlewaretoken");
      localStorage.setItem(backup, JSON.stringify({ at: Date.now(), fields: kept }));
    } catch { /* a full or forbidden store is no reason to stop typing */ }
  }
  const forget = () => { try { localStorage.removeItem(backup); } catch { /* as above */ } };

  function changed() {
    dirty = true;
    sums();
    keep();
    if (stopped) return;
    say("正在填写…");
    clearTimeout(timer);
    timer = setTimeout(save, WAIT);
  }

  async function save(leaving = false) {
    if (!dirty || stopped) return;
    if (saving) { await saving; if (!dirty || stopped) return; }
    dirty = false;
    say("正在保存…");
    saving = send(leaving === true);
    await saving;
    saving = null;
  }

  async function send(leaving) {
    let answer;
    try {
      answer = await fetch(form.dataset.save, {
        method: "POST", body: fields(), keepalive: leaving, redirect: "error",
        headers: { Accept: "application/json", "X-CSRFToken": window.jiheng.csrf(), "HX-Request": "true" },
      });
    } catch {
      dirty = true;
      say("连不上服务器，已存在本机，连上后自动保存", "is-bad");
      timer = setTimeout(save, RETRY);
      return;
    }
    const words = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
    if (answer.ok) return saved(words);
    dirty = true;
    stopped = true;
    if (words.conflict) {
      const place = document.getElementById("conflict");
      place.innerHTML = words.conflict;
      place.scrollIntoView({ block: "start" });
      place.firstElementChild?.focus();
      say("有冲突，请在页面上方选择后保存", "is-bad");
    } else {
      const why = answer.status === 401 ? "登录已过期，请在新窗口重新登录，再点“保存草稿”" : words.message;
      say(`没有保存：${why ?? "服务器没有说明原因，请稍后点“保存草稿”"}（内容已存在本机）`, "is-bad");
    }
  }

  function saved(words) {
    revision().value = words.revision;
    if (!dirty) forget();
    const time = new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
    const found = words.errors || words.warnings ? `；检查：错误 ${words.errors} 处，警告 ${words.warnings} 处` : "；检查无问题";
    say(`已保存 ${time}${dirty ? "，正在填写…" : found}`, words.problems.length ? "is-bad" : "");
    for (const old of form.querySelectorAll(".beside-live")) old.remove();
    for (const problem of words.problems) beside(problem.field, problem.message);
  }

  function beside(field, message) {
    const cell = form.querySelector(`[data-cell="${CSS.escape(field)}"]`);
    if (!cell) return;
    cell.classList.add("is-wrong");
    const line = document.createElement("p");
    line.className = "beside beside-error beside-live";
    line.setAttribute("role", "alert");
    line.textContent = message;
    cell.querySelector(".said").append(line);
  }

  form.addEventListener("input", (event) => {
    event.target.closest(".cell")?.classList.remove("is-wrong");
    if (event.target.name?.startsWith("choice:")) return;
    changed();
  });
  form.addEventListener("change", (event) => { if (!event.target.name?.startsWith("choice:") && event.target.matches("select, [type=checkbox]")) changed(); });
  addEventListener("online", () => { if (dirty && !stopped) save(); });
  addEventListener("pagehide", () => { if (dirty && !stopped) { keep(); save(true); } });
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    clearTimeout(timer);
    if (event.submitter?.formAction.includes("/resolve/")) {
      const now = form.querySelector("[data-conflict-revision]");
      if (now) revision().value = now.value;
    }
    if (saving && !form.dataset.waited) {
      // the revision that an autosave under way will bring must go with it
      event.preventDefault();
      const button = event.submitter;
      saving.then(() => { form.dataset.waited = "1"; form.dataset.confirmed = "1"; form.requestSubmit(button); delete form.dataset.waited; delete form.dataset.confirmed; });
      return;
    }
    stopped = true;
    dirty = false;
    keep();
  });

  // ── what stayed in this browser ──
  function offer() {
    let kept;
    try { kept = JSON.parse(localStorage.getItem(backup)); } catch { return; }
    if (!kept) return;
    const same = (rows) => rows.filter(([name]) => !["csrfmiddlewaretoken", "based_on"].includes(name) && !name.startsWith("choice:")).map(String).sort().join("\n");
    if (same(kept.fields) === same([...fields()])) return forget();
    const box = document.getElementById("restore");
    box.querySelector("span").textContent = new Date(kept.at).toLocaleString("zh-CN");
    box.hidden = false;
    box.querySelector("[data-restore]").addEventListener("click", () => { restore(kept.fields); box.hidden = true; });
    box.querySelector("[data-forget]").addEventListener("click", () => { forget(); box.hidden = true; });
  }
  function restore(kept) {
    const values = new Map();
    for (const [name, value] of kept) values.set(name, [...(values.get(name) ?? []), value]);
    for (const table of form.querySelectorAll("[data-rows]")) {
      const keys = (values.get(`${table.dataset.rows}[]`) ?? []).filter(Boolean);
      for (const row of rowsOf(table)) if (!keys.includes(row.dataset.row)) row.remove();
      for (const key of keys) place(table, rowsOf(table).find((row) => row.dataset.row === key) ?? blank(table.dataset.rows, key));
    }
    for (const field of form.elements) {
      if (!values.has(field.name) || ["csrfmiddlewaretoken", "based_on"].includes(field.name) || field.name.endsWith("[]")) continue;
      const given = values.get(field.name);
      if (field.type === "checkbox") field.checked = given.includes(field.value);
      else if (field.type !== "hidden" && field.type !== "radio") field.value = given.at(-1);
    }
    changed();
  }

  // ── rows ──
  const rowsOf = (table) => [...table.querySelectorAll(":scope > tbody[data-row]")];
  function blank(collection, key) {
    const source = form.querySelector(`template[data-row-blank="${collection}"]`);
    const box = document.createElement("table");
    box.innerHTML = source.innerHTML.replaceAll("__key__", key);
    return box.querySelector("tbody");
  }
  const newKey = () => `k${Date.now().toString(36)}${Math.floor(Math.random() * 1296).toString(36)}`;
  function place(table, row, before = null) { table.insertBefore(row, before ?? table.querySelector(":scope > tfoot")); }
  function add(table, after = null) {
    const row = blank(table.dataset.rows, newKey());
    place(table, row, after?.nextElementSibling);
    const level = row.querySelector("select.select-level");
    const above = (after ?? row.previousElementSibling)?.querySelector?.("select.select-level");
    if (level && above) level.value = above.value;
    return row;
  }
  const first = (row) => row.querySelector("textarea, input:not([type=hidden])");
  function move(row, step) {
    const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!other?.matches("tbody[data-row]")) return;
    const held = document.activeElement;
    if (step < 0) other.before(row); else other.after(row);
    held?.focus();
    changed();
  }
  async function remove(row) {
    const filled = [...row.querySelectorAll("textarea, input:not([type=hidden]):not([type=checkbox])")].some((field) => field.value.trim());
    if (filled && !(await window.jiheng.tell("请确认", "删去这一行？填好的内容会一并删去。", true))) return;
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    if (next?.matches("tbody[data-row]")) first(next)?.focus();
    changed();
  }
  form.addEventListener("click", (event) => {
    const adding = event.target.closest("[data-row-add]");
    if (adding) { first(add(form.querySelector(`[data-rows="${adding.dataset.rowAdd}"]`)))?.focus(); changed(); }
    const row = event.target.closest("tbody[data-row]");
    if (!row) return;
    if (event.target.closest("[data-row-up]")) move(row, -1);
    if (event.target.closest("[data-row-down]")) move(row, 1);
    if (event.target.closest("[data-row-remove]")) remove(row);
  });
  form.addEventListener("keydown", (event) => {
    const row = event.target.closest("tbody[data-row]");
    if (event.altKey && event.key.toLowerCase() === "q") {
      const tool = event.target.closest(".cell")?.querySelector("[data-ask]");
      if (tool) { event.preventDefault(); openAsk(tool.dataset.ask, tool.dataset.label); }
      return;
    }
    // Enter in a one-line field never files the form
    if (event.key === "Enter" && event.target.matches("input:not([type=radio]), textarea.one") && !event.isComposing) event.preventDefault();
    if (!row) return;
    const table = row.closest("[data-rows]");
    if (event.altKey && ["ArrowUp", "ArrowDown", "Insert", "Delete"].includes(event.key)) {
      event.preventDefault();
      if (event.key === "ArrowUp") move(row, -1);
      if (event.key === "ArrowDown") move(row, 1);
      if (event.key === "Insert") { first(add(table, row))?.focus(); changed(); }
      if (event.key === "Delete") remove(row);
    } else if (event.target.matches("input.cell-input, textarea.one") && (event.key === "ArrowUp" || event.key === "ArrowDown" || (event.key === "Enter" && !event.isComposing))) {
      const name = event.target.name.replace(/^.*\]/, "");
      const near = event.key === "ArrowUp" ? row.previousElementSibling : row.nextElementSibling;
      const target = near?.querySelector?.(`[name$="]${CSS.escape(name)}"]:not([type=hidden])`);
      if (target) { event.preventDefault(); target.focus(); target.select?.(); }
    }
  });

  // ── sums of weights, exact: in units of the last decimal ──
  function scaled(text) {
    const found = /^\s*(-?\d+)(?:\.(\d{1,6}))?\s*$/.exec(text.normalize("NFKC").replaceAll(",", ""));
    return found ? BigInt(found[1] + (found[2] ?? "").padEnd(6, "0")) : 0n;
  }
  function plain(whole) {
    const text = whole.toString().padStart(7, "0");
    return `${text.slice(0, -6)}.${text.slice(-6)}`.replace(/\.?0+$/, "");
  }
  function sums() {
    const box = form.querySelector("[data-sums]"), table = form.querySelector("[data-sum]");
    if (!box || !table) return;
    const levels = new Map();
    let total = 0n;
    for (const row of rowsOf(table)) {
      const weight = scaled(row.querySelector(`[name$="].${table.dataset.sum}"]`)?.value ?? "");
      const level = row.querySelector("select.select-level")?.value.split("|")[0] ?? "";
      levels.set(level, (levels.get(level) ?? 0n) + weight);
      total += weight;
    }
    box.querySelector("[data-sum-total]").textContent = plain(total);
    for (const one of box.querySelectorAll("[data-sum-level]")) one.textContent = plain(levels.get(one.dataset.sumLevel) ?? 0n);
  }

  window.jihengForm = { form, rowsOf, add, blank, changed, beside, first };
  sums();
  if (!stopped) offer();
})();
