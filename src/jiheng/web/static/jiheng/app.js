// What pages share: the CSRF header of htmx, errors in a dialog, and the data-* attributes that shell.py lists.
(() => {
  "use strict";
  const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";
  const dialog = () => document.getElementById("notice");

  function tell(title, text, ask) {
    const box = dialog();
    box.querySelector("h2").textContent = title;
    document.getElementById("notice-text").textContent = text;
    box.querySelector('[value="cancel"]').hidden = !ask;
    box.querySelector('[value="ok"]').textContent = ask ? "确定" : "知道了";
    box.returnValue = "cancel";
    box.showModal();
    return new Promise((done) => {
      box.addEventListener("close", () => done(box.returnValue === "ok"), { once: true });
    });
  }
  // a login in another window changes the token: the cookie knows, this page does not
  const csrf = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? meta("csrf-token");
  document.addEventListener("submit", (event) => {
    const token = event.target.querySelector("input[name=csrfmiddlewaretoken]");
    if (token) token.value = csrf();
  }, true);
  window.jiheng = { tell, csrf };

  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = csrf();
  });
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    tell("请确认", event.detail.question, true).then((yes) => yes && event.detail.issueRequest(true));
  });
  document.addEventListener("htmx:responseError", (event) => {
    const answer = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    const words = answer.querySelector("[data-message] p")?.textContent.trim();
    tell(answer.querySelector("h1")?.textContent.trim() || "没有办成", words || "服务器没有说明原因，请稍后再试。");
  });
  document.addEventListener("htmx:sendError", () => {
    tell("连不上服务器", "本页内容仍在，请检查网络后再试一次。");
  });

  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field.matches("[data-check-all]")) {
      for (const box of document.querySelectorAll(`input[type=checkbox][name="${field.dataset.checkAll}"]`)) {
        if (!box.disabled) box.checked = field.checked;
      }
      field.dispatchEvent(new CustomEvent("jiheng:checked", { bubbles: true }));
    }
    const form = field.closest("form[data-autosubmit]");
    if (form && field.matches("select, input[type=date], input[type=checkbox]")) {
      if (form.classList.contains("top-year")) {
        location.search = new URLSearchParams({ work: field.value }).toString();
      } else form.requestSubmit();
    }
  });

  document.addEventListener("submit", (event) => {
    const words = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
    if (words && !event.target.dataset.confirmed) {
      event.preventDefault();
      const button = event.submitter;
      tell("请确认", words, true).then((yes) => {
        if (!yes) return;
        event.target.dataset.confirmed = "1";
        event.target.requestSubmit(button);
        delete event.target.dataset.confirmed;
      });
      return;
    }
    if (event.target.method === "get" && event.target.classList.contains("filters")) {
      // only what was chosen stays in the address
      for (const field of event.target.elements) if (field.name && !field.value) field.disabled = true;
    }
    if (event.target.method === "post" && !event.defaultPrevented) {
      for (const button of event.target.querySelectorAll("button:not([type=button])")) {
        setTimeout(() => { button.disabled = true; }, 0);
        setTimeout(() => { button.disabled = false; }, 8000);
      }
    }
  });
  window.addEventListener("pageshow", () => {
    for (const field of document.querySelectorAll(".filters :disabled, form button:disabled:not([data-off])")) field.disabled = false;
  });

  async function copy(button) {
    const text = document.querySelector(button.dataset.copy)?.textContent.trim() ?? "";
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    const words = button.textContent;
    button.textContent = "已复制";
    setTimeout(() => { button.textContent = words; }, 1500);
  }

  document.addEventListener("click", (event) => {
    const toggle = event.target.closest("[data-toggle]");
    if (toggle) {
      const target = document.querySelector(toggle.dataset.toggle);
      const open = target.classList.toggle("is-open");
      if (!target.classList.contains("side")) target.hidden = !open;
      toggle.setAttribute("aria-expanded", String(open));
      return;
    }
    const side = document.getElementById("side");
    if (side?.classList.contains("is-open") && !event.target.closest("#side")) {
      side.classList.remove("is-open");
      document.querySelector(".side-toggle")?.setAttribute("aria-expanded", "false");
    }
    const copying = event.target.closest("[data-copy]");
    if (copying) copy(copying);
    if (event.target.closest("[data-print]")) window.print();
    if (event.target.closest("[data-back]")) history.back();
  });
})();
