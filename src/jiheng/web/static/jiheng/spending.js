// The picture of an answer: what it draws stands in its place, and in the table below.
(() => {
  "use strict";
  const place = document.getElementById("chart");
  if (!place) return;
  if (!window.echarts) { place.hidden = true; return; }
  const told = JSON.parse(place.dataset.told);
  const isLine = told.kind === "line";
  const number = (text) => (text === null ? null : Number(text));
  const short = (name) => (name.length > 12 ? `${name.slice(0, 12)}…` : name);
  // the first row of the table stands at the top
  const order = (items) => (isLine ? items : [...items].reverse());
  const names = { type: "category", data: order(told.names), axisLabel: { formatter: short } };
  const values = { type: "value" };
  const chart = window.echarts.init(place, null, { renderer: "canvas" });
  chart.setOption({
    animation: false,
    aria: { enabled: true },
    color: ["#1d4f7c", "#d99a00"],
    grid: { left: 8, right: 28, top: 34, bottom: 8, containLabel: true },
    legend: { top: 4, data: told.series.map((one) => one.name) },
    tooltip: { trigger: "axis", renderMode: "richText" },
    xAxis: isLine ? names : values,
    yAxis: isLine ? values : names,
    series: told.series.map((one) => ({ name: one.name, type: told.kind, data: order(one.values.map(number)) })),
  });
  window.addEventListener("resize", () => chart.resize());
})();
