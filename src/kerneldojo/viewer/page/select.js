"use strict";
// Which trajectories are shown, and in which order.
{
  const SORTS = {
    problem: { text: "problem", key: (row) => row.problem, up: true },
    turns: { text: "turns", key: (row) => row.turns.length },
    best: { text: "best", key: (row) => (row.best ? row.best.speedup ?? 0 : -1) },
    last: { text: "last", key: (row) => (row.last?.status === "CORRECT" ? row.last.speedup ?? 0 : -1) },
    reward: { text: "reward", key: (row) => Math.max(-1, ...row.turns.map((turn) => turn.reward ?? -1)) },
    tokens: { text: "tokens", key: (row) => row.tokens },
    money: { text: "money", key: (row) => row.money ?? 0 },
    time: { text: "time", key: (row) => row.seconds ?? 0 },
  };
  viewer.sorts = SORTS;

  const matches = (state) => {
    const terms = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    const least = Number.parseFloat(state.least);
    const run = state.run === "" ? -1 : viewer.store.runs.findIndex((each) => each.label === state.run);
    const shown = (turn) => turn?.status === state.status;
    return (row) =>
      (state.run === "" || row.run === run)
      && (state.problem === "" || row.problem === state.problem)
      && (state.strategy === "" || row.strategy === state.strategy)
      && (state.finding === "" || row.findings.includes(state.finding))
      && (Number.isNaN(least) || (row.best?.speedup ?? 0) >= least)
      && (state.finished === "" || row.finished)
      && (state.status === "" || (state.of === "any" ? row.turns.some(shown) : shown(state.of === "last" ? row.last : row.top)))
      && terms.every((term) => row.text.includes(term));
  };

  const collator = new Intl.Collator("en", { numeric: true });
  const order = (sort) => {
    const [name, direction] = sort.split(".");
    const { key, up } = SORTS[name] ?? {};
    if (!key) return null;
    const sign = (direction ? direction === "up" : up) ? 1 : -1;
    return (a, b) => {
      const [x, y] = [key(a), key(b)];
      return sign * (typeof x === "string" ? collator.compare(x, y) : x - y) || a.run - b.run || a.n - b.n;
    };
  };

  let last = { asked: "", rows: [] };
  // The rows that the filters let through, in the order asked for.
  viewer.selected = () => {
    const { state, store } = viewer;
    const asked = JSON.stringify([store.revision, state.sort, ...viewer.filters.map((name) => state[name])]);
    if (asked !== last.asked) {
      const rows = store.rows.filter(matches(state));
      const compare = order(state.sort);
      last = { asked, rows: compare ? rows.sort(compare) : rows };
    }
    return last.rows;
  };

  viewer.sortBy = (name) => {
    const [current, direction] = viewer.state.sort.split(".");
    const first = SORTS[name].up ? "up" : "down";
    const other = first === "up" ? "down" : "up";
    if (current !== name) viewer.go({ sort: `${name}.${first}` }, { replace: true });
    else viewer.go({ sort: direction === first ? `${name}.${other}` : "" }, { replace: true });
  };
}
