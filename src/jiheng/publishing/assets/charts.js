// Each chart is drawn from the table below it, so that both say the same; without scripts the tables remain.
"use strict";
const COLOURS = ["#1d4f7c", "#c77400", "#2f7d5b", "#7a4a9c"];
function tableOf(figure) {
  const table = figure.querySelector("table");
  const series = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.firstChild.textContent);
  const rows = [...table.tBodies[0].rows];
  const values = series.map((_, place) => rows.map((row) => { const text = row.cells[place + 1].dataset.value; return text === "" ? null : Number(text); }));
  return { series, values, labels: rows.map((row) => row.cells[0].textContent) };
}
function optionOf(kind, measure, { series, values, labels }, isNarrow) {
  const lies = kind === "rows" || (isNarrow && labels.some((label) => label.length > 6));
  const categories = { type: "category", data: labels, inverse: lies, axisLabel: { interval: 0, width: lies ? (isNarrow ? 105 : 170) : 90, overflow: "break", color: "#1f2933" } };
  const amounts = { type: "value", name: measure, nameTextStyle: { color: "#52606d" }, axisLabel: { color: "#52606d", hideOverlap: true } };
  return {
    animation: false, color: COLOURS, aria: { enabled: true, decal: { show: series.length > 1 } },
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" }, confine: true },
    legend: series.length > 1 ? { bottom: 0 } : undefined,
    grid: { left: 8, right: lies ? 40 : 12, top: 34, bottom: series.length > 1 ? 36 : 8, containLabel: true },
    xAxis: lies ? amounts : categories, yAxis: lies ? categories : amounts,
    series: series.map((name, place) => ({ name, type: "bar", data: values[place], barMaxWidth: 46, stack: kind === "stacked" ? "all" : undefined })),
  };
}
for (const figure of document.querySelectorAll("figure.chart")) {
  const place = figure.querySelector(".canvas");
  if (!window.echarts) { place.hidden = true; figure.querySelector("details").open = true; continue; }
  const chart = window.echarts.init(place, null, { renderer: "canvas" });
  const draw = () => chart.setOption(optionOf(figure.dataset.kind, figure.dataset.measure, tableOf(figure), place.clientWidth < 480), true);
  draw();
  window.addEventListener("resize", () => { chart.resize(); draw(); });
}
