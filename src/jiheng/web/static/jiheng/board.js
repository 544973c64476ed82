// Charts drawn from the table that stands behind them: rows with data-name, data-money, data-goal.
(() => {
  "use strict";
  const MOST = 10;
  for (const place of document.querySelectorAll("[data-chart]")) {
    const rows = [...document.querySelectorAll(`${place.dataset.chart} tr[data-name]`)].slice(0, MOST).reverse();
    if (!window.echarts || !rows.length) { place.hidden = true; continue; }
    const first = place.dataset.first || "预算执行率（%）", second = place.dataset.second || "目标实现程度（%）";
    const short = (name) => (name.length > 10 ? `${name.slice(0, 10)}…` : name);
    const chart = window.echarts.init(place, null, { renderer: "canvas" });
    chart.setOption({
      animation: false,
      aria: { enabled: true },
      color: ["#1d4f7c", "#d99a00"],
      grid: { left: 8, right: 24, top: 30, bottom: 8, containLabel: true },
      legend: { top: 0, data: [first, second] },
      tooltip: { trigger: "axis", renderMode: "richText" },
      xAxis: { type: "value" },
      yAxis: { type: "category", data: rows.map((row) => row.dataset.name), axisLabel: { formatter: short } },
      series: [
        { name: first, type: "bar", data: rows.map((row) => parseFloat(row.dataset.money)) },
        { name: second, type: "bar", data: rows.map((row) => parseFloat(row.dataset.goal)) },
      ],
    });
    window.addEventListener("resize", () => chart.resize());
  }
})();
