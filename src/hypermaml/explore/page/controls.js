// Sliders, choices, checkboxes and buttons, each with a label.

const DAY = 86400000;

function labelled(text, input, output = null) {
  const label = document.createElement("label");
  label.htmlFor = input.id;
  label.append(text, ...(output ? [output] : []));
  const element = document.createElement("div");
  element.append(label, input);
  return element;
}

// The text of a number: of a date, the day.
function shown({ date, step }, value) {
  if (date) return new Date(Date.UTC(2000, 0, 1) + value * DAY).toISOString().slice(0, 10);
  return value.toFixed(Math.max(0, Math.min(6, -Math.floor(Math.log10(step)))));
}

// What changes one value of the state: `get` reads it, `set` is called with a new one.
export function control(each, get, set, group) {
  const id = `${group}-${each.name}`;
  if (each.options) {
    const select = Object.assign(document.createElement("select"), { id });
    select.append(...each.options.map((option) => new Option(option || "(missing)", option)));
    select.addEventListener("change", () => set(select.value));
    return { element: labelled(each.label, select), refresh: () => (select.value = get()) };
  }
  const range = Object.assign(document.createElement("input"), { id, type: "range", min: each.least, max: each.most, step: each.step });
  const output = document.createElement("output");
  range.addEventListener("input", () => set(Number(range.value)));
  const refresh = () => {
    const value = get();
    if (value === undefined) return;
    range.value = value;
    output.textContent = shown(each, value);
    range.setAttribute("aria-valuetext", output.textContent);
  };
  return { element: labelled(each.label, range, output), refresh };
}

export function checkbox(text, get, set) {
  const input = Object.assign(document.createElement("input"), { type: "checkbox", id: "linked" });
  input.addEventListener("change", () => set(input.checked));
  const label = document.createElement("label");
  label.className = "check";
  label.append(input, text);
  return { element: label, refresh: () => (input.checked = get()) };
}

export function button(text, pressed) {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
  made.addEventListener("click", pressed);
  return made;
}
