// The panels: each draws the answer for one method. `game` holds the state and what a move does.

import { Plot, each, shortened, svg } from "./plot.js";

// The look of a step: dashed before the first, thin between, thick after the last.
function look(step, last, color) {
  const [width, opacity, dash] = step === 0 ? [2, 1, "6 4"] : step === last ? [3, 1, "none"] : [1.3, 0.55, "none"];
  return { class: "curve", stroke: color, "stroke-width": width, opacity, "stroke-dasharray": dash };
}

function figure(method, ...plots) {
  const made = document.createElement("figure");
  const caption = document.createElement("figcaption");
  const line = svg("line", { x1: 0, x2: 26, y1: 6, y2: 6, stroke: method.color, "stroke-width": 4 });
  caption.append(svg("svg", { width: 26, height: 12, "aria-hidden": "true" }, line), method.label);
  made.append(caption, ...plots);
  return made;
}

function handles(plot, game, first) {
  const made = [];
  return (points, label) => each(points, made, (place) => plot.handle(svg("circle", { r: 6, class: "mark" }), {
    tab: first,
    moved: (data) => game.movePoint(place, data),
    chosen: () => game.choose(place),
    key: (event) => game.pointKey(place, event),
  }), (handle, point, place) => {
    handle.place(point, label(point, place));
    handle.classList.toggle("chosen", game.chosen === place);
  });
}

export function curvePanel(method, setup, game, first) {
  const plot = new Plot(setup.inputs[0], setup.output, { title: `Curves of ${method.label}` });
  const truth = svg("path", { class: "true" });
  const rows = svg("g"), dots = [];
  const curves = Array.from({ length: setup.steps + 1 }, (_, step) => svg("path", { ...look(step, setup.steps, method.color), "data-step": step }));
  plot.inside.append(truth, rows, ...curves);
  plot.root.addEventListener("click", (event) => game.addPoint(plot.at(event)));
  const place = handles(plot, game, first);
  const pairs = (values) => values.map((value, k) => [setup.grid[k], value]);
  const draw = (answer) => {
    const own = answer.methods[method.name];
    truth.setAttribute("d", answer.truth ? plot.path(pairs(answer.truth)) : "");
    curves.forEach((curve, step) => curve.setAttribute("d", plot.path(pairs(own.outputs[step]))));
    each(game.rows, dots, () => rows.appendChild(svg("circle", { r: 3.5, class: "row" })), (dot, [x, y]) => {
      dot.setAttribute("cx", plot.x(x));
      dot.setAttribute("cy", plot.y(y));
    });
    place(answer.points, ([x, y], k) => `Support point ${k + 1} at ${setup.inputs[0].name} ${shortened(x)}, ${shortened(y)}. Arrow keys move it, Delete removes it.`);
  };
  return { element: figure(method, plot.root), draw };
}

export function planePanel(method, setup, game, first) {
  const plot = new Plot(...setup.inputs, { width: 400, height: 400, title: `Walks of ${method.label}` });
  const rollouts = svg("g"), lines = [];
  const known = svg("path", { class: "gridline", "stroke-dasharray": "4 4" });
  const walks = Array.from({ length: setup.steps + 1 }, (_, step) => svg("path", { ...look(step, setup.steps, method.color), "data-step": step }));
  plot.inside.append(rollouts, known, ...walks, svg("circle", { cx: plot.x(0), cy: plot.y(0), r: 4, class: "row" }));
  const star = "M0-10 2.9-3.2 10-3.1 4.7 1.6 6.5 8.6 0 4.6-6.5 8.6-4.7 1.6-10-3.1-2.9-3.2Z";
  const goal = plot.handle(svg("path", { d: star, class: "mark" }), { tab: first, moved: (data) => game.moveGoal("truth", data) });
  const ring = setup.description.length ? plot.handle(svg("circle", { r: 9, class: "ring" }), { tab: first, moved: (data) => game.moveGoal("description", data) }) : null;
  const draw = (answer) => {
    const own = answer.methods[method.name];
    each(own.rollouts, lines, () => rollouts.appendChild(svg("path", { class: "rollout", stroke: method.color })), (line, walk) => line.setAttribute("d", plot.path(walk)));
    walks.forEach((walk, step) => walk.setAttribute("d", plot.path(own.outputs[step])));
    goal.place(answer.truth, `The goal at ${answer.truth.map(shortened).join(", ")}. Arrow keys move it.`);
    if (!ring) return;
    const [x, y = 0] = Object.values(game.description);
    ring.style.display = game.linked ? "none" : "";
    ring.place([x, y], `The described goal at ${shortened(x)}${setup.description.length > 1 ? `, ${shortened(y)}` : ""}. Arrow keys move it.`);
    if (setup.description.length === 1) known.setAttribute("d", plot.path([[x, setup.inputs[1].least], [x, setup.inputs[1].most]]));
  };
  return { element: figure(method, plot.root), draw };
}

