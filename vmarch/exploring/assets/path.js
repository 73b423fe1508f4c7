// The path: layers as boxes one above the other, domains side by side, and one request that walks through them with a clock.
"use strict";
window.VIEW = {
  playing: false,
  rows: ["user", "guest kernel", "back end", "VMM", "host OS", "MMU"],
  shared: ["VMM", "host OS", "MMU"],  // lie under all domains

  build(V) {
    V.main.append(V.el("p", {class: "note"}, "Every draw at its mean. The lighter number in a box is the time spent there so far; waiting is hatched. " +
      "Space plays and pauses, the arrow keys step."));
    if (!V.fixed) {
      V.main.append(V.el("div", {class: "controls"}, V.chooser("Workload", "w", V.data.choices.workloads), V.chooser("Host", "host", V.data.choices.hosts),
        V.el("label", {}, "Architecture", V.el("select", {name: "under", change: (event) => { V.data.state.at = ""; this.pause(V); V.set("under", event.target.value, true); }},
          V.data.choices.architectures.map((one) => V.el("option", {value: one.name, selected: one.name === V.data.architecture.name}, one.title))))));
    }
    const button = (id, text, label, click) => V.el("button", {type: "button", id, "aria-label": label, title: label, click}, text);
    const player = V.el("div", {class: "player", role: "group", "aria-label": "The request's clock"},
      button("first", "Start", "To the start", () => this.go(V, 0)), button("back", "◀", "One step back", () => this.go(V, this.at(V) - 1)),
      button("play", "Play", "Play", () => (this.playing ? this.pause(V) : this.play(V))), button("step", "▶", "One step on", () => this.go(V, this.at(V) + 1)),
      V.el("label", {class: "speed"}, "speed ", V.el("select", {id: "speed"}, [["0.5", "half"], ["1", "normal"], ["2", "double"], ["4", "fast"]].map(([value, text]) =>
        V.el("option", {value, selected: value === "1"}, text)))),
      V.el("output", {id: "clock", "aria-label": "time since the request began"}));
    const left = V.el("div", {}, player, V.el("p", {class: "now", role: "status", "aria-live": "polite"}), V.el("div", {class: "chart"}),
      V.el("input", {type: "range", id: "scrub", min: 0, step: 1, "aria-label": "Step of the request", input: (event) => this.go(V, Number(event.target.value))}),
      V.el("div", {class: "legend-place"}), V.el("div", {class: "tools-place"}), V.el("section", {class: "closer"}));
    V.main.append(V.fixed ? left : V.el("div", {class: "split"}, left, this.dials(V)));
    if (!this.keys) {
      this.keys = true;
      document.addEventListener("keydown", (event) => {
        if (["INPUT", "SELECT", "BUTTON", "SUMMARY", "A"].includes(event.target.tagName) || event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.key === " ") { event.preventDefault(); if (this.playing) this.pause(V); else this.play(V); }
        if (event.key === "ArrowRight") this.go(V, this.at(V) + 1);
        if (event.key === "ArrowLeft") this.go(V, this.at(V) - 1);
      });
    }
  },

  dials(V) {
    const powers = (most) => [1, 2, 3, 4, 6, 8, 12, 16, 24, 32].filter((one) => one <= most).map(String);
    const own = (words) => (value) => value || words;
    const follow = V.el("fieldset", {class: "kinds"}, V.el("legend", {}, "Follow"), [["slowest", "the slowest request"], ["typical", "a request near the mean"]].map(([value, words]) =>
      V.el("label", {}, V.el("input", {type: "radio", name: "follow", value, checked: V.data.state.more.follow === value, change: () => { V.data.state.at = ""; V.set("follow", value); }}), ` ${words}`)));
    return V.el("section", {class: "sliders", "aria-label": "What to change"}, V.el("h2", {}, "Among others"),
      V.el("p", {class: "note"}, "With one guest and one client the request has the machine to itself; with more it waits for them."),
      V.dial("guests", "guests", powers(8), (value) => value), V.dial("clients in each guest", "clients", powers(32), (value) => value),
      V.dial("pause between requests", "think", ["", "10 us", "30 us", "100 us", "300 us", "1 ms", "10 ms"], own("none")),
      V.dial("cores of the host", "cores", ["", ...powers(16)], own(`${V.data.own.cores} (the host's)`)),
      V.dial("processors of Domain 0 or I/O threads", "dom0", ["", ...powers(8)], own("the architecture's")), follow);
  },

  at: (V) => Math.max(0, Math.min(V.data.steps.length - 1, Number(V.data.state.at) || 0)),
  go(V, n) {
    this.pause(V);
    this.show(V, n);
  },
  show(V, n) {
    V.data.state.at = String(Math.max(0, Math.min(V.data.steps.length - 1, n)));
    if (!this.playing) V.here();
    this.move(V);
  },
  pause(V) {
    this.playing = false;
    this.frame += 1;
    const button = document.getElementById("play");
    button.textContent = "Play";
    button.setAttribute("aria-label", "Play");
    document.querySelector(".now").setAttribute("aria-live", "polite");
    V.here();
  },
  frame: 0,
  // each step is seen for a while in proportion to its time, but neither flashes by nor drags on
  play(V) {
    if (this.at(V) === V.data.steps.length - 1) this.show(V, 0);
    this.playing = true;
    const button = document.getElementById("play");
    button.textContent = "Pause";
    button.setAttribute("aria-label", "Pause");
    document.querySelector(".now").setAttribute("aria-live", "off");  // too quick to be read out
    const mine = ++this.frame;
    let began = performance.now();
    const tick = (now) => {
      if (!this.playing || mine !== this.frame) return;
      const n = this.at(V), step = V.data.steps[n], speed = Number(document.getElementById("speed").value);
      const lasts = Math.min(3500, Math.max(450, 14000 * step.seconds / V.data.response)) / speed, passed = Math.max(0, now - began) / lasts;
      this.tell(V, step.began_s + step.seconds * Math.min(1, passed));
      if (passed >= 1) {
        if (n === V.data.steps.length - 1) { this.pause(V); this.tell(V, V.data.response); return; }
        began = now;
        this.show(V, n + 1);
      }
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  },

  draw(V) {
    document.querySelector(".chart").replaceChildren(this.chart(V));
    document.querySelector(".legend-place").replaceChildren(V.legend(V.data.layers.filter((layer) => V.data.steps.some((step) => step.layer === layer))));
    document.querySelector(".tools-place").replaceChildren(V.tools());
    document.getElementById("scrub").max = V.data.steps.length - 1;
    this.table(V);
    this.move(V);
  },

  // where the boxes are
  plan(V) {
    const width = Math.max(280, document.querySelector(".chart").clientWidth), narrow = width < 560, edge = narrow ? 6 : 14;
    const domains = V.data.domains, used = (layer) => domains.some((one) => one.layers.includes(layer));
    const h = narrow ? 46 : 54, gap = 10, top = 30, outside = V.data.outside ? (narrow ? 74 : 150) : 0, right = width - edge - (outside ? outside + gap : 0);
    const owned = (domain) => this.rows.filter((layer) => domain.layers.includes(layer) && !this.shared.includes(layer)), under = this.shared.filter(used);
    const span = (right - edge - gap * (domains.length - 1)) / domains.length, boxes = [];
    const height = Math.max(1, ...domains.map((domain) => owned(domain).length)) * (h + gap);
    const frames = domains.map((domain, n) => ({name: domain.name, x: edge + n * (span + gap), y: top - 24, w: span, h: height + 24 + 4}));
    domains.forEach((domain, n) => {
      const own = owned(domain), each = height / Math.max(1, own.length);
      own.forEach((layer, row) => boxes.push({layer, where: domain.name, x: frames[n].x + 8, y: top + row * each, w: span - 16, h: each - gap, label: layer}));
    });
    let y = top + height + gap + 4;
    for (const layer of under) {
      boxes.push({layer, where: "*", x: edge, y, w: right - edge, h, label: layer === "VMM" ? "VMM (hypervisor)" : layer});
      y += h + gap;
    }
    const devices = V.data.devices, each = (right - edge - gap * Math.max(0, devices.length - 1)) / Math.max(1, devices.length);
    devices.forEach((name, n) => boxes.push({layer: "device", where: name, x: edge + n * (each + gap), y, w: each, h, label: name}));
    y += devices.length ? h + gap : 0;
    if (outside) boxes.push({layer: "wire", where: "outside", x: right + gap, y: top, w: outside, h: y - gap - top, label: narrow ? "outside" : "wire and client"});
    return {width, frames, boxes, bottom: y, edge};
  },
  boxOf(plan, step) {
    return plan.boxes.find((box) => box.layer === step.layer && box.where === step.where) || plan.boxes.find((box) => box.layer === step.layer && box.where === "*")
      || plan.boxes.find((box) => box.where === step.where) || plan.boxes[0];
  },
  middle(plan, step) {
    const box = this.boxOf(plan, step), frame = plan.frames.find((one) => one.name === step.where);
    return [box.where === "*" && frame ? frame.x + frame.w / 2 : box.x + box.w / 2, box.y + box.h / 2 + 8];
  },

  chart(V) {
    const plan = this.place = this.plan(V), strip = 26, behind = V.data.behind.length ? 14 : 0, height = plan.bottom + strip + behind + 40;
    const ink = V.colour("ink"), soft = V.colour("soft"), line = V.colour("line"), card = V.colour("card");
    const root = V.svg("svg", {viewBox: `0 0 ${plan.width} ${height}`, width: plan.width, height, role: "img", "aria-label": `${V.data.title}. The steps stand in the table below.`}, V.patterns(),
      V.svg("defs", {}, V.svg("pattern", {id: "waiting", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)"},
        V.svg("rect", {width: 7, height: 7, fill: V.colour("page")}), V.svg("rect", {width: 1.8, height: 7, fill: V.colour("ink")}))));
    for (const frame of plan.frames) {
      root.append(V.svg("rect", {x: frame.x, y: frame.y, width: frame.w, height: frame.h, rx: 8, fill: "none", stroke: line, "stroke-dasharray": "5 4"}),
        V.svg("text", {x: frame.x + 10, y: frame.y + 17, "font-size": 13, fill: soft}, frame.name));
    }
    for (const box of plan.boxes) {
      root.append(V.svg("g", {class: "box", "data-box": `${box.where}|${box.layer}`},
        V.svg("rect", {x: box.x, y: box.y, width: box.w, height: box.h, rx: 6, fill: card, stroke: line, class: "face"}),
        V.svg("rect", {x: box.x, y: box.y, width: 7, height: box.h, fill: V.fill(box.layer)}),
        V.svg("text", {x: box.x + 14, y: box.y + 17, "font-size": 13, fill: ink}, box.label),
        V.svg("text", {x: box.x + box.w - 8, y: box.y + (box.w < 170 ? 34 : 17), "font-size": 12, fill: soft, "text-anchor": "end", class: "spent"})));
    }
    // the whole in time
    const y = plan.bottom + 18, x = this.along = (seconds) => plan.edge + (plan.width - 2 * plan.edge) * seconds / V.data.response;
    root.append(V.svg("text", {x: plan.edge, y: y - 5, "font-size": 12, fill: soft}, "the whole in time"));
    V.data.steps.forEach((step, n) => root.append(V.svg("rect", {x: x(step.began_s), y, width: Math.max(0.6, x(step.seconds) - x(0)), height: strip, class: "part", "data-step": n,
      fill: step.is_wait ? "url(#waiting)" : V.fill(step.layer), stroke: V.colour("page"), "stroke-width": 0.5, click: () => this.go(V, n)},
    V.svg("title", {}, `${step.is_wait ? "waits for " : ""}${step.label}: ${V.time(step.seconds)}`))));
    for (const step of V.data.behind) {
      if (step.began_s < V.data.response) root.append(V.svg("rect", {x: x(step.began_s), y: y + strip + 3, width: Math.max(0.6, Math.min(x(step.seconds) - x(0), plan.width - plan.edge - x(step.began_s))), height: 8,
        fill: step.is_wait ? "url(#waiting)" : V.fill(step.layer)}, V.svg("title", {}, `in the background: ${step.label}`)));
    }
    root.append(V.svg("line", {class: "head", x1: x(0), x2: x(0), y1: y - 4, y2: y + strip + behind + 2, stroke: ink, "stroke-width": 2.5}));
    V.ticks(V.data.response, plan.width < 560 ? 3 : 6).forEach((tick) => root.append(V.svg("text", {x: x(tick), y: y + strip + behind + 15, "font-size": 11.5, fill: soft, "text-anchor": tick ? "middle" : "start"}, V.time(tick))));
    setTimeout(() => root.classList.add("moving"), 50);  // it stands where it is, before it moves
    root.append(V.svg("path", {class: "trail", fill: "none", stroke: V.colour("mark"), "stroke-width": 1.6, "stroke-dasharray": "3 4", opacity: 0.8}), V.svg("g", {class: "others"}),
      V.svg("g", {class: "token"}, V.svg("circle", {r: 9, stroke: V.colour("page"), "stroke-width": 2}), V.svg("text", {class: "wait-words", y: 4, x: 15, "font-size": 12.5, fill: V.colour("wrong"), "font-weight": 600})));
    return root;
  },

  // shows the step that is looked at
  move(V) {
    const n = this.at(V), steps = V.data.steps, step = steps[n], plan = this.place, chart = document.querySelector(".chart svg");
    const box = this.boxOf(plan, step), [x, y] = this.middle(plan, step), wrong = V.colour("wrong");
    const token = chart.querySelector(".token"), circle = token.querySelector("circle");
    token.style.transform = step.is_wait ? `translate(${box.x + 24}px,${y}px)` : `translate(${x}px,${y}px)`;
    token.classList.toggle("waits", step.is_wait);
    circle.setAttribute("fill", step.is_wait ? "url(#waiting)" : V.colour("mark"));
    circle.setAttribute("stroke", step.is_wait ? wrong : V.colour("page"));
    token.querySelector(".wait-words").textContent = step.is_wait ? `waits ${V.time(step.seconds)}` : "";
    const spent = new Map();
    steps.slice(0, n + 1).forEach((one) => { if (!one.is_wait) { const at = this.boxOf(plan, one); spent.set(at, (spent.get(at) || 0) + one.seconds); } });
    plan.boxes.forEach((one, k) => {
      const drawn = chart.querySelectorAll(".box")[k], face = drawn.querySelector(".face");
      face.setAttribute("stroke", one === box ? (step.is_wait ? wrong : V.colour("ink")) : V.colour("line"));
      face.setAttribute("stroke-width", one === box ? 2.6 : 1);
      face.setAttribute("stroke-dasharray", one === box && step.is_wait ? "6 4" : "none");
      drawn.querySelector(".spent").textContent = spent.has(one) ? V.time(spent.get(one)) : "";
    });
    const trail = steps.slice(Math.max(0, n - 3), n + 1).filter((one) => !one.is_wait).map((one) => this.middle(plan, one).map((at) => at.toFixed(0)).join(","));
    chart.querySelector(".trail").setAttribute("d", trail.length > 1 ? `M${trail.join("L")}` : "");
    chart.querySelectorAll(".part").forEach((part, k) => part.setAttribute("opacity", k <= n ? 1 : 0.35));
    document.getElementById("scrub").value = n;
    const words = step.is_wait ? `waits for ${step.label}` : step.label;
    document.getElementById("scrub").setAttribute("aria-valuetext", `${n + 1} of ${steps.length}: ${words}`);
    document.querySelector(".now").replaceChildren(V.el("b", {class: step.is_wait ? "wrong" : null}, words),
      ` ${step.is_wait ? "before" : "in"} ${step.layer}, ${step.where}: ${V.time(step.seconds)}${step.when_idle ? ", because the domain was idle" : ""} (step ${n + 1} of ${steps.length})`);
    this.tell(V, this.playing ? step.began_s : step.began_s + step.seconds);
    document.querySelectorAll(".closer tbody tr").forEach((row, k) => {
      if (k === n) row.setAttribute("aria-current", "step"); else row.removeAttribute("aria-current");
    });
  },
  tell(V, now) {
    document.getElementById("clock").textContent = `${(now * 1e6).toFixed(2)} us of ${(V.data.response * 1e6).toFixed(2)} us`;
    const head = document.querySelector(".chart .head"), at = this.along(Math.min(now, V.data.response));
    head.setAttribute("x1", at);
    head.setAttribute("x2", at);
    const others = V.data.behind.filter((step) => step.began_s <= now && now < step.began_s + step.seconds).map((step) => {
      const [x, y] = this.middle(this.place, step);
      return V.svg("rect", {x: x - 26, y: y - 6, width: 12, height: 12, fill: step.is_wait ? "url(#waiting)" : V.colour("soft"), stroke: V.colour("page")}, V.svg("title", {}, `in the background: ${step.label}`));
    });
    document.querySelector(".chart .others").replaceChildren(...others);
  },

  table(V) {
    const name = V.data.architecture.name;
    const apart = (step) => (V.fixed || step.is_wait ? step.layer : V.el("a", {href: `time?${V.query({...V.data.state, more: {}, a: ["native", name], at: `${name}|${step.layer}`})}`}, step.layer));
    const row = (step, n) => [V.el("button", {type: "button", class: "plain", click: () => this.go(V, n)}, String(n + 1)), V.time(step.began_s), V.time(step.seconds),
      step.is_wait ? V.el("span", {class: "wrong"}, `waits for ${step.label}`) : `${step.label}${step.when_idle ? " (as the domain was idle)" : ""}`, apart(step), step.where,
      step.prices.map((price) => `${V.number(price.count)} x ${price.cost}`).join(", ")];
    const columns = [{name: "step"}, {name: "at", number: true}, {name: "takes", number: true}, {name: "what"}, {name: "layer"}, {name: "where"}, {name: "cost"}];
    const waits = V.data.steps.filter((step) => step.is_wait).reduce((sum, step) => sum + step.seconds, 0);
    const what = [V.data.waited_for ? null : V.el("p", {}, "Nobody waits for this work: it goes on in the background, and is followed there."), V.el("p", {}, `This request takes ${V.time(V.data.response)}`, waits ? `, of which it waits ${V.time(waits)} (${(100 * waits / V.data.response).toFixed(0)} %). ` : ", and waits for nobody. ",
      V.data.tasks > 1 ? `It is one of ${V.data.tasks} clients' requests, which take ${V.time(V.data.mean)} on average; ${V.data.state.more.follow === "typical" ? "the one nearest to that" : "the slowest"} is followed.` : "")];
    what.push(V.el("details", {open: innerWidth > 700 && V.data.steps.length < 40}, V.el("summary", {}, `All ${V.data.steps.length} steps`), V.table("The request's own steps", columns, V.data.steps.map(row))));
    if (V.data.behind.length) {
      what.push(V.el("details", {}, V.el("summary", {}, `In the background: ${V.data.behind.length} steps`),
        V.table("What goes on without the request waiting for it", columns.slice(1), V.data.behind.map((step) => row(step, 0).slice(1)))));
    }
    document.querySelector(".closer").replaceChildren(...what.filter(Boolean));
  },
};
