"use strict";
// Figures and statuses in the words that the command and the report use.
{
  const words = {};
  const known = (value) => value !== null && value !== undefined;

  words.digits = (value, significant = 3) => {
    if (!Number.isFinite(value)) return String(value);
    if (value === 0) return "0";
    const magnitude = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(significant)))));
    const decimals = Math.max(0, Math.min(significant - 1 - magnitude, 6));
    return value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  };
  words.times = (value) => {
    if (!Number.isFinite(value)) return String(value);
    return value >= 0.1 && value < 1 ? value.toFixed(2) : words.digits(value, value < 0.1 ? 2 : 3);
  };
  words.ratio = (value) => (known(value) ? `${words.times(value)}×` : "–");
  words.percent = (share) => {
    if (!known(share)) return "–";
    const rounded = Math.round(share * 100);
    if (rounded === 100 && share < 1) return ">99 %";
    return rounded === 0 && share > 0 ? "<1 %" : `${rounded} %`;
  };
  words.duration = (milliseconds) => {
    if (typeof milliseconds !== "number") return String(milliseconds);
    for (const [least, unit, factor] of [[1e3, "s", 1e-3], [1, "ms", 1], [1e-3, "µs", 1e3], [0, "ns", 1e6]]) {
      if (milliseconds >= least) return `${words.digits(milliseconds * factor)} ${unit}`;
    }
    return `${milliseconds} ms`;
  };
  words.clock = (seconds) => {
    if (!known(seconds) || seconds === 0) return "–";
    if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
    if (seconds < 99.5) return `${seconds.toFixed(0)} s`;
    const minutes = Math.round(seconds / 60);
    return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  };
  words.count = (value) => value.toLocaleString("en-US");
  words.short = (value) => {
    if (value < 1000) return String(value);
    return value < 999_500 ? `${words.digits(value / 1000, value < 99_500 ? 2 : 3)} k` : `${words.digits(value / 1e6, 3)} M`;
  };
  words.plural = (count, noun, many = `${noun}s`) => `${words.count(count)} ${count === 1 ? noun : many}`;
  words.reward = (value) => (known(value) ? words.times(value) : "–");
  words.money = (value) => (value ? words.digits(value, 2) : "–");
  words.date = (text) => text.slice(0, 19).replace("T", " ");

  words.group = (status) => {
    if (status === "CORRECT" || status === "HACKED") return status.toLowerCase();
    if (["INVALID_PROBLEM", "EVALUATION_FAILED", "PENDING"].includes(status)) return "unscored";
    return status.startsWith("WRONG") || status === "NONDETERMINISTIC" ? "wrong" : "failed";
  };
  words.status = (status) => ({ NO_SOLUTION: "no solution", PENDING: "not judged yet" })[status] ?? status;
  words.why = {
    turns: "all turns taken", goal: "goal reached", patience: "no improvement for too long",
    repeats: "the model repeated itself", budget: "budget spent", advice: "not worth a further try",
    problem: "the problem is broken", context: "the prompt does not fit", "": "not ended", answer: "an answer by itself",
  };
  words.leaf = (name) => name.slice(name.lastIndexOf("/") + 1);
  words.stem = (name) => name.slice(0, name.lastIndexOf("/") + 1);
  viewer.words = words;
}
