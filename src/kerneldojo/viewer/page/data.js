"use strict";
// The list of trajectories, kept up to date, and trajectories in full as they are asked for. There is
// one list of the runs, and one inside of each step of a training that is looked into.
{
  const lists = new Map();
  let revisions = 0; // of all lists together, so that nothing drawn for one passes for another
  const listOf = (inside) => {
    if (!lists.has(inside)) {
      const store = { revision: 0, runs: [], rows: [], levels: {}, training: new Map(), live: false, lost: false, ready: false, error: "" };
      lists.set(inside, { inside, store, rows: new Map(), state: "" });
    }
    return lists.get(inside);
  };
  const root = listOf("");
  let current = root;
  viewer.root = root.store;
  viewer.store = root.store;
  viewer.enter = (inside) => {
    current = listOf(inside);
    viewer.store = current.store;
  };
  // How addresses of data begin: `run:rollouts-12` is a folder of the run's number.
  const prefix = (inside) => {
    if (inside === "") return "";
    const cut = inside.lastIndexOf(":");
    return `${root.store.runs.findIndex((run) => run.label === inside.slice(0, cut))}/${inside.slice(cut + 1)}/`;
  };

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

  const take = ({ store, rows, ...list }, index) => {
    index.names = viewer.legible(index.names);
    if (index.whole) {
      rows.clear();
      store.levels = {};
      store.training.clear();
    }
    for (const values of index.rows) {
      const made = row(values, index);
      made.address = prefix(list.inside) + made.key;
      rows.set(made.key, made);
    }
    for (const [run, news] of Object.entries(index.training)) store.training.set(Number(run), viewer.takeSteps(store.training.get(Number(run)), news));
    Object.assign(store.levels, viewer.legible(index.levels));
    store.runs = viewer.legible(index.runs);
    store.live = index.live;
    store.behind = index.behind;
    store.statuses = index.statuses;
    store.kerneldojo = index.kerneldojo;
    if (index.rows.length || Object.keys(index.training).length || !store.ready) {
      store.rows = [...rows.values()].sort((a, b) => a.run - b.run || a.n - b.n);
      store.revision = ++revisions;
    }
    store.ready = true;
    return index.state;
  };

  const renew = async (list) => {
    const { store } = list;
    const seen = () => `${store.revision}/${store.lost}/${store.behind}/${store.error}`;
    const before = seen();
    try {
      list.state = take(list, await viewer.load(`${prefix(list.inside)}index`, list.state && `?state=${list.state}`));
      store.lost = false;
      store.error = "";
    } catch (error) {
      if (list === root && !store.ready) throw error;
      store.lost = store.ready;
      if (!store.ready) store.error = error.message;
    }
    return before !== seen();
  };
  // Returns whether anything is new in the list that is looked at.
  viewer.refresh = async () => {
    const first = root.store.ready ? false : await renew(root);
    return (current === root && first) || renew(current);
  };

  viewer.row = (run, n) => current.rows.get(`${run}/${n}`) ?? null;

  const opened = new Map();
  const KEPT = 24;
  // The trajectory in full, as far as it is here; `then` is called when more of it has come.
  viewer.trajectory = (wanted, then) => {
    const known = opened.get(wanted.address);
    if (known && (known.version >= wanted.version || known.loading)) return known;
    const entry = known ?? { value: null, version: -1, error: null };
    entry.loading = true;
    opened.delete(wanted.address);
    opened.set(wanted.address, entry);
    if (opened.size > KEPT) opened.delete(opened.keys().next().value);
    viewer.load(wanted.address, viewer.root.live ? `?version=${wanted.version}` : "").then((value) => {
      Object.assign(entry, { value: viewer.legible(value), version: Math.max(value.version, wanted.version), error: null });
    }, (error) => { entry.error = error.message; entry.version = wanted.version; })
      .finally(() => { entry.loading = false; then(); });
    return entry;
  };

  const problems = new Map();
  viewer.problem = (run, number, then) => {
    const name = `${prefix(current.inside)}${run}/problem-${number}`;
    if (!problems.has(name)) {
      problems.set(name, null);
      viewer.load(name).then((value) => problems.set(name, viewer.legible(value)), () => problems.set(name, { source: "" })).finally(then);
    }
    return problems.get(name);
  };
}
