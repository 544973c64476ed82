// A block of cells copied in Excel, pasted into the indicator table: the server reads it, the page fills its rows.
(() => {
  "use strict";
  const editor = window.jihengForm;
  if (!editor) return;
  const { form } = editor;
  const url = form.dataset.pasteUrl;
  if (!url) return;
  const table = form.querySelector("[data-paste]");

  async function paste(text, column, row) {
    const body = new URLSearchParams({ text, column });
    let answer;
    try {
      answer = await fetch(url, { method: "POST", body, redirect: "error", headers: { "X-CSRFToken": window.jiheng.csrf(), "HX-Request": "true" } });
    } catch { answer = null; }
    if (!answer?.ok) return window.jiheng.tell("没有粘贴", "服务器没有读出这片单元格，请检查网络后再试一次。");
    const block = await answer.json();
    let at = row;
    for (const line of block.rows) {
      at ??= editor.add(table);
      for (const [name, value] of Object.entries(line.cells)) put(at, name, value);
      for (const [name, message] of Object.entries(line.problems)) editor.beside(`${table.dataset.rows}[${at.dataset.row}].${name}`, message);
      at = at.nextElementSibling?.matches("tbody[data-row]") ? at.nextElementSibling : null;
    }
    if (block.rows.length) editor.changed();
    window.jiheng.tell("粘贴", block.note);
  }

  function put(row, name, value) {
    const field = row.querySelector(`[name$="].${name}"]:not([type=hidden])`);
    if (!field) return;
    if (field.tagName === "SELECT" && ![...field.options].some((option) => option.value === value)) {
      const strange = new Option(`${value.replace("|", "·")}（不在可选范围）`, value);
      field.add(strange, 0);
    }
    field.value = value;
  }

  table?.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!text.includes("\t") && !/\n.*\S/.test(text.trim())) return;
    event.preventDefault();
    const field = event.target.closest("[name]");
    paste(text, field?.name.split("].").pop() ?? "", event.target.closest("tbody[data-row]"));
  });

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-paste-open]")) return;
    const box = document.createElement("dialog");
    box.className = "notice-box";
    box.innerHTML = '<h2>从 Excel 粘贴</h2><p class="help">在 Excel 里选中指标的若干行（可带表头；官方表列序：一级、二级、三级指标、指标值、分值、备注），复制后贴到下面。指标值写成“≥95%”会自动分开符号、数值和单位。</p><textarea class="form-control" rows="8" aria-label="粘贴的单元格"></textarea><p class="form-ends"><button type="button" class="btn btn-primary" data-ok>加到表尾</button> <button type="button" class="btn" data-no>取消</button></p>';
    document.body.append(box);
    box.showModal();
    box.addEventListener("close", () => box.remove());
    box.querySelector("[data-no]").addEventListener("click", () => box.close());
    box.querySelector("[data-ok]").addEventListener("click", () => {
      const text = box.querySelector("textarea").value;
      box.close();
      paste(text, "", null);
    });
  });
})();
