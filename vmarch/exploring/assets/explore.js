// What all views share: the data of the page, elements, colours, times in words, the server, and what can be taken away.
// This script is read after the view's own, which has put its functions into window.VIEW: build(V) and draw(V).
"use strict";
(() => {
  const body = document.body;
  const V = {
    view: body.dataset.view,
    fixed: body.dataset.fixed === "yes",
    data: JSON.parse(document.getElementById("data").textContent),
    main: document.getElementById("main"),
  };
  window.V = V;

  const made = (element, attributes, children) => {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (typeof value === "function") element.addEventListener(name, value);
      else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return element;
  };
  V.el = (tag, attributes, ...children) => made(document.createElement(tag), attributes, children);
  V.svg = (tag, attributes, ...children) => made(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

  // the colours of the figures (Okabe and Ito's), and a pattern each, for who cannot tell them apart
  V.layers = {
    "user": ["#999999", ""],
    "guest kernel": ["#0072B2", ""],
    "VMM": ["#D55E00", "M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4"],
    "back end": ["#E69F00", "M-2,6 l4,4 M0,0 l8,8 M6,-2 l4,4"],
    "host OS": ["#009E73", "M2,2 h1 M6,6 h1"],
    "MMU": ["#CC79A7", "M0,0 l8,8 M8,0 l-8,8"],
    "device": ["#56B4E9", "M0,4 h8"],
    "wire": ["#C8C8C8", "M4,0 v8"],
  };
  V.colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const key = (layer) => `layer-${layer.replace(/ /g, "-")}`;
  V.patterns = () => V.svg("defs", {}, Object.entries(V.layers).map(([layer, [fill, strokes]]) =>
    V.svg("pattern", {id: key(layer), width: 8, height: 8, patternUnits: "userSpaceOnUse"},
      V.svg("rect", {width: 8, height: 8, fill}),
      strokes ? V.svg("path", {d: strokes, stroke: "#00000088", "stroke-width": 1, fill: "none"}) : null)));
  V.fill = (layer) => `url(#${key(layer)})`;

  V.number = (value, digits = 3) => {
    if (value === 0) return "0";
    const size = Math.abs(value);
    if (size >= 1e9 || size < 1e-3) return value.toExponential(digits - 1);
    return Number(value.toPrecision(Math.max(digits, size >= 1 ? Math.min(6, Math.floor(Math.log10(size)) + 1) : digits)))
      .toLocaleString("en", {maximumSignificantDigits: 9});
  };
  V.time = (seconds, digits = 3) => {
    for (const [scale, unit] of [[1, "s"], [1e-3, "ms"], [1e-6, "us"]]) {
      if (Math.abs(seconds) >= scale * 0.9995) return `${Number((seconds / scale).toPrecision(digits))} ${unit}`;
    }
    return seconds === 0 ? "0" : `${Number((seconds * 1e9).toPrecision(digits))} ns`;
  };
  V.ticks = (most, count) => {
    const rough = most / count, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough);
    return Array.from({length: Math.floor(most / step + 1e-9) + 1}, (_, n) => n * step);
  };

  V.say = (text) => { document.getElementById("said").textContent = text; };
  V.query = (state) => {
    const pairs = [["w", state.w], ...state.a.map((one) => ["a", one]), ["host", state.host]];
    for (const [name, value] of Object.entries(state.costs)) pairs.push([`cost.${name}`, value]);
    for (const [name, value] of Object.entries(state.demands)) pairs.push([`demand.${name}`, value]);
    for (const [name, value] of Object.entries(state.more || {})) if (value) pairs.push([name, value]);
    if (state.at) pairs.push(["at", state.at]);
    return new URLSearchParams(pairs).toString();
  };
  // one question at a time; of those that come meanwhile the latest is asked
  let asking = false, next = null;
  V.ask = async (state, rebuild = false) => {
    if (V.fixed) return;
    next = {query: V.query(state), rebuild: rebuild || Boolean(next && next.rebuild)};
    if (asking) return;
    asking = true;
    while (next) {
      const {query, rebuild: anew} = next;
      next = null;
      try {
        const began = performance.now();
        const answer = await fetch(`api/${V.view}?${query}`);
        const found = await answer.json();
        if (!answer.ok) { V.say(found.error); continue; }
        V.say("");
        V.data = found;
        history.replaceState(null, "", `${V.view}?${found.address}`);
        if (anew) V.build(); else { V.links(); window.VIEW.draw(V); }
        V.last = performance.now() - began;
      } catch (error) {
        V.say(`The explorer does not answer: is it still running? (${error.message})`);
      }
    }
    asking = false;
  };
  V.more = () => { if (!next) V.ask(V.data.state); };  // goes on with a question that has no whole answer yet
  V.set = (name, value, anew) => {  // what only this view knows
    V.data.state.more = {...V.data.state.more, [name]: value};
    V.ask(V.data.state, anew);
  };
  V.here = () => history.replaceState(null, "", V.fixed ? location.href : `${V.view}?${V.query(V.data.state)}`);

  const copied = async (what, text) => {
    try {
      await navigator.clipboard.writeText(text);
      V.say(`Copied: ${what}.`);
    } catch {
      V.say(text);
    }
  };
  const saved = (name, blob) => {
    const link = V.el("a", {href: URL.createObjectURL(blob), download: name});
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  // what is drawn, with its title above and its legend below, to stand by itself
  V.picture = () => {
    const drawn = document.querySelector(".chart svg").cloneNode(true), ink = V.colour("ink"), top = 34, letters = 13;
    for (const moved of drawn.querySelectorAll("[style*=transform]")) {
      moved.setAttribute("transform", moved.style.transform.replace(/px/g, ""));
      moved.removeAttribute("style");
    }
    const width = Number(drawn.getAttribute("width")), high = Number(drawn.getAttribute("height"));
    let x = 8, y = top + high + 20;
    const legend = [...document.querySelectorAll(".legend-place li")].map((item) => {
      const icon = item.querySelector("svg").cloneNode(true), wide = Number(icon.getAttribute("width"));
      const takes = wide + 24 + 0.56 * letters * item.textContent.length;
      if (x + takes > width) { x = 8; y += 22; }
      icon.setAttribute("x", x);
      icon.setAttribute("y", y - 12);
      const entry = V.svg("g", {}, icon, V.svg("text", {x: x + wide + 7, y, "font-size": letters, fill: ink}, item.textContent));
      x += takes;
      return entry;
    });
    drawn.setAttribute("y", top);
    const whole = V.svg("svg", {viewBox: `0 0 ${width} ${y + 14}`, width, height: y + 14, "font-family": "sans-serif"},
      V.svg("rect", {width, height: y + 14, fill: V.colour("page")}),
      V.svg("text", {x: 8, y: 21, "font-size": Math.min(16, 1.75 * width / V.data.title.length), "font-weight": 600, fill: ink}, V.data.title), drawn, legend);
    return new XMLSerializer().serializeToString(whole);
  };
  V.painted = async (name) => {
    const image = new Image(), scale = 2;
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(V.picture())}`;
    await image.decode();
    const canvas = V.el("canvas", {width: scale * image.width, height: scale * image.height});
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((found) => saved(`${name}.png`, found));
  };
  V.tools = () => {
    const name = `${V.view}-${V.data.state.w}`;
    const csv = V.fixed ? body.dataset.csv : `${V.view}.csv?${V.query(V.data.state)}`;
    return V.el("div", {class: "tools", role: "group", "aria-label": "Take away"},
      V.fixed ? null : V.el("button", {type: "button", click: () => copied("address", location.href)}, "Copy address"),
      V.el("button", {type: "button", click: () => copied("command", V.data.command)}, "Copy as command"),
      V.el("button", {type: "button", click: () => copied("Python", V.data.python)}, "Copy as Python"),
      V.el("a", {href: csv, download: V.fixed ? true : null}, "CSV"),
      document.querySelector(".chart svg") ? V.el("button", {type: "button", click: () => saved(`${name}.svg`, new Blob([V.picture()], {type: "image/svg+xml"}))}, "Picture (SVG)") : null,
      document.querySelector(".chart svg") ? V.el("button", {type: "button", click: () => V.painted(name)}, "Picture (PNG)") : null);
  };
  V.chooser = (label, name, list) => {
    const change = (event) => {
      const state = {...V.data.state, [name]: event.target.value, at: ""};
      if (name === "w") state.demands = {};
      V.ask(state, true);
    };
    return V.el("label", {}, label, V.el("select", {name, change}, list.map((one) =>
      V.el("option", {value: one.name, selected: one.name === V.data.state[name]}, `${one.title} (${one.name})`))));
  };
  V.picker = () => {
    const change = () => {
      const a = [...document.querySelectorAll(".pick input:checked")].map((one) => one.value);
      if (a.length) V.ask({...V.data.state, a, at: ""}, true); else V.say("One architecture at least.");
    };
    return V.el("details", {class: "pick", open: V.open}, V.el("summary", {click: () => { V.open = !V.open; }}, `Architectures (${V.data.state.a.length})`),
      V.el("div", {}, V.data.choices.architectures.map((one) => V.el("label", {},
        V.el("input", {type: "checkbox", value: one.name, change, checked: V.data.state.a.includes(one.name)}), ` ${one.title}`))));
  };
  // a slider over a list of values of what only this view knows; "" is what holds where nothing is said
  V.dial = (label, name, values, words) => {
    const current = V.data.state.more[name], id = `dial-${name}`;
    const all = values.includes(current) ? values : [...values, current].sort((one, other) => one - other);
    const output = V.el("output", {for: id}, words(current));
    const input = V.el("input", {type: "range", id, min: 0, max: all.length - 1, step: 1, "aria-valuetext": words(current),
      input: (event) => {
        const value = all[Number(event.target.value)];
        output.textContent = words(value);
        event.target.setAttribute("aria-valuetext", words(value));
        V.set(name, value);
      }});
    input.value = all.indexOf(current);
    return V.el("div", {class: "slider"}, V.el("label", {for: id}, V.el("span", {}, label), output), input);
  };
  // a slider of a cost ("costs") or a demand ("demands"); its range is marked below it
  V.slider = (kind, row) => {
    const current = row.set ? parseFloat(row.set) : row.value;
    const most = 2 * Math.max(row.high, row.value, current) || 10;
    const id = `${kind}-${row.name}`;
    const words = (value) => `${V.number(value, 4)} ${row.unit}`.trim();
    const output = V.el("output", {for: id}, words(current));
    const asked = (value) => {
      const state = {...V.data.state, [kind]: {...V.data.state[kind]}};
      if (value === null) delete state[kind][row.name];
      else state[kind][row.name] = `${Number(value.toPrecision(4))} ${row.unit}`.trim();
      holder.classList.toggle("changed", value !== null);
      back.hidden = value === null;
      output.textContent = words(value === null ? row.value : Number(value.toPrecision(4)));
      V.data.state = state;
      V.ask(state);
    };
    const input = V.el("input", {type: "range", id, min: 0, max: most, step: most / 400, value: current,
      "aria-valuetext": words(current), input: (event) => {
        event.target.setAttribute("aria-valuetext", words(Number(event.target.value)));
        asked(Number(event.target.value));
      }});
    input.value = current;
    const back = V.el("button", {type: "button", class: "plain", hidden: !row.set, click: () => { input.value = row.value; asked(null); }},
      `back to ${words(row.value)}`);
    const range = row.high > row.low ? `range ${V.number(row.low)} to ${V.number(row.high)} ${row.unit}`.trim() : "";
    const told = [range, row.status, row.differs ? "differs between these architectures" : ""].filter(Boolean).join("; ");
    const holder = V.el("div", {class: row.set ? "slider changed" : "slider"},
      V.el("label", {for: id}, V.el("span", {}, row.name.replace(/_/g, " ")), output),
      V.el("div", {class: "rail"}, input, row.high > row.low ? V.el("span", {class: "range", "aria-hidden": "true",
        style: `left:${100 * row.low / most}%;width:${100 * (row.high - row.low) / most}%`}) : null),
      V.el("small", {title: row.source}, told || row.source), back);
    return holder;
  };
  V.sliders = () => {
    const few = 6, all = V.data.costs.map((row) => V.slider("costs", row));
    return V.el("section", {class: "sliders", "aria-label": "Costs and demands to move"},
      V.el("h2", {}, "Move a cost"), V.el("p", {class: "note"}, "The heaviest first; the band below a slider is the cost's range."),
      all.slice(0, few), all.length > few ? V.el("details", {}, V.el("summary", {}, `${all.length - few} lighter costs`), all.slice(few)) : null,
      V.el("h2", {}, "Move a demand"), V.data.demands.map((row) => V.slider("demands", row)));
  };
  V.legend = (names) => V.el("ul", {class: "legend"}, names.map((layer) => V.el("li", {},
    V.svg("svg", {width: 16, height: 16, "aria-hidden": "true"}, V.patterns(), V.svg("rect", {width: 16, height: 16, fill: V.fill(layer)})), layer)));
  V.table = (caption, columns, rows) => V.el("div", {class: "wide"}, V.el("table", {},
    V.el("caption", {class: "soft"}, caption),
    V.el("thead", {}, V.el("tr", {}, columns.map((one) => V.el("th", {scope: "col", class: one.number ? "number" : null}, one.name)))),
    V.el("tbody", {}, rows.map((row) => V.el("tr", {}, row.map((cell, n) => V.el("td", {class: columns[n].number ? "number" : null}, cell)))))));

  // other views, of the same workload, architectures and host
  V.links = () => {
    if (V.fixed) return;
    const shared = V.query({...V.data.state, more: {}, at: ""});
    for (const link of document.querySelectorAll("nav a")) link.href = `${link.getAttribute("href").split("?")[0]}?${shared}`;
  };
  V.build = () => {
    V.links();
    V.main.replaceChildren(V.el("h1", {}, V.data.title));
    window.VIEW.build(V);
    window.VIEW.draw(V);
  };
  const theme = document.getElementById("theme");
  const dark = () => document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  theme.hidden = false;
  theme.addEventListener("click", () => {
    document.documentElement.dataset.theme = dark() ? "light" : "dark";
    window.VIEW.draw(V);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => window.VIEW.draw(V));
  let before = null;  // paper is white
  addEventListener("beforeprint", () => {
    before = document.documentElement.dataset.theme || "";
    document.documentElement.dataset.theme = "light";
    window.VIEW.draw(V);
  });
  addEventListener("afterprint", () => {
    if (before) document.documentElement.dataset.theme = before; else delete document.documentElement.dataset.theme;
    window.VIEW.draw(V);
  });
  let width = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; window.VIEW.draw(V); } });
  V.build();
  body.dataset.ready = "yes";
})();
