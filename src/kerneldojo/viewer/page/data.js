"use strict";
// The list of trajectories, kept up to date, and trajectories in full as they are asked for.
{
  const rows = new Map();
  const store = { revision: 0, runs: [], rows: [], levels: {}, live: false, lost: false, ready: false };
  viewer.store = store;
  let state = "";

  const TURN = "number status speedup low high coverage reward findings gist".split(" ");
  const turn = (values, index) => {
    const made = Object.fromEntries(TURN.map((name, place) => [name, values[place] ?? null]));
    made.status = index.statuses[made.status];
    made.findings = made.findings === null ? [] : index.names[made.findings].split(" ");
    made.gist = made.gist === null ? "" : index.names[made.gist];
    return made;
  };

  // Of the correct turns the one with the highest speedup, the earliest of equals.
  viewer.best = (turns) => turns.reduce((best, each) =>
    each.status === "CORRECT" && (!best || (each.speedup ?? 0) > (best.speedup ?? 0)) ? each : best, null);

  const row = (values, index) => {
    const [run, n, problem, id, sample, strategy, policy, created, end, winner, verified, tokens, money, seconds, version, turns] = values;
    const made = {
      key: `${run}/${n}`, run, n, sample, created, winner, tokens, money, seconds, version,
      problem: index.names[problem], id: index.names[id], strategy: index.names[strategy], policy: index.names[policy],
      end: end === -2 ? "answer" : end === -1 ? "" : index.ends[end],
      verified: verified && { status: index.statuses[verified[0]], speedup: verified[1] },
      turns: turns.map((each) => turn(each, index)),
    };
    made.last = made.turns.at(-1) ?? null;
    // The best of many measurements is a lucky one: a winner is as fast as it was when judged anew.
    const champion = made.verified?.status === "CORRECT" && made.turns.find((each) => each.number === winner);
    made.best = champion ? { ...champion, ...made.verified } : viewer.best(made.turns);
    // Where nothing is correct, the turn with the highest reward speaks for the trajectory.
    made.top = made.best ?? made.turns.reduce((top, each) => (!top || (each.reward ?? -1) >= (top.reward ?? -1) ? each : top), null);
    made.finished = end === -2 ? made.last?.status !== "PENDING" : end !== -1;
    made.findings = [...new Set(made.turns.flatMap((each) => each.findings))];
    made.text = [made.problem, made.id, made.strategy, made.policy, made.findings.join(" "), ...made.turns.map((each) => `${each.status} ${each.gist}`)].join("\n").toLowerCase();
    return made;
  };

  const take = (index) => {
    index.names = viewer.legible(index.names);
    if (index.whole) {
      rows.clear();
      store.levels = {};
    }
    for (const values of index.rows) {
      const made = row(values, index);
      rows.set(made.key, made);
    }
    Object.assign(store.levels, viewer.legible(index.levels));
    store.runs = viewer.legible(index.runs);
    store.live = index.live;
    store.behind = index.behind;
    store.statuses = index.statuses;
    store.kerneldojo = index.kerneldojo;
    state = index.state;
    if (index.rows.length || !store.ready) {
      store.rows = [...rows.values()].sort((a, b) => a.run - b.run || a.n - b.n);
      store.revision += 1;
    }
    store.ready = true;
  };

  // Returns whether anything is new.
  viewer.refresh = async () => {
    const seen = () => `${store.revision}/${store.lost}/${store.behind}`;
    const before = seen();
    try {
      take(await viewer.load("index", state && `?state=${state}`));
      store.lost = false;
    } catch (error) {
      if (!store.ready) throw error;
      store.lost = true;
    }
    return before !== seen();
  };

  viewer.row = (run, n) => rows.get(`${run}/${n}`) ?? null;

  const opened = new Map();
  const KEPT = 24;
  // The trajectory in full, as far as it is here; `then` is called when more of it has come.
  viewer.trajectory = (wanted, then) => {
    const known = opened.get(wanted.key);
    if (known && (known.version >= wanted.version || known.loading)) return known;
    const entry = known ?? { value: null, version: -1, error: null };
    entry.loading = true;
    opened.delete(wanted.key);
    opened.set(wanted.key, entry);
    if (opened.size > KEPT) opened.delete(opened.keys().next().value);
    viewer.load(wanted.key, store.live ? `?version=${wanted.version}` : "").then((value) => {
      Object.assign(entry, { value: viewer.legible(value), version: Math.max(value.version, wanted.version), error: null });
    }, (error) => { entry.error = error.message; entry.version = wanted.version; })
      .finally(() => { entry.loading = false; then(); });
    return entry;
  };

  const problems = new Map();
  viewer.problem = (run, number, then) => {
    const name = `${run}/problem-${number}`;
    if (!problems.has(name)) {
      problems.set(name, null);
      viewer.load(name).then((value) => problems.set(name, viewer.legible(value)), () => problems.set(name, { source: "" })).finally(then);
    }
    return problems.get(name);
  };
}
