// The reviewer's page of a form: opinions beside their field, kept on the server while they are typed.
(() => {
  "use strict";
  const desk = document.getElementById("decide");
  if (!desk) return;
  const WAIT = 1200;
  const back = document.getElementById("return"), state = document.getElementById("opinion-state");
  let timer = 0, dirty = false;

  function open(button) {
    const cell = button.closest(".cell");
    let box = cell.querySelector("textarea.opinion");
    if (!box) {
      box = document.createElement("textarea");
      box.className = "opinion form-control";
      box.name = `remark:${button.dataset.opinion}`;
      box.rows = 2;
      box.setAttribute("form", back.id);
      box.setAttribute("aria-label", button.getAttribute("aria-label"));
      box.placeholder = "写在这个栏目旁的意见，随退回送达";
      cell.append(box);
      document.getElementById("reason").placeholder = "栏目旁写了意见的，这里可以不填";
    }
    return box;
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-opinion]");
    if (button) open(button).focus();
  });

  // what was kept comes back beside its field; what has no field any more stays with the reason
  for (const kept of back.querySelectorAll("[data-kept]")) {
    const button = document.querySelector(`[data-opinion="${CSS.escape(kept.dataset.kept)}"]`);
    if (!button) continue;
    open(button).value = kept.querySelector("textarea").value;
    kept.remove();
    const detail = button.closest(".detail");
    if (detail) detail.hidden = false;
  }

  function typed() {
    const sent = new URLSearchParams(new FormData(back));
    sent.set("opinion", document.getElementById("opinion").value);
    sent.set("csrfmiddlewaretoken", window.jiheng.csrf());
    return sent;
  }
  async function keep(leaving) {
    if (!dirty) return;
    dirty = false;
    clearTimeout(timer);
    try {
      const answer = await fetch(desk.dataset.keep, {
        method: "POST", body: typed(), keepalive: leaving, redirect: "error",
        headers: { Accept: "application/json", "X-CSRFToken": window.jiheng.csrf(), "HX-Request": "true" },
      });
      const words = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
      state.textContent = words.message ?? "意见没有存上，请先复制一份";
    } catch {
      dirty = true;
      state.textContent = "连不上服务器，意见还没有存上";
    }
  }
  document.addEventListener("input", (event) => {
    if (!event.target.form || !desk.contains(event.target.form)) return;
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(() => keep(false), WAIT);
  });
  addEventListener("pagehide", () => keep(true));
  // a decision sends what stands on the page: nothing is left to keep
  for (const form of desk.querySelectorAll("form")) form.addEventListener("submit", () => { dirty = false; clearTimeout(timer); });
})();
