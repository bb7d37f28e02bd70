// The state of the page: what one moves, the requests (one at a time, the latest wins), and what is drawn.

import { checkbox, control, button } from "./controls.js";
import { curvePanel, fieldPanel, planePanel } from "./panels.js";
import { shortened } from "./plot.js";

const $ = (id) => document.getElementById(id);
const PANELS = { curve: curvePanel, field: fieldPanel, plane: planePanel };
const state = { description: {}, truth: {}, points: [], rows: [], task: 0, draw: 0, linked: false, chosen: -1, answer: null };
let setup, panels, busy = false, again = false, speech;
const updates = []; // of controls, when the state changes

async function asked(path, options) {
  const response = await fetch(path, options).catch(() => null);
  if (!response) throw new Error("The program does not answer: start hypermaml explore again.");
  const found = await response.json();
  if (!response.ok) throw new Error(found.error);
  return found;
}

function complain(sentence) {
  $("error").textContent = sentence;
  $("error").hidden = !sentence;
}

// Ask for the present state; while an answer is on its way, changes wait for it, and the latest is asked for next.
async function update() {
  for (const refresh of updates) refresh();
  if (busy) return void (again = true);
  busy = true;
  document.body.dataset.busy = "yes";
  const { description, truth, points, task, draw } = state;
  try {
    state.answer = await asked("adapt", { method: "POST", body: JSON.stringify({ description, truth, points, task, draw }) });
    complain("");
    show();
  } catch (error) {
    complain(error.message);
  }
  busy = false;
  if (again) {
    again = false;
    return update();
  }
  delete document.body.dataset.busy;
}

function show() {
  for (const panel of panels) panel.draw(state.answer);
  const cells = (row, texts, tag) => row.replaceChildren(...texts.map((text) => Object.assign(document.createElement(tag), { textContent: text })));
  const said = setup.methods.map(({ name, label }, place) => {
    const scores = state.answer.methods[name].scores.map((score) => (score === null ? "diverged" : shortened(score)));
    cells(document.querySelectorAll("#scores tbody tr")[place], [label, ...scores], "td");
    return `${label}: ${scores[0]} before the first step, ${scores.at(-1)} after step ${setup.steps}`;
  });
  clearTimeout(speech);
  speech = setTimeout(() => ($("status").textContent = `${setup.score}. ${said.join(". ")}.`), 700);
  document.body.dataset.answers = Number(document.body.dataset.answers || 0) + 1;
}

// The true task and its description move together until the user parts them.
function set(group, name, value) {
  state[group][name] = value;
  const other = group === "truth" ? state.description : state.truth;
  if (state.linked && name in other) other[name] = value;
  update();
}

const truthAt = (x) => {
  if (!setup.points.relative) return 0;
  const { grid } = setup, step = grid[1] - grid[0];
  const at = Math.min(Math.max((x - grid[0]) / step, 0), grid.length - 1), below = Math.min(Math.floor(at), grid.length - 2);
  return state.answer.truth[below] + (at - below) * (state.answer.truth[below + 1] - state.answer.truth[below]);
};

// A point as requests have it: of curves that are known everywhere, its distance from the true curve.
function stored([x, ...rest], value) {
  if (setup.kind === "field") return [x, rest[0], value];
  const y = setup.output.classes ? Math.round(rest[0]) : rest[0];
  return [x, y - truthAt(x)];
}

const game = {
  get rows() { return state.rows; },
  get chosen() { return state.chosen; },
  get linked() { return state.linked; },
  get description() { return state.description; },
  choose(place) {
    if (state.chosen === place) return;
    state.chosen = place;
    for (const refresh of updates) refresh();
    if (state.answer) show();
  },
  movePoint(place, data) {
    if (place >= state.points.length) return;
    state.points[place] = stored(data, state.points[place][2]);
    update();
  },
  addPoint(data) {
    if (state.points.length >= setup.points.most) return complain(`There are ${setup.points.most} points already: remove some.`);
    const middle = setup.output.classes ? 1 : (setup.output.least + setup.output.most) / 2;
    state.points.push(stored(data, middle));
    state.chosen = state.points.length - 1;
    update();
  },
  removePoint(place) {
    if (place < 0 || place >= state.points.length) return;
    state.points.splice(place, 1);
    state.chosen = Math.min(place, state.points.length - 1);
    update();
  },
  pointKey(place, { key }) {
    if (key === "Delete" || key === "Backspace") return game.removePoint(place), true;
    const way = { PageUp: 1, PageDown: -1 }[key];
    if (!way || setup.kind !== "field") return false;
    const { least, most, classes } = setup.output;
    const next = state.points[place][2] + way * (classes ? 1 : (most - least) / 50);
    state.points[place][2] = Math.min(Math.max(next, classes ? 0 : least), classes ? 1 : most);
    update();
    return true;
  },
  moveGoal(group, data) {
    setup[group].forEach(({ least, most, step }, k) => {
      const value = Math.min(Math.max(Math.round(data[k] / step) * step, least), most);
      const name = setup[group][k].name;
      state[group][name] = value;
      if (state.linked && name in state.description) state.description[name] = value;
    });
    update();
  },
};

