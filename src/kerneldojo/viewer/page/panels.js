"use strict";
// Which figures of a training are drawn together, and in which words.
{
  const { words } = viewer;
  const signed = (text) => text.replaceAll("-", "−");
  const power = (value) => signed(value.toExponential(1).replace(".0e", "e"));
  const small = (value) => value !== 0 && Math.abs(value) < 1e-3;
  const seconds = (value, digits) => {
    const [amount, unit] = value < 600 ? [value, "s"] : value < 6000 ? [value / 60, "min"] : [value / 3600, "h"];
    return `${digits(amount)} ${unit}`;
  };
  const brief = (value) => (value >= 10 ? value.toFixed(0) : value.toFixed(1));
  const plain = (value) => String(Number(value.toPrecision(3)));

  // Figures as they are told, and as they stand beside an axis.
  const UNITS = {
    number: [(value) => (small(value) ? power(value) : signed(Math.abs(value) >= 0.1 && Math.abs(value) < 1 ? value.toFixed(2) : words.digits(value, Math.abs(value) < 1 ? 2 : 3))), (value) => (small(value) ? power(value) : signed(plain(value)))],
    share: [(value) => (value > 0 && value < 0.0995 ? `${(value * 100).toFixed(1)} %` : words.percent(value)), (value) => `${plain(value * 100)} %`],
    ratio: [words.ratio, (value) => `${plain(value)}×`],
    seconds: [(value) => seconds(value, brief), (value) => seconds(value, plain)],
    count: [(value) => words.short(Math.round(value)), (value) => (value < 1000 ? plain(value) : `${plain(value / 1000)} k`)],
    rate: [(value) => (value === 0 ? "0" : power(value)), (value) => (value === 0 ? "0" : power(value))],
  };
  viewer.told = (unit, value) => UNITS[unit][0](value);
  viewer.tick = (unit, value) => UNITS[unit][1](value);

  const panel = (title, unit, series, more = {}) => ({ title, unit, series, zero: true, ...more });
  const one = (title, unit, name, more) => panel(title, unit, [[name, ""]], more);

  // Of each figure its name in `metrics.jsonl`, and what tells it from the others of its panel.
  viewer.panels = [
    ["Reward and solutions", [
      panel("Reward", "number", [["reward", "mean"], ["reward_last", "last"], ["reward_best", "best"]], { note: "of turns, of last and best turns" }),
      one("Correct", "share", "correct", { most: 1, note: "of turns" }),
      panel("fast@1", "share", [["fast_1", "last"], ["best_fast_1", "best"]], { most: 1, note: "of trajectories, by last and best turn" }),
      panel("fast@1.2", "share", [["fast_1_2", "last"], ["best_fast_1_2", "best"]], { most: 1, note: "of trajectories, by last and best turn" }),
      one("Speedup", "ratio", "speedup", { line: 1, zero: false, note: "geometric mean of correct turns" }),
      one("Coverage", "share", "coverage", { most: 1, note: "time in own kernels, mean of correct turns" }),
      one("Hacked", "share", "hacked", { most: 1, note: "of turns" }),
      one("Lazy", "share", "lazy", { most: 1, note: "of correct turns: coverage below 30 %" }),
    ]],
    ["What is learnt from", [
      one("KL divergence", "number", "kl", { spiky: true, note: "of the trained policy from the one that drew" }),
      panel("Rejected", "share", [["rejected_profiling", "PRS"], ["rejected_mismatch", "MRS"], ["vetoed", "veto"]], { most: 1, note: "PRS: correct turns; else trajectories" }),
      one("Effective samples", "share", "effective_samples", { most: 1, zero: false, note: "what importance weights leave" }),
      one("Clipped", "share", "clipped", { most: 1, note: "of tokens" }),
    ]],
    ["Optimization", [
      one("Loss", "number", "loss", { zero: false, spiky: true }),
      one("Accuracy", "share", "accuracy", { zero: false, most: 1, note: "of tokens: held for the likeliest" }),
      one("Entropy", "number", "entropy", { note: "nats a token" }),
      one("Gradient norm", "number", "gradient_norm", { spiky: true, note: "before clipping" }),
      one("Learning rate", "rate", "learning_rate", { exact: true }),
    ]],
    ["Length and time", [
      one("Length", "count", "length", { note: "tokens of a reply" }),
      panel("Time of a step", "seconds", [["generation_s", "replies"], ["evaluation_s", "verdicts"], ["training_s", "learning"]], { stacked: true, note: "verdicts: waiting for them only" }),
      one("Time of a step", "seconds", "seconds", { unless: "generation_s" }),
      one("Speed", "count", "tokens_per_s", { note: "tokens a second" }),
      one("Lost turns", "count", "lost", { exact: true, sticks: true, note: "through faults of ours; not learnt" }),
    ]],
  ];
}
