// A table of the accounts: every change saves itself, the server checks it and says at once what does not add
// up; a block of cells copied in Excel is pasted from the cell on; arrows move. See web/statements.py.
(() => {
  "use strict";
  const form = document.querySelector("[data-account]");
  const reveal = (id) => {
    const cell = document.getElementById(id);
    if (!cell) return false;
    cell.scrollIntoView({ block: "center", inline: "center" });
    cell.querySelector("input")?.focus({ preventScroll: true });
    return true;
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest('.findings a[href^="#f-"]');
    if (link && reveal(decodeURIComponent(link.hash.slice(1)))) event.preventDefault();
  });
  if (location.hash.startsWith("#f-")) addEventListener("load", () => reveal(decodeURIComponent(location.hash.slice(1))));
  if (!form) return;

  const WAIT = 700, RETRY = 10000;
  const state = document.getElementById("save-state");
  const say = (text, bad = false) => { state.textContent = text; state.classList.toggle("is-bad", bad); };
  const revisions = () => document.querySelectorAll('input[name="based_on"]');
  let timer = 0, dirty = false, saving = null, stopped = false, added = 0;

  // ── saving ──
  function changed() {
    dirty = true;
    if (stopped) return;
    say("正在填写…");
    clearTimeout(timer);
    timer = setTimeout(save, WAIT);
  }
  async function save() {
    clearTimeout(timer);
    if (saving) await saving;
    if (!dirty || stopped) return;
    dirty = false;
    saving = send();
    await saving;
    saving = null;
  }
  async function send() {
    say("正在保存…");
    const body = new URLSearchParams(new FormData(form));
    body.set("csrfmiddlewaretoken", window.jiheng.csrf());
    let answer;
    try {
      answer = await fetch(form.action, { method: "POST", body, redirect: "error", headers: { Accept: "application/json", "X-CSRFToken": window.jiheng.csrf(), "HX-Request": "true" } });
    } catch {
      dirty = true;
      say("连不上服务器，内容还在本页，连上后自动保存", true);
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
      say("有冲突，请在页面上方选择", true);
    } else say(`没有保存：${answer.status === 401 ? "登录已过期，请在新窗口重新登录后点“保存”" : words.message ?? "请稍后点“保存”"}`, true);
  }
  function saved(words) {
    for (const field of revisions()) field.value = words.revision;
    document.getElementById("said").innerHTML = words.top;
    const count = document.getElementById("said-count");
    count.replaceChildren();
    const tag = (text, colour) => { const one = document.createElement("span"); one.className = `tag tag-${colour}`; one.textContent = text; count.append(one, " "); };
    if (words.errors) tag(`错误 ${words.errors}`, "red");
    if (words.warnings) tag(`警告 ${words.warnings}`, "yellow");
    if (!words.errors && !words.warnings) tag("无错误", "green");
    for (const old of form.querySelectorAll(".said")) old.replaceChildren();
    for (const old of form.querySelectorAll(".is-wrong-input, .is-said")) old.classList.remove("is-wrong-input", "is-said");
    for (const [field, severity, message] of words.beside) {
      const cell = form.querySelector(`[data-cell="${CSS.escape(field)}"]`);
      if (!cell) continue;
      const line = document.createElement("span");
      line.className = `beside beside-${severity}`;
      line.textContent = message;
      cell.classList.add("is-said");
      cell.closest("tr").nextElementSibling.querySelector(".said").append(line);
      if (severity === "error") cell.querySelector("input")?.classList.add("is-wrong-input");
    }
    const time = new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
    say(dirty ? "正在填写…" : `已保存 ${time}，核对了 ${words.relations} 条等式`);
  }
  document.getElementById("conflict").addEventListener("click", (event) => {
    const mine = event.target.closest("[data-mine]");
    if (mine) {
      for (const field of revisions()) field.value = mine.dataset.mine;
      document.getElementById("conflict").replaceChildren();
      stopped = false;
      dirty = true;
      save();
    }
    if (event.target.closest("[data-theirs]")) { dirty = false; location.reload(); }
  });
  form.addEventListener("input", changed);
  form.addEventListener("submit", (event) => { event.preventDefault(); dirty = true; stopped = false; save(); });
  addEventListener("online", () => { if (dirty) save(); });
  addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
  // a verb waits for what is being saved, so that its revision is the right one
  for (const verb of document.querySelectorAll("form[data-waits]")) {
    verb.addEventListener("submit", (event) => {
      if (event.defaultPrevented || (!dirty && !saving)) return;
      event.preventDefault();
      save().then(() => saving).then(() => { if (!dirty) { verb.dataset.confirmed = "1"; verb.requestSubmit(); } });
    });
  }

  // ── moving and pasting ──
  const rows = () => [...form.querySelectorAll("[data-grid] tr[data-row]")];
  const inputs = (row) => [...row.querySelectorAll('input.cell-input:not([type="hidden"])')];
  const columnOf = (field) => [...field.closest("tr").children].indexOf(field.closest("td, th"));
  const at = (row, column) => row?.children[column]?.querySelector("input.cell-input") ?? null;
  function step(field, by) {
    const all = rows(), column = columnOf(field);
    for (let next = all.indexOf(field.closest("tr")) + by; next >= 0 && next < all.length; next += by) {
      const found = at(all[next], column);
      if (found) { found.focus(); found.select(); return; }
    }
  }
  form.addEventListener("keydown", (event) => {
    if (!event.target.matches("input.cell-input") || event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "Enter") { event.preventDefault(); step(event.target, 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); step(event.target, -1); }
  });
  function cellsOf(text) {
    const found = [[]];
    let cell = "", quoted = false;
    for (let place = 0; place < text.length; place += 1) {
      const sign = text[place];
      if (quoted) {
        if (sign === '"' && text[place + 1] === '"') { cell += '"'; place += 1; } else if (sign === '"') quoted = false; else cell += sign;
      } else if (sign === '"' && cell === "") quoted = true;
      else if (sign === "\t") { found.at(-1).push(cell); cell = ""; }
      else if (sign === "\n") { found.at(-1).push(cell); cell = ""; found.push([]); }
      else if (sign !== "\r") cell += sign;
    }
    found.at(-1).push(cell);
    while (found.length > 1 && found.at(-1).every((one) => !one.trim())) found.pop();
    return found;
  }
  form.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!event.target.matches("input.cell-input") || !(text.includes("\t") || /\n.*\S/.test(text.trim()))) return;
    event.preventDefault();
    const block = cellsOf(text), column = columnOf(event.target), all = rows();
    let place = all.indexOf(event.target.closest("tr")), put = 0, lost = 0;
    for (const line of block) {
      const row = all[place];
      if (!row) { lost += line.filter((one) => one.trim()).length; continue; }
      line.forEach((value, offset) => {
        const field = at(row, column + offset);
        if (field) { field.value = value.trim(); put += 1; if (field.matches("[data-code]")) coded(field); } else if (value.trim()) lost += 1;
      });
      place += 1;
    }
    changed();
    if (lost) window.jiheng.tell("粘贴", `贴上 ${put} 格；有 ${lost} 格超出了表的范围，没有贴。`);
  });

  // ── added rows ──
  function rename(row, key) {
    const old = row.dataset.row;
    row.dataset.row = key;
    row.nextElementSibling.dataset.said = key;
    for (const field of row.querySelectorAll("input")) {
      if (field.name === "open") field.value = key;
      else field.name = field.name.replace(`.${old}.`, `.${key}.`).replace(new RegExp(`^([lkr])\\.${old}$`), `$1.${key}`);
    }
    for (const cell of row.querySelectorAll("[data-cell]")) {
      cell.dataset.cell = cell.dataset.cell.replace(`[${old}]`, `[${key}]`);
      cell.id = `f-${cell.dataset.cell}`;
    }
  }
  // tables know each other's rows by their code
  function coded(field) {
    const row = field.closest("tr"), code = field.value.normalize("NFKC").trim();
    if (!/^\d{3}(\d{2}){0,2}$/.test(code)) return;
    const taken = rows().some((other) => other !== row && other.dataset.row === `c${code}`);
    if (!taken) rename(row, `c${code}`);
  }
  form.addEventListener("change", (event) => { if (event.target.matches("[data-code]")) { coded(event.target); changed(); } });
  form.addEventListener("click", (event) => {
    if (event.target.closest("[data-add]")) {
      const box = document.createElement("table");
      added += 1;
      const key = `k${Date.now().toString(36)}${added}`;
      box.innerHTML = `<tbody>${document.getElementById("blank-row").innerHTML.replaceAll("__key__", key)}</tbody>`;
      const [row, said] = box.querySelectorAll("tr"), open = rows().filter((one) => one.querySelector('[name="open"]'));
      const total = rows().find((one) => one.classList.contains("sum"));
      if (open.length) open.at(-1).nextElementSibling.after(row, said);
      else if (total) total.before(row, said);
      else form.querySelector("[data-grid] tbody").append(row, said);
      inputs(row)[0]?.focus();
    }
    const gone = event.target.closest("[data-remove]")?.closest("tr");
    if (gone) { gone.nextElementSibling.remove(); gone.remove(); changed(); }
  });
})();
