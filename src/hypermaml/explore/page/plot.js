// A plot with axes: data to pixels and back, paths, and handles that a pointer or the arrow keys move.

const SPACE = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// Up to about `count` round numbers between two ends.
function ticks(least, most, count) {
  const rough = (most - least) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * power).find((each) => each >= 0.9 * rough);
  const first = Math.ceil(least / step - 1e-6), last = Math.floor(most / step + 1e-6);
  return Array.from({ length: last - first + 1 }, (_, k) => Number(((first + k) * step).toPrecision(10)));
}

const written = (value, digits) => (Math.abs(value) >= 1e6 || (value && Math.abs(value) < 1e-3) ? value.toExponential(1) : String(Number(value.toPrecision(digits))));
export const shortened = (value) => written(value, 4);

let clips = 0;

export class Plot {
  // axes: {name, least, most} across and up; labels: whether there is room for names and numbers.
  constructor(across, up, { width = 480, height = 320, labels = true, title = "" } = {}) {
    Object.assign(this, { across, up, width, height });
    this.left = labels ? 46 : 4;
    this.bottom = height - (labels ? 38 : 4);
    this.top = 8;
    this.right = width - 8;
    this.root = svg("svg", { class: "plot", viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": title });
    const clip = svg("clipPath", { id: `clip-${++clips}` }, svg("rect", this.box()));
    this.under = svg("g");
    this.inside = svg("g", { "clip-path": `url(#clip-${clips})` });
    this.over = svg("g");
    this.root.append(svg("defs", {}, clip), this.under, this.inside, this.over);
    if (labels) this.axes();
    this.under.append(svg("rect", { ...this.box(), class: "frame" }));
  }

  box() {
    return { x: this.left, y: this.top, width: this.right - this.left, height: this.bottom - this.top };
  }

  x(value) {
    return this.left + ((value - this.across.least) / (this.across.most - this.across.least)) * (this.right - this.left);
  }

  y(value) {
    return this.bottom - ((value - this.up.least) / (this.up.most - this.up.least)) * (this.bottom - this.top);
  }

  // The data under a pointer, within the axes.
  at(event) {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.root.getScreenCTM().inverse());
    const share = [(point.x - this.left) / (this.right - this.left), (this.bottom - point.y) / (this.bottom - this.top)];
    return [this.across, this.up].map((axis, k) => axis.least + Math.min(Math.max(share[k], 0), 1) * (axis.most - axis.least));
  }

  axes() {
    const text = (value, attributes) => this.under.append(svg("text", attributes, value));
    for (const value of ticks(this.across.least, this.across.most, this.width / 80)) {
      this.under.append(svg("line", { x1: this.x(value), x2: this.x(value), y1: this.top, y2: this.bottom, class: "gridline" }));
      text(written(value, 9), { x: this.x(value), y: this.bottom + 15, "text-anchor": "middle" });
    }
    for (const value of ticks(this.up.least, this.up.most, this.height / 45)) {
      this.under.append(svg("line", { x1: this.left, x2: this.right, y1: this.y(value), y2: this.y(value), class: "gridline" }));
      text(written(value, 9), { x: this.left - 6, y: this.y(value) + 4, "text-anchor": "end" });
    }
    const middle = (this.top + this.bottom) / 2;
    text(this.across.name, { x: (this.left + this.right) / 2, y: this.height - 5, "text-anchor": "middle" });
    text(this.up.name, { x: 12, y: middle, "text-anchor": "middle", transform: `rotate(-90 12 ${middle})` });
  }

  // The path of pairs; a pair with null is a gap.
  path(pairs) {
    let pen = "M";
    return pairs.map(([x, y]) => {
      if (x === null || y === null) return (pen = "M"), "";
      const part = `${pen}${this.x(x).toFixed(1)} ${this.y(y).toFixed(1)}`;
      pen = "L";
      return part;
    }).join("");
  }

  // A mark that can be moved: `moved` gets the new data, `key` any other key and returns whether it used it.
  handle(mark, { moved, key = () => false, chosen = () => {}, tab = true }) {
    const area = svg("circle", { r: 16, class: "area" });
    const group = svg("g", { class: "handle", role: "button", "aria-roledescription": "movable mark", tabindex: tab ? 0 : -1 }, area, mark);
    let dragged = false;
    group.addEventListener("pointerdown", (event) => {
      group.setPointerCapture(event.pointerId);
      dragged = true;
      chosen();
      event.preventDefault();
      group.focus({ preventScroll: true });
    });
    group.addEventListener("pointermove", (event) => dragged && moved(this.at(event)));
    for (const end of ["pointerup", "pointercancel"]) group.addEventListener(end, () => (dragged = false));
    group.addEventListener("click", (event) => event.stopPropagation());
    group.addEventListener("focus", chosen);
    group.addEventListener("keydown", (event) => {
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] }[event.key];
      if (way) {
        const share = event.shiftKey ? 0.1 : 0.02;
        moved([this.across, this.up].map((axis, k) => {
          const next = group.data[k] + way[k] * share * (axis.most - axis.least);
          return Math.min(Math.max(next, axis.least), axis.most);
        }));
      } else if (!key(event)) return;
      event.preventDefault();
    });
    group.place = (data, label) => {
      group.data = data;
      group.setAttribute("transform", `translate(${this.x(data[0]).toFixed(1)} ${this.y(data[1]).toFixed(1)})`);
      group.setAttribute("aria-label", label);
    };
    this.over.append(group);
    return group;
  }
}

// As many elements as there are entries: makes and removes at the end, and then sets each.
export function each(entries, elements, make, set) {
  while (elements.length > entries.length) elements.pop().remove();
  while (elements.length < entries.length) elements.push(make(elements.length));
  entries.forEach((entry, place) => set(elements[place], entry, place));
}
