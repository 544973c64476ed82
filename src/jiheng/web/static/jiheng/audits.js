// 文件审核: files dropped on the upload are listed before they are sent; the mark whose panel is shown is outlined.
(() => {
  "use strict";
  const MB = 1024 * 1024;

  function list(input) {
    const place = document.querySelector(input.dataset.drop);
    const most = Number(place.dataset.most), atOnce = Number(place.dataset.atOnce);
    const lines = [...input.files].map((file) => {
      const line = document.createElement("li");
      const size = file.size >= MB ? `${(file.size / MB).toFixed(1)} MB` : `${Math.max(1, Math.round(file.size / 1024))} KB`;
      line.textContent = `${file.name}　${size}`;
      if (file.size > most * MB) {
        line.className = "wrong";
        line.textContent += `　超过 ${most} MB，不会被接收`;
      }
      return line;
    });
    const sum = [...input.files].reduce((size, file) => size + file.size, 0);
    const together = Number(place.dataset.mostTogether);
    const warnings = [];
    if (lines.length > atOnce) warnings.push(`选了 ${lines.length} 份，一次最多 ${atOnce} 份，请分次上传`);
    if (sum > together * MB) warnings.push(`合计 ${(sum / MB).toFixed(0)} MB，一次最多 ${together} MB，请分次上传`);
    for (const words of warnings) {
      const line = document.createElement("li");
      line.className = "wrong";
      line.textContent = words;
      lines.unshift(line);
    }
    place.replaceChildren(...lines);
  }

  for (const input of document.querySelectorAll("input[data-drop]")) {
    const box = input.closest(".drop");
    input.addEventListener("change", () => list(input));
    for (const name of ["dragenter", "dragover"]) {
      box.addEventListener(name, (event) => { event.preventDefault(); box.classList.add("is-over"); });
    }
    for (const name of ["dragleave", "drop"]) {
      box.addEventListener(name, () => box.classList.remove("is-over"));
    }
    box.addEventListener("drop", (event) => {
      event.preventDefault();
      if (!event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      list(input);
    });
    list(input);
  }

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "panel") return;
    const on = event.target.querySelector("[data-on]")?.dataset.on ?? "";
    for (const mark of document.querySelectorAll("#paper [data-on]")) {
      mark.classList.toggle("is-on", mark.dataset.on === on && !mark.classList.contains("words"));
    }
    event.target.scrollTop = 0;
    // on a narrow screen the panel covers the lower part of the text: what is chosen stays above it
    const chosen = document.querySelector("#paper .is-on")?.getBoundingClientRect();
    const panel = event.target.getBoundingClientRect();
    if (chosen && getComputedStyle(event.target).position === "fixed" && chosen.bottom > panel.top) {
      window.scrollBy(0, chosen.top - 90);
    }
  });
})();
