// Lists that filter as one types, and everything unfolded on paper. All else works without scripts.
"use strict";
for (const form of document.querySelectorAll("form[data-filter]")) {
  const rows = [...document.querySelectorAll(`#${form.dataset.filter} tbody tr`)];
  const words = rows.map((row) => row.textContent.normalize("NFKC").toLowerCase());
  const told = form.querySelector("output");
  const filter = () => {
    const terms = form.elements.word.value.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
    const grade = form.elements.grade ? form.elements.grade.value : "";
    let shown = 0;
    rows.forEach((row, place) => {
      const fits = terms.every((term) => words[place].includes(term)) && (!grade || row.dataset.grade === grade);
      row.hidden = !fits;
      if (fits) shown += 1;
    });
    told.textContent = terms.length || grade ? `找到 ${shown} 个` : "";
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => { event.preventDefault(); filter(); });
  filter();
}
window.addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("figure details")) folded.open = true;
});
