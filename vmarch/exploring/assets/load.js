// Under load: throughput, response, 99th percentile and what is busiest over a load that grows; intervals narrow as runs come.
"use strict";
window.VIEW = {
  // the colours and marks of the figures, in their order
  colours: ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "ink", "#999999"],
  marks: ["M0,-4 A4,4 0 1 1 0,4 A4,4 0 1 1 0,-4", "M-3.6,-3.6 h7.2 v7.2 h-7.2 z", "M0,-4.6 L4.4,3.4 H-4.4 z", "M0,-5 L4.4,0 L0,5 L-4.4,0 z",
    "M0,4.6 L4.4,-3.4 H-4.4 z", "M-4.4,0 L3.6,-4.4 V4.4 z", "M4.4,0 L-3.6,-4.4 V4.4 z", "M-4,-4 L4,4 M-4,4 L4,-4"],
  dashes: ["", "6 3", "2 3"],
  panels: [
    {name: "throughput_per_s", title: "throughput per second", words: (V, value) => V.number(value), half: (V, value) => V.number(value, 2)},
    {name: "response_s", title: "mean response", words: (V, value) => V.time(value), half: (V, value) => V.time(value, 2)},
    {name: "response_p99_s", title: "99th percentile of the response", words: (V, value) => V.time(value), half: (V, value) => V.time(value, 2)},
    {name: "busy", title: "how busy the busiest part is", words: (V, value) => `${Math.round(100 * value)} %`, half: (V, value) => `${V.number(100 * value, 2)} %`},
  ],
  whose: {guests: "guests", clients: "clients in each guest", rate: "arrivals per second and guest"},

  build(V) {
    V.main.append(V.el("p", {class: "note"}, "Simulated, with 95 % intervals that narrow as more runs are made. The knee, marked below the first curves, is " +
      "where the lines of the light and of the heavy load meet; beyond it, whoever asks only waits longer."));
    const left = V.el("div", {}, V.el("div", {class: "legend-place"}), V.el("div", {class: "chart"}), V.el("p", {class: "soft progress"}), V.el("div", {class: "tools-place"}),
      V.el("div", {class: "slider look"}), V.el("section", {class: "closer"}), V.el("details", {class: "as-table"}, V.el("summary", {}, "All points as a table"), V.el("div")));
    V.main.append(V.el("div", {class: "controls"}, V.chooser("Workload", "w", V.data.choices.workloads), V.chooser("Host", "host", V.data.choices.hosts)),
      V.picker(), V.el("div", {class: "split"}, left, this.dials(V)));
  },

  dials(V) {
    const more = V.data.state.more, over = more.over, closed = over === "clients" || (over === "guests" && !more.rate);
    const powers = (most) => ["", ...[1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128].filter((one) => one <= most).map(String)];
    const change = (event) => { V.data.state.more = {...more, over: event.target.value, to: "", rate: ""}; V.ask(V.data.state, true); };
    const kinds = V.el("fieldset", {class: "kinds"}, V.el("legend", {}, "What grows"), Object.entries(this.whose).map(([name, words]) =>
      V.el("label", {}, V.el("input", {type: "radio", name: "over", value: name, checked: name === over, change}), ` ${words}`)));
    const dials = [kinds];
    const plain = (value) => value, own = (words) => (value) => value || words;
    if (over !== "rate") dials.push(V.dial("up to", "to", ["", "8", "16", "32", "64", "128", "256"], own("64")));
    if (over !== "guests") dials.push(V.dial("guests", "guests", powers(64).slice(1), plain));
    if (over === "guests" && closed) dials.push(V.dial("clients in each guest", "clients", powers(128), own(`${V.data.own.clients} (the workload's)`)));
    if (closed) dials.push(V.dial("pause between requests", "think", ["", "0 us", "100 us", "300 us", "1 ms", "3 ms", "10 ms", "30 ms", "100 ms", "1 s"], own("the workload's")));
    dials.push(V.dial("cores of the host", "cores", powers(128), own(`${V.data.own.cores} (the host's)`)));
    dials.push(V.dial("processors of Domain 0 or I/O threads", "dom0", powers(16), own("the architecture's")));
    dials.push(V.dial("runs", "runs", ["2", "4", "8", "16", "32", "64", "128"], plain));
    const costs = Object.entries({...V.data.state.costs, ...V.data.state.demands}).map(([name, value]) => `${name.replace(/_/g, " ")} = ${value}`);
    return V.el("section", {class: "sliders", "aria-label": "What to change"}, dials,
      costs.length ? V.el("p", {class: "note"}, `With ${costs.join(", ")}, as moved where the time goes.`) : null);
  },

  style(V, n) {
    const colour = this.colours[n % this.colours.length];
    return {colour: colour === "ink" ? V.colour("ink") : colour, mark: this.marks[n % this.marks.length], dash: this.dashes[Math.floor(n / this.colours.length) % 3]};
  },
  busiest: (point) => Object.entries(point.busy).reduce((best, one) => (one[1][0] > best[1][0] ? one : best)),
  value(point, panel) { return panel.name === "busy" ? this.busiest(point)[1] : point[panel.name]; },

  draw(V) {
    const place = (name, ...what) => document.querySelector(name).replaceChildren(...what);
    place(".legend-place", V.el("ul", {class: "legend"}, V.data.curves.map((curve, n) => {
      const style = this.style(V, n);
      return V.el("li", {}, V.svg("svg", {width: 34, height: 14, "aria-hidden": "true"},
        V.svg("line", {x1: 1, x2: 33, y1: 7, y2: 7, stroke: style.colour, "stroke-width": 2, "stroke-dasharray": style.dash}),
        V.svg("path", {d: style.mark, transform: "translate(17,7)", fill: style.colour, stroke: style.colour})),
      curve.refused ? `${curve.title}: refused` : curve.title);
    })));
    place(".chart", this.chart(V));
    const runs = V.data.curves.flatMap((curve) => (curve.points || []).map((point) => point.runs));
    document.querySelector(".progress").textContent = V.data.complete
      ? `${V.data.runs} runs of each point.` : `${runs.length} points, ${Math.min(...runs)} to ${Math.max(...runs)} of ${V.data.runs} runs of each so far.`;
    if (V.data.complete) place(".tools-place", V.tools());
    this.look(V);
    const columns = [{name: "architecture"}, {name: this.whose[V.data.over], number: true}, ...this.panels.map((panel) => ({name: panel.title, number: true})), {name: "busiest"}];
    place(".as-table div", V.table(`${V.data.title}, with 95 % intervals`, columns, V.data.curves.flatMap((curve) => (curve.points || []).map((point) => this.row(V, curve, point, true)))));
    if (!V.data.complete && !V.fixed) V.more();
  },

  row(V, curve, point, loads) {
    const shown = this.panels.map((panel) => {
      const found = this.value(point, panel);
      if (!found) return point.state;
      const words = panel.words(V, found[0]);
      return found[1] === null ? words : `${words} ± ${panel.half(V, (found[2] - found[1]) / 2)}`;
    });
    return [curve.title, ...(loads ? [V.number(point.load)] : []), ...shown, this.busiest(point)[0]];
  },

  // all architectures at one load
  look(V) {
    const loads = V.data.loads, n = Math.max(0, loads.indexOf(Number(V.data.state.at) || loads[loads.length - 1]));
    const words = (load) => `${V.number(load)} ${load === 1 ? this.whose[V.data.over].replace(/^(guest|client|arrival)s/, "$1") : this.whose[V.data.over]}`;
    const holder = document.querySelector(".look"), old = holder.querySelector("input");
    if (!old || Number(old.max) !== loads.length - 1) {
      const input = V.el("input", {type: "range", id: "look", min: 0, max: loads.length - 1, step: 1, input: (event) => {
        V.data.state.at = String(V.data.loads[Number(event.target.value)]);
        V.here();
        this.draw(V);
      }});
      holder.replaceChildren(V.el("label", {for: "look"}, V.el("span", {}, "Look closely at"), V.el("output", {for: "look"})), input);
    }
    holder.querySelector("input").value = n;
    holder.querySelector("input").setAttribute("aria-valuetext", words(loads[n]));
    holder.querySelector("output").textContent = words(loads[n]);
    const rows = V.data.curves.flatMap((curve) => (curve.points || []).filter((point) => point.load === loads[n]).map((point) => this.row(V, curve, point, false)));
    document.querySelector(".closer").replaceChildren(V.table(`At ${words(loads[n])}`,
      [{name: "architecture"}, ...this.panels.map((panel) => ({name: panel.title, number: true})), {name: "busiest"}], rows),
    V.el("ul", {class: "knees"}, V.data.curves.map((curve) => V.el("li", {}, curve.refused ? `${curve.title}: ${curve.refused}`
      : curve.full ? `${curve.title} is full at ${V.number(curve.knee)} ${this.whose[V.data.over]}: ${curve.full}.`
        : `${curve.title}: ${V.data.complete ? `nothing is full at ${words(loads[loads.length - 1])}` : "not known yet"}.`))));
  },

  chart(V) {
    const width = Math.max(280, document.querySelector(".chart").clientWidth), across = width < 640 ? 1 : 2;
    const w = width / across, h = across === 1 ? 240 : Math.min(290, 0.6 * w), height = h * this.panels.length / across;
    const root = V.svg("svg", {viewBox: `0 0 ${width} ${height}`, width, height, role: "img",
      "aria-label": `${V.data.title}: throughput, response, 99th percentile and what is busiest, over ${this.whose[V.data.over]}. The same stands in the tables below.`});
    this.panels.forEach((panel, n) => root.append(this.panel(V, panel, w, h, (n % across) * w, Math.floor(n / across) * h, n === 0)));
    return root;
  },

  panel(V, panel, w, h, left, top, knees) {
    const loads = V.data.loads, log = V.data.over !== "rate", ink = V.colour("ink"), soft = V.colour("soft"), line = V.colour("line");
    const box = {x0: 62, x1: w - 12, y0: h - 44, y1: 26};
    const points = V.data.curves.flatMap((curve) => curve.points || []).map((point) => this.value(point, panel)).filter(Boolean);
    const share = panel.name === "busy", scaled = log && !share;
    const values = points.map((point) => point[0]).filter((value) => value > 0);
    const high = share ? 1.02 : 1.08 * Math.max(...values, 1e-12), low = share ? 0 : scaled ? 0.9 * Math.min(...values, high) : 0;
    const at = (value, from, to, ends, by) => ends[0] + (ends[1] - ends[0]) * (by(Math.max(value, from)) - by(from)) / ((by(to) - by(from)) || 1);
    const x = (load) => at(load, log ? loads[0] : 0, loads[loads.length - 1], [box.x0, box.x1], log ? Math.log : Number);
    const y = (value) => at(Math.min(value, high), low, high, [box.y0, box.y1], scaled ? Math.log : Number);
    const group = V.svg("g", {transform: `translate(${left},${top})`}, V.svg("text", {x: 4, y: 14, "font-size": 13, fill: ink}, panel.title));
    const marks = scaled ? this.decades(low, high) : V.ticks(high, 5);
    for (const tick of marks) {
      group.append(V.svg("line", {x1: box.x0, x2: box.x1, y1: y(tick), y2: y(tick), stroke: line, "stroke-width": 0.8}),
        V.svg("text", {x: box.x0 - 5, y: y(tick) + 4, "font-size": 11.5, fill: soft, "text-anchor": "end"}, panel.words(V, tick)));
    }
    const under = log ? loads.filter((load, n) => n === 0 || n === loads.length - 1 || x(load) - x(loads[n - 1]) > 17) : V.ticks(loads[loads.length - 1], 5);
    let last = -99;
    for (const tick of under) {
      if (x(tick) - last < 22) continue;
      last = x(tick);
      group.append(V.svg("text", {x: x(tick), y: box.y0 + 15, "font-size": 11.5, fill: soft, "text-anchor": "middle"}, V.number(tick)));
    }
    group.append(V.svg("text", {x: (box.x0 + box.x1) / 2, y: box.y0 + 31, "font-size": 12, fill: soft, "text-anchor": "middle"}, this.whose[V.data.over]),
      V.svg("line", {x1: box.x0, x2: box.x1, y1: box.y0, y2: box.y0, stroke: soft}));
    const looked = Number(V.data.state.at);
    if (looked) group.append(V.svg("line", {x1: x(looked), x2: x(looked), y1: box.y0, y2: box.y1, stroke: ink, "stroke-dasharray": "1 3"}));
    V.data.curves.forEach((curve, n) => {
      const style = this.style(V, n), shown = (curve.points || []).map((point) => [point, this.value(point, panel)]).filter(([, found]) => found && found[0] > 0);
      const band = shown.filter(([, found]) => found[1] !== null);
      const edge = (end) => band.map(([point, found]) => `${x(point.load).toFixed(1)},${y(found[end]).toFixed(1)}`);
      if (band.length > 1) group.append(V.svg("path", {d: `M${edge(1).join("L")}L${edge(2).reverse().join("L")}z`, fill: style.colour, opacity: 0.2}));
      group.append(V.svg("path", {d: `M${shown.map(([point, found]) => `${x(point.load).toFixed(1)},${y(found[0]).toFixed(1)}`).join("L") || "0,0"}`, fill: "none", stroke: style.colour, "stroke-width": 1.8, "stroke-dasharray": style.dash}));
      for (const [point, found] of shown) {
        group.append(V.svg("path", {d: style.mark, transform: `translate(${x(point.load)},${y(found[0])})`, fill: style.colour, stroke: style.colour},
          V.svg("title", {}, `${curve.title}, ${V.number(point.load)}: ${panel.words(V, found[0])}${share ? `, ${this.busiest(point)[0]}` : ""}`)));
      }
      if (knees && curve.knee && curve.knee <= loads[loads.length - 1]) {
        group.append(V.svg("line", {x1: x(curve.knee), x2: x(curve.knee), y1: box.y0, y2: box.y0 - 16, stroke: style.colour, "stroke-width": 3},
          V.svg("title", {}, `${curve.title} is full at ${V.number(curve.knee)}: ${curve.full}`)));
      }
    });
    return group;
  },

  decades(low, high) {
    const all = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
      for (const one of high / low > 60 ? [1] : high / low > 8 ? [1, 3] : [1, 1.5, 2, 3, 5, 7]) all.push(one * 10 ** power);
    }
    return all.filter((one) => one >= low && one <= high);
  },
};
