// Elements are only ever built from text: nothing a solution wrote is parsed as HTML.
const NAMESPACE = "http://www.w3.org/2000/svg";
const find = (id) => document.getElementById(id);

function element(name, attributes = {}, ...children) {
  const svg = ["svg", "rect"].includes(name);
  const made = svg ? document.createElementNS(NAMESPACE, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

function digits(value, significant = 3) {
  if (typeof value !== "number") return String(value);
  if (value === 0) return "0";
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  const decimals = Math.max(0, Math.min(significant - 1 - magnitude, 6));
  return value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

function times(value) {
  if (typeof value !== "number") return String(value);
  return value >= 0.1 && value < 9.995 ? value.toFixed(2) : digits(value, value < 0.1 ? 2 : 3);
}

const ratio = (value) => (value === null || value === undefined ? "–" : `${times(value)}×`);

function percent(share) {
  if (share === null || share === undefined) return "–";
  const rounded = Math.round(share * 100);
  if (rounded === 100 && share < 1) return ">99 %";
  return rounded === 0 && share > 0 ? "<1 %" : `${rounded} %`;
}

function duration(milliseconds) {
  if (typeof milliseconds !== "number") return String(milliseconds);
  for (const [least, unit, factor] of [[1000, "s", 1e-3], [1, "ms", 1], [1e-3, "µs", 1e3], [0, "ns", 1e6]]) {
    if (milliseconds >= least) return `${digits(milliseconds * factor)} ${unit}`;
  }
  return `${milliseconds} ms`;
}

function group(status) {
  if (status === "CORRECT" || status === "HACKED") return status.toLowerCase();
  if (status === "INVALID_PROBLEM" || status === "EVALUATION_FAILED") return "unscored";
  return status.startsWith("WRONG") || status === "NONDETERMINISTIC" ? "wrong" : "failed";
}