// Cividis, which the color-blind read as others do.
const STOPS = [[0, 32, 77], [49, 68, 107], [102, 105, 112], [149, 143, 120], [203, 186, 105], [255, 234, 70]];

export function colorOf(value, { least, most }) {
  const at = Math.min(Math.max((value - least) / (most - least), 0), 1) * (STOPS.length - 1);
  const below = Math.min(Math.floor(at), STOPS.length - 2);
  return STOPS[below].map((part, k) => Math.round(part + (at - below) * (STOPS[below + 1][k] - part)));
}

const rgb = (value, axis) => `rgb(${colorOf(value, axis).join(" ")})`;

export function fieldPanel(method, setup, game, first) {
  const [columns, rows] = setup.grid.map((line) => line.length);
  const canvas = Object.assign(document.createElement("canvas"), { width: columns, height: rows });
  const small = document.createElement("div");
  small.className = "small";
  const parts = Array.from({ length: setup.steps + 1 }, (_, step) => {
    const plot = new Plot(...setup.inputs, { width: 230, height: 210, title: `${method.label} after step ${step}` });
    const image = svg("image", { ...plot.box(), preserveAspectRatio: "none", "data-step": step });
    const known = svg("g");
    plot.inside.append(image, known);
    plot.root.addEventListener("click", (event) => game.addPoint(plot.at(event)));
    const label = document.createElement("span");
    label.textContent = step ? `after step ${step}` : "before the first step";
    const cell = document.createElement("div");
    cell.append(label, plot.root);
    small.append(cell);
    return { plot, image, known, dots: [], place: handles(plot, game, first && step === 0) };
  });
  const draw = (answer) => parts.forEach(({ plot, image, known, dots, place }, step) => {
    const pen = canvas.getContext("2d");
    const pixels = pen.createImageData(columns, rows);
    answer.methods[method.name].outputs[step].forEach((value, k) => {
      const at = 4 * ((rows - 1 - (k % rows)) * columns + Math.floor(k / rows));
      pixels.data.set(value === null ? [0, 0, 0, 0] : [...colorOf(value, setup.output), 255], at);
    });
    pen.putImageData(pixels, 0, 0);
    image.setAttribute("href", canvas.toDataURL());
    each(game.rows, dots, () => known.appendChild(svg("circle", { r: 3, stroke: "#fff", "stroke-width": 0.7 })), (dot, [x, y, value]) => {
      dot.setAttribute("cx", plot.x(x));
      dot.setAttribute("cy", plot.y(y));
      dot.setAttribute("fill", rgb(value, setup.output));
    });
    place(answer.points, ([x, y, value], k) => `Support point ${k + 1} at ${shortened(x)}, ${shortened(y)}, value ${shortened(value)}. Arrow keys move it, Page Up and Page Down change its value, Delete removes it.`);
    plot.over.querySelectorAll(".mark").forEach((mark, k) => Object.assign(mark.style, { fill: rgb(answer.points[k][2], setup.output), stroke: "#fff" }));
  });
  return { element: figure(method, small), draw };
}
