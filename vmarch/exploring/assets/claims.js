// The claims: a list with verdicts, and of one its figure, boundary, evidence, and the way to take it apart.
"use strict";
window.VIEW = {
  kinds: {reproduced: "yes", "reproduced within": "partly", "not reproduced": "no", pending: "open"},
  holds: {yes: ["holds", "#0072B2", "M0,-5 A5,5 0 1 1 0,5 A5,5 0 1 1 0,-5"], no: ["does not hold", "#D55E00", "M-4.5,-4.5 h9 v9 h-9 z"],
    undecided: ["undecided", "#CC79A7", "M0,-5.5 L5.5,0 L0,5.5 L-5.5,0 z"], "": ["for comparison", "#999999", "M0,-5 L5,4 H-5 z"]},

  build(V) {
    V.main.append(V.el("p", {class: "note counts", role: "status"}),
      V.el("div", {class: "claims"}, V.el("section", {class: "list", "aria-label": "Claims"}), V.el("section", {class: "claim"},
        V.el("h2", {class: "statement"}), V.el("div", {class: "eras", role: "group", "aria-label": "On a host of which time"}), V.el("div", {class: "verdict", "aria-live": "polite"}),
        V.el("div", {class: "apart"}), V.el("div", {class: "chart"}), V.el("div", {class: "legend-place"}), V.el("div", {class: "tools-place"}), V.el("div", {class: "closer"}))));
  },

  badge(V, era, verdict) {
    return V.el("span", {class: `badge ${verdict ? this.kinds[verdict.standing] : "open"}`, title: verdict ? verdict.figure : null}, `${era}: ${verdict ? verdict.standing : "being judged"}`);
  },
  choose(V, more, focus) {
    V.data.state.more = {...V.data.state.more, ...more};
    V.ask(V.data.state);
    if (focus) document.querySelector(".statement").scrollIntoView({block: "nearest"});
  },

  draw(V) {
    const data = V.data, chosen = data.chosen;
    const count = (era, standing) => data.claims.filter((one) => one.verdicts[era] && one.verdicts[era].standing === standing).length;
    document.querySelector(".counts").textContent = `Judged on a host of the textbook's time (then) and on a present-day one (now), quickly: vmarch claims takes longer runs. ` +
      data.eras.map((era) => `${era[0].toUpperCase()}${era.slice(1)}: ${Object.keys(this.kinds).filter((one) => count(era, one)).map((one) => `${count(era, one)} ${one}`).join(", ")}`).join(". ") + `${data.complete ? "." : " so far."}`;
    this.list(V);
    if (!data.complete) V.more();
    const seen = [chosen.name, chosen.era, innerWidth, V.colour("page")].join();
    if (document.querySelector(".verdict").dataset.seen === seen) return;  // only the list has news
    document.querySelector(".verdict").dataset.seen = seen;
    document.querySelector(".statement").textContent = `${chosen.statement}.`;
    document.querySelector(".eras").replaceChildren(...data.eras.map((era) => V.el("button", {type: "button", "aria-pressed": era === chosen.era ? "true" : "false", click: () => this.choose(V, {era})}, era)),
      V.el("span", {class: "soft"}, ` ${chosen.host}${chosen.why_then ? ` (${chosen.why_then})` : ""}`));
    const interval = chosen.low !== null && chosen.high > chosen.low ? `95 % interval ${V.number(chosen.low, 4)} to ${V.number(chosen.high, 4)}` : "";
    const told = [["Figure", chosen.figure], ["Interval", interval], ["Boundary", chosen.boundary], ["Mechanism", chosen.why]].filter(([, text]) => text);
    document.querySelector(".verdict").replaceChildren(V.el("p", {}, this.badge(V, chosen.era, chosen)),
      V.el("dl", {}, told.flatMap(([name, text]) => [V.el("dt", {}, name), V.el("dd", {}, text)])));
    document.querySelector(".apart").replaceChildren(chosen.apart.length
      ? V.el("p", {}, V.el("b", {}, "Take it apart"), ", where the time goes: ", chosen.apart.flatMap((one, n) => [n ? ", " : "", V.el("a", {href: `time?${one.address}`, title: one.title}, one.workload)]), ".")
      : V.el("p", {class: "soft"}, "It rests on what architectures are described to carry; there is no time to take apart."));
    const lines = chosen.lines.filter((line) => typeof line.value === "number" && line.value > 0);
    document.querySelector(".chart").replaceChildren(...(lines.length > 1 ? [this.chart(V, lines)] : []));
    document.querySelector(".legend-place").replaceChildren(...(lines.length > 1 ? [V.el("ul", {class: "legend"}, [...new Set(lines.map((line) => line.holds))].map((one) => V.el("li", {},
      V.svg("svg", {width: 14, height: 14, "aria-hidden": "true"}, V.svg("path", {d: this.holds[one][2], transform: "translate(7,7)", fill: this.holds[one][1]})), this.holds[one][0])))] : []));
    document.querySelector(".tools-place").replaceChildren(V.tools());
    const shown = (value) => (typeof value === "number" ? V.number(value, 4) : String(value));
    document.querySelector(".closer").replaceChildren(...(chosen.lines.length ? [V.el("details", {open: lines.length < 2}, V.el("summary", {}, `All ${chosen.lines.length} lines of evidence`),
      V.table("Evidence", [{name: "what"}, {name: "value", number: true}, {name: "interval", number: true}, {name: "speaks"}], chosen.lines.map((line) =>
        [line.what, shown(line.value), line.low === null ? "" : `${shown(line.low)} to ${shown(line.high)}`, this.holds[line.holds][0]])))] : []));
  },

  list(V) {
    const list = document.querySelector(".list"), held = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.claim : null;
    const before = list.querySelector("ul"), scrolled = before ? before.scrollTop : null;
    list.replaceChildren(V.el("ul", {}, V.data.claims.map((one) => {
      const chosen = one.name === V.data.chosen.name;
      return V.el("li", {class: chosen ? "chosen" : null}, V.el("button", {type: "button", class: "plain", "data-claim": one.name, "aria-current": chosen ? "true" : null,
        click: () => this.choose(V, {claim: one.name}, true)}, one.statement), V.el("div", {}, V.data.eras.map((era) => this.badge(V, era, one.verdicts[era]))));
    })));
    const again = held && [...list.querySelectorAll("button")].find((one) => one.dataset.claim === held);
    if (again) again.focus({preventScroll: true});
    const inside = list.querySelector("ul"), chosen = list.querySelector(".chosen");
    inside.scrollTop = scrolled === null && chosen ? chosen.offsetTop - inside.offsetTop - 40 : scrolled;
  },

  // the lines of evidence, each with its interval
  chart(V, lines) {
    const width = Math.max(280, document.querySelector(".chart").clientWidth), narrow = width < 560, row = narrow ? 36 : 21;
    const words = narrow ? 0 : Math.min(420, 0.52 * width), x0 = words + 10, x1 = width - 64, height = lines.length * row + 40;
    const ends = lines.flatMap((line) => [line.value, line.low, line.high]).filter((value) => typeof value === "number" && value > 0);
    const log = Math.max(...ends) > 12 * Math.min(...ends), low = log ? Math.min(...ends) / 1.15 : Math.min(0, ...ends), high = Math.max(...ends) * (log ? 1.15 : 1.06), by = log ? Math.log : Number;
    const x = (value) => x0 + (x1 - x0) * (by(Math.max(low || 1e-12, value)) - by(low || (log ? 1e-12 : 0))) / (by(high) - by(low || (log ? 1e-12 : 0)));
    const ink = V.colour("ink"), soft = V.colour("soft"), root = V.svg("svg", {viewBox: `0 0 ${width} ${height}`, width, height, role: "img",
      "aria-label": `The evidence, line by line with intervals${log ? ", on a logarithmic scale" : ""}. The same stands in the table below.`});
    const powers = [];
    for (let power = Math.floor(Math.log10(low || 1)); log && power <= Math.log10(high); power++) powers.push(...[1, ...(high / low < 300 ? [3] : [])].map((one) => one * 10 ** power));
    for (const tick of (log ? powers.filter((one) => one >= low && one <= high) : V.ticks(high, narrow ? 3 : 5))) {
      root.append(V.svg("line", {x1: x(tick), x2: x(tick), y1: 4, y2: height - 34, stroke: tick === 1 ? soft : V.colour("line"), "stroke-width": tick === 1 ? 1.6 : 1}),
        V.svg("text", {x: x(tick), y: height - 18, "font-size": 12, fill: soft, "text-anchor": "middle"}, V.number(tick)));
    }
    root.append(V.svg("text", {x: x0, y: height - 2, "font-size": 12, fill: soft}, `value as each line says${log ? ", logarithmic" : ""}`));
    lines.forEach((line, n) => {
      const y = n * row + (narrow ? 26 : 14), [, colour, mark] = this.holds[line.holds], most = narrow ? 52 : Math.floor(words / 6.4);
      root.append(V.svg("text", {x: 2, y: narrow ? y - 13 : y + 4, "font-size": 12, fill: ink}, V.svg("title", {}, line.what), line.what.length > most ? `${line.what.slice(0, most - 1)}…` : line.what));
      if (line.low !== null) root.append(V.svg("line", {x1: x(line.low), x2: x(line.high), y1: y, y2: y, stroke: colour, "stroke-width": 3, opacity: 0.6}));
      root.append(V.svg("path", {d: mark, transform: `translate(${x(line.value)},${y}) scale(0.8)`, fill: colour}, V.svg("title", {}, `${line.what}: ${V.number(line.value, 4)}`)),
        V.svg("text", {x: width - 4, y: y + 4, "font-size": 12, fill: soft, "text-anchor": "end"}, V.number(line.value)));
    });
    return root;
  },
};