async function begin(number) {
  try {
    const { description, truth, points = [], rows = [] } = await asked(`task/${number}`);
    Object.assign(state, { description, truth, points, rows, task: number, linked: setup.linked, chosen: -1 });
    update();
  } catch (error) {
    complain(error.message);
  }
}

function buildControls() {
  const names = new Set(setup.description.map(({ name }) => name));
  for (const group of ["description", "truth"]) {
    for (const each of setup[group]) {
      const made = control(each, () => state[group][each.name], (value) => set(group, each.name, value), group);
      updates.push(made.refresh, () => (made.element.hidden = group === "truth" && state.linked && names.has(each.name)));
      $(group).append(made.element);
    }
  }
  if (!setup.description.length) $("description").append(Object.assign(document.createElement("p"), { className: "soft", textContent: "These methods read no description." }));
  $("truth").hidden = !setup.truth.length;
  if (setup.linked) {
    const made = checkbox("The description is that of the true task", () => state.linked, (value) => {
      state.linked = value;
      if (value) for (const name of names) state.truth[name] = state.description[name];
      update();
    });
    updates.push(made.refresh);
    $("truth").append(made.element);
  }
  if (setup.points) {
    const widest = () => {
      const axis = setup.inputs[0];
      const places = [axis.least, ...state.points.map(([x]) => x), axis.most].sort((a, b) => a - b);
      const gap = places.slice(1).map((x, k) => [x - places[k], (x + places[k]) / 2]).sort((a, b) => b[0] - a[0])[0][1];
      const middle = setup.kind === "field" ? (setup.inputs[1].least + setup.inputs[1].most) / 2 : (setup.output.least + setup.output.most) / 2;
      return [gap, setup.points.relative ? truthAt(gap) : middle];
    };
    const add = button("Add a point", () => game.addPoint(widest()));
    const remove = button("Remove a point", () => game.removePoint(state.chosen < 0 ? state.points.length - 1 : state.chosen));
    const count = Object.assign(document.createElement("p"), { className: "soft" });
    updates.push(() => {
      add.disabled = state.points.length >= setup.points.most;
      remove.disabled = !state.points.length;
      count.textContent = `${state.points.length} points${state.chosen < 0 ? "" : `; point ${state.chosen + 1} is chosen`}.`;
    });
    $("support").append(count, add, remove);
    if (setup.kind === "field") {
      const { least, most, name, classes } = setup.output;
      const value = { name: "value", label: `${classes ? "Class" : name} of the chosen point`, least: classes ? 0 : least, most: classes ? 1 : most, step: classes ? 1 : (most - least) / 100 };
      const made = control(value, () => state.points[state.chosen]?.[2] ?? least, (found) => {
        if (state.points[state.chosen]) state.points[state.chosen][2] = found;
        update();
      }, "support");
      updates.push(made.refresh, () => (made.element.hidden = state.chosen < 0));
      $("support").append(made.element);
    }
  } else {
    const text = "Each step reads rollouts of the policy before it. Thin lines are rollouts of the start.";
    $("support").append(Object.assign(document.createElement("p"), { className: "soft", textContent: text }), button("Draw other rollouts", () => {
      state.draw = (state.draw + 1) % setup.draws;
      update();
    }));
  }
}

function keyOf() {
  const steps = `Dashed: before the first step. Thick: after step ${setup.steps}. Thin: between.`;
  if (setup.kind === "plane") return `${steps} Drag the star, which is the goal, or move it with the arrow keys.${setup.description.length ? " A ring is the described goal where it is another one." : ""}`;
  const move = "Drag a point, or move it with the arrow keys. Click into a plot to add one.";
  if (setup.kind === "curve") return `${steps} Gray: the true task. ${move}`;
  return `Dark: ${shortened(setup.output.least)}, yellow: ${shortened(setup.output.most)} (${setup.output.name}). Small dots: other rows of the task. ${move}`;
}

async function start() {
  try {
    setup = await asked("setup");
    const labels = setup.methods.map(({ label }) => label).join(" beside ");
    document.title = `${labels} · hypermaml explore`;
    $("title").textContent = labels;
    $("about").textContent = `${setup.about} The generator reads the description, and the inner steps read the support: change both.`;
    $("key").textContent = keyOf();
    $("score").textContent = setup.score;
    $("panels").className = setup.kind;
    document.querySelector("#scores thead").innerHTML = "<tr><th scope=col>Method</th></tr>";
    for (let step = 0; step <= setup.steps; step++) {
      document.querySelector("#scores thead tr").append(Object.assign(document.createElement("th"), { scope: "col", textContent: `Step ${step}` }));
    }
    document.querySelector("#scores tbody").append(...setup.methods.map(() => document.createElement("tr")));
    panels = setup.methods.map((method, place) => PANELS[setup.kind](method, setup, game, place === 0));
    $("panels").append(...panels.map(({ element }) => element));
    $("begin").append(...setup.tasks.map((name, place) => new Option(name, place)));
    $("begin").addEventListener("change", ({ target }) => begin(Number(target.value)));
    buildControls();
    await begin(0);
  } catch (error) {
    complain(error.message);
  }
}

start();
