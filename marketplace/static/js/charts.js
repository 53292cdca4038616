// Draws the charts of a page from the JSON beside them. Values are whole numbers; only here are they divided for the eye.
"use strict";
(() => {
  const PALETTE = ["#8f1d21", "#c58b2c", "#3f6f8f", "#5d7f4e", "#7a5c86", "#a0643c"];
  const ON_DARK = ["#e08a7d", "#e3b04b", "#6fa8cf", "#93b884", "#b79ac4", "#d39a6b"];
  const STILL = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const scaled = (unit, value) => (value === null ? null : unit === "fen" ? value / 1e6 : unit === "bp" ? value / 100 : value);
  const written = (value) => (value === null || value === undefined ? "—" : value.toLocaleString("zh-CN", { maximumFractionDigits: 2 }));

  const option = (told) => {
    const style = getComputedStyle(document.body); // a dark page sets other colours
    const ink = style.getPropertyValue("--ink-soft").trim();
    const line = style.getPropertyValue("--line").trim();
    const suffix = told.unitTitle ? ` ${told.unitTitle}` : "";
    const base = {
      animation: !STILL,
      color: document.body.classList.contains("wall") ? ON_DARK : PALETTE,
      textStyle: { fontFamily: style.fontFamily, color: ink },
      aria: { enabled: true },
      tooltip: { renderMode: "richText", trigger: told.kind === "pie" ? "item" : "axis", valueFormatter: (value) => written(value) + suffix },
    };
    if (told.kind === "pie") {
      const values = told.series[0].values;
      return { ...base, series: [{ type: "pie", radius: ["38%", "58%"], label: { formatter: "{b} {d}%", color: ink, textBorderWidth: 0 }, data: told.categories.map((name, i) => ({ name, value: scaled(told.unit, values[i]) })) }] };
    }
    const names = { type: "category", data: told.categories, axisTick: { show: false }, axisLabel: { color: ink }, inverse: told.lying };
    const figures = { type: "value", name: told.unitTitle, nameTextStyle: { align: "left", color: ink }, axisLabel: { color: ink }, splitLine: { lineStyle: { color: line } } };
    return {
      ...base,
      grid: { left: 8, right: 24, top: told.series.length > 1 ? 56 : 36, bottom: 8, containLabel: true },
      legend: told.series.length > 1 ? { top: 0, left: 0, textStyle: { color: ink } } : undefined,
      xAxis: told.lying ? { ...figures, nameLocation: "end" } : names,
      yAxis: told.lying ? names : figures,
      series: told.series.map((one) => ({
        name: one.name, type: told.kind, stack: told.stacked ? "all" : undefined, barMaxWidth: 28, smooth: false, symbolSize: 6,
        data: one.values.map((value) => scaled(told.unit, value)),
      })),
    };
  };

  let drawn = [];
  const draw = (root) => {
    // A wall is drawn anew every minute for months: what was replaced is let go.
    for (const chart of drawn) if (!chart.getDom().isConnected) chart.dispose();
    drawn = drawn.filter((chart) => !chart.isDisposed());
    for (const place of root.querySelectorAll("[data-chart]")) {
      if (place.dataset.done) continue;
      place.dataset.done = "1";
      place.closest("figure").classList.add("drawn");
      const chart = echarts.init(place, null, { renderer: "svg" });
      chart.setOption(option(JSON.parse(document.getElementById(place.dataset.chart).textContent)));
      drawn.push(chart);
    }
  };
  addEventListener("resize", () => drawn.forEach((chart) => chart.resize()));
  document.addEventListener("DOMContentLoaded", () => draw(document));
  document.addEventListener("htmx:load", (event) => draw(event.target));
  if (document.readyState !== "loading") draw(document);
})();
