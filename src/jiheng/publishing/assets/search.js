// Finds what holds every term, in titles first; whole words and halves alike, as Chinese has no blanks.
"use strict";
(() => {
  const MOST = 100, AROUND = 40;
  const [form, told, list] = ["search", "told", "found"].map((id) => document.getElementById(id));
  const plain = (text) => text.normalize("NFKC").toLowerCase();
  const entries = window.jihengEntries.map((entry) => [...entry, plain(entry[1]), plain(entry[3])]);

  function marked(text, terms) {
    const low = plain(text), pieces = document.createDocumentFragment();
    if (low.length !== text.length) { pieces.append(text); return pieces; }
    for (let at = 0; at < text.length;) {
      const hits = terms.map((term) => [low.indexOf(term, at), term.length]).filter(([hit]) => hit >= 0);
      const [hit, length] = hits.sort((a, b) => a[0] - b[0])[0] || [text.length, 0];
      pieces.append(text.slice(at, hit));
      if (length) { const mark = document.createElement("mark"); mark.textContent = text.slice(hit, hit + length); pieces.append(mark); }
      at = hit + (length || 1);
    }
    return pieces;
  }

  function snippet(text, terms) {
    const low = plain(text), hits = terms.map((term) => low.indexOf(term)).filter((hit) => hit >= 0);
    const first = Math.max(0, Math.min(...(hits.length ? hits : [0])) - AROUND);
    const end = Math.min(text.length, first + 4 * AROUND);
    return [first ? "……" : "", text.slice(first, end), end < text.length ? "……" : ""];
  }

  function line([kind, title, href, text], terms) {
    const item = document.createElement("li"), head = document.createElement("p"), words = document.createElement("p");
    const what = document.createElement("small"), link = document.createElement("a");
    what.textContent = kind; link.href = href; link.append(marked(title, terms));
    const [before, around, after] = snippet(text, terms);
    head.append(what, link); words.append(before, marked(around, terms), after); item.append(head, words);
    return item;
  }

  function search() {
    const terms = plain(form.elements.q.value).split(/\s+/).filter(Boolean), kind = form.elements.kind.value;
    list.replaceChildren();
    if (!terms.length) { told.textContent = "几个词用空格隔开，找同时有这些词的内容。"; return; }
    const fits = entries.filter((entry) => (!kind || entry[0] === kind) && terms.every((term) => entry[4].includes(term) || entry[5].includes(term)));
    const inTitle = (entry) => (terms.every((term) => entry[4].includes(term)) ? 0 : 1);
    fits.sort((a, b) => inTitle(a) - inTitle(b));
    told.textContent = fits.length ? `找到 ${fits.length} 处${fits.length > MOST ? `，先列 ${MOST} 处，可再加一个词` : ""}` : "没有找到。请换一个词，或者少写几个词。";
    list.append(...fits.slice(0, MOST).map((entry) => line(entry, terms)));
  }

  const asked = new URLSearchParams(location.search);
  // what somebody typed or chose while the page was loading stays
  form.elements.q.value ||= asked.get("q") || "";
  form.elements.kind.value ||= asked.get("kind") || "";
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const query = new URLSearchParams({ q: form.elements.q.value, kind: form.elements.kind.value });
    try { history.replaceState(null, "", `?${query}`); } catch { /* a folder opened without a server may refuse */ }
    search();
  });
  form.elements.kind.addEventListener("change", search);
  search();
})();
