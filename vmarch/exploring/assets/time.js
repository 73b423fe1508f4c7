// Where the time goes: stacked bars by layer; a layer's steps, and each step's cost with its range and source.
"use strict";
window.VIEW = {
  build(V) {
    V.main.append(V.el("p", {class: "note"}, V.data.note));
    if (!V.fixed) {
      V.main.append(V.el("div", {class: "controls"},
        V.chooser("Workload", "w", V.data.choices.workloads), V.chooser("Host", "host", V.data.choices.hosts)), V.picker());
    }
    const left = V.el("div", {}, V.el("div", {class: "legend-place"}), V.el("div", {class: "chart"}), V.el("div", {class: "tools-place"}),
      V.el("section", {class: "closer", "aria-live": "polite"}), V.el("details", {class: "as-table"}, V.el("summary", {}, "The bars as a table"), V.el("div")));
    V.main.append(V.fixed ? left : V.el("div", {class: "split"}, left, V.sliders()));
  },

  draw(V) {
    const bars = V.data.bars, shown = bars.filter((bar) => !bar.refused);
    const used = V.data.layers.filter((layer) => shown.some((bar) => bar.layers[layer]));
    const place = (name, ...what) => document.querySelector(name).replaceChildren(...what);
    place(".legend-place", V.legend(used));
    place(".chart", this.chart(V, bars, used));
    place(".tools-place", V.tools());
    place(".closer", ...this.closer(V).filter(Boolean));
    const columns = [{name: "architecture"}, {name: "time", number: true}, {name: "times bare", number: true}, ...used.map((name) => ({name, number: true}))];
    place(".as-table div", V.table("Time of one operation by layer", columns, bars.map((bar) => bar.refused
      ? [bar.title, "refused", "", ...used.map(() => "")]
      : [bar.title, V.time(bar.seconds), bar.ratio ? bar.ratio.toFixed(2) : "", ...used.map((layer) => V.time(bar.layers[layer] || 0))])));
  },

  chart(V, bars, used) {
    const width = Math.max(280, document.querySelector(".chart").clientWidth), row = 54, top = 4;
    const most = Math.max(...bars.map((bar) => bar.seconds || 0)) || 1, height = top + bars.length * row + 40;
    const x = (seconds) => (width - 24) * seconds / most + 2;
    const ink = V.colour("ink"), soft = V.colour("soft"), line = V.colour("line");
    const root = V.svg("svg", {viewBox: `0 0 ${width} ${height}`, width, height, role: "group", "aria-label": V.data.title}, V.patterns());
    for (const tick of V.ticks(most, width < 500 ? 3 : 6)) {
      root.append(V.svg("line", {x1: x(tick), x2: x(tick), y1: top, y2: height - 34, stroke: line, "stroke-width": 1}),
        V.svg("text", {x: x(tick), y: height - 20, "font-size": 12, fill: soft, "text-anchor": tick ? "middle" : "start"}, V.time(tick)));
    }
    root.append(V.svg("text", {x: 2, y: height - 4, "font-size": 12, fill: soft}, "time of one operation"));
    bars.forEach((bar, n) => {
      const y = top + n * row;
      root.append(V.svg("text", {x: 2, y: y + 15, "font-size": 13.5, fill: ink}, bar.title));
      if (bar.refused) {
        root.append(V.svg("text", {x: 2, y: y + 36, "font-size": 12, fill: soft}, V.svg("title", {}, bar.refused), `refused: ${bar.refused}`));
        return;
      }
      const words = `${V.time(bar.seconds)}${bar.ratio ? `, ${bar.ratio.toFixed(2)} times bare` : ""}`;
      root.append(V.svg("text", {x: width - 4, y: y + 15, "font-size": 13.5, fill: ink, "text-anchor": "end", "data-bar": bar.name}, words));
      let left = 0;
      for (const layer of used) {
        const seconds = bar.layers[layer] || 0;
        if (!seconds) continue;
        const at = `${bar.name}|${layer}`, picked = V.data.state.at === at;
        const choose = () => { V.data.state.at = picked ? "" : at; V.here(); this.draw(V); const again = [...document.querySelectorAll(".chart [role=button]")].find((one) => one.dataset.at === at); if (again) again.focus(); };
        const share = (100 * seconds / bar.seconds).toFixed(1);
        const box = V.svg("rect", {x: x(left), y: y + 21, width: Math.max(0.75, x(left + seconds) - x(left)), height: 25, fill: V.fill(layer),
          stroke: picked ? ink : V.colour("page"), "stroke-width": picked ? 2.5 : 0.75});
        root.append(V.svg("g", {role: "button", tabindex: 0, "aria-pressed": picked ? "true" : "false", "data-at": at,
          "aria-label": `${bar.title}, ${layer}: ${V.time(seconds)}, ${share} percent`, click: choose,
          keydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(); } },
          focus: () => { box.setAttribute("stroke", V.colour("mark")); box.setAttribute("stroke-width", 3); },
          blur: () => { box.setAttribute("stroke", picked ? ink : V.colour("page")); box.setAttribute("stroke-width", picked ? 2.5 : 0.75); }},
        V.svg("title", {}, `${layer}: ${V.time(seconds)} (${share} %)`), box));
        left += seconds;
      }
    });
    return root;
  },

  closer(V) {
    const [name, layer] = V.data.state.at.split("|");
    const bar = V.data.bars.find((one) => one.name === name && !one.refused);
    if (!bar || !layer) return [V.el("p", {class: "note"}, "Choose a part of a bar, by mouse or by Tab and Enter, to see its steps.")];
    const charges = bar.charges.filter((one) => one.layer === layer).sort((one, other) => one.background - other.background || other.seconds - one.seconds);
    const rows = charges.map((one) => [
      `${one.step}${one.idle ? " (only if idle)" : ""}${one.background ? " (in the background)" : ""}`, one.where,
      V.el("div", {}, `${V.number(one.count)} x `, this.cost(V, bar, one.cost), one.factors.map((name) => [" x ", this.cost(V, bar, name)])),
      V.time(one.seconds), one.status]);
    return [V.el("h2", {}, `${bar.title}: ${layer}, ${V.time(bar.layers[layer] || 0)}`),
      V.fixed ? null : V.el("p", {}, V.el("a", {href: `path?${V.query({...V.data.state, more: {under: name}, at: ""})}`}, `Follow the request through ${bar.title}`)),
      V.table("Steps of this layer", [{name: "step"}, {name: "where"}, {name: "how many of which cost"}, {name: "time", number: true}, {name: "cost is"}], rows)];
  },

  cost(V, bar, name) {
    const cost = bar.costs[name];
    const range = cost.high > cost.low ? `, range ${V.number(cost.low)} to ${V.number(cost.high)}` : "";
    const from = cost.from ? `; measured on ${cost.from}${cost.rule ? `, carried over by ${cost.rule}` : ""}` : "";
    return V.el("details", {style: "display:inline"}, V.el("summary", {style: "display:inline"}, `${name} = ${V.number(cost.value, 4)} ${cost.unit}${range}`),
      V.el("div", {class: "soft"}, `${cost.source}${from}${cost.year ? ` (${cost.year})` : ""}`));
  },
};
