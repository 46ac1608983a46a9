"use strict";
// What is being looked at. All of it stands in the address after `#`, so that any view is a link.
{
  const DEFAULTS = {
    view: "", // "", "trajectory", "compare" or "training"
    in: "", // the trajectories of one step of a training: its run, and `rollouts-12` or `validation-10`
    run: "", problem: "", status: "", of: "best", finding: "", strategy: "", least: "", q: "", finished: "", sort: "", // the list
    at: "", turn: "", with: "", tab: "verdict", from: "", by: "", // a trajectory: `at` is its run and number
    a: "", b: "", measure: "best", cell: "", // two runs
    step: "", zoom: "", smooth: "light", // a training
  };
  const LATER_MS = 1000;
  const FILTERS = ["run", "problem", "status", "of", "finding", "strategy", "least", "q", "finished"];

  const parse = (hash) => {
    const found = { ...DEFAULTS };
    for (const [name, value] of new URLSearchParams(hash.slice(1))) if (name in DEFAULTS) found[name] = value;
    return found;
  };
  const address = (state) => {
    const parts = Object.entries(state).filter(([name, value]) => value !== "" && value !== DEFAULTS[name]);
    return `#${new URLSearchParams(parts).toString()}`;
  };

  const look = (hash) => {
    const before = viewer.state?.in ?? "";
    viewer.state = parse(hash);
    viewer.enter(viewer.state.in);
    if (viewer.state.in !== before && viewer.root.ready) viewer.refresh().then(viewer.update, viewer.update);
  };
  look(location.hash);
  viewer.filters = FILTERS;
  // Browsers take only so many addresses in a while; one that was not taken is written later.
  const write = (next, how) => {
    try { history[how](null, "", next); } catch { /* too many: tried again below */ }
    if ((location.hash || "#") !== next) setTimeout(() => { if (address(viewer.state) === next) write(next, "replaceState"); }, LATER_MS);
  };
  // The address of what is looked at, with some changes.
  viewer.link = (changes) => address({ ...viewer.state, ...changes });
  viewer.go = (changes, { replace = false } = {}) => {
    const next = viewer.link(changes);
    if (next === address(viewer.state)) return;
    write(next, replace ? "replaceState" : "pushState");
    look(next);
    viewer.update();
  };
  const CLOSED = { view: "", at: "", turn: "", with: "", tab: "verdict", from: "", cell: "", a: "", b: "", measure: "best" };
  viewer.toList = () => viewer.go(CLOSED);
  viewer.linkToList = (changes = {}) => viewer.link({ ...CLOSED, ...changes });

  // The curves, and the trajectories of one step of them: there no filter is set yet.
  const UNFILTERED = Object.fromEntries(FILTERS.map((name) => [name, DEFAULTS[name]]));
  viewer.linkToTraining = (changes = {}) => viewer.link({ ...CLOSED, view: viewer.root.runs.every((run) => run.training) ? "" : "training", in: "", ...changes });
  viewer.linkToStep = (run, kind, number) => viewer.link({ ...CLOSED, ...UNFILTERED, sort: "", step: String(number), in: `${viewer.root.runs[run].label}:${kind}-${number}` });

  viewer.name = (row) => `${viewer.store.runs[row.run].label}:${row.n}`;
  viewer.linkTo = (row, changes = {}) => viewer.link({ view: "trajectory", at: viewer.name(row), turn: "", with: "", from: "", ...changes });
  viewer.openTrajectory = (row, changes = {}) => viewer.go({ view: "trajectory", at: viewer.name(row), turn: "", with: "", from: "", ...changes });
  viewer.current = () => {
    const { at } = viewer.state;
    const run = viewer.store.runs.findIndex((each) => each.label === at.slice(0, at.lastIndexOf(":")));
    return viewer.row(run, at.slice(at.lastIndexOf(":") + 1));
  };
  const moved = () => {
    if (address(parse(location.hash)) === address(viewer.state)) return;
    const look = (hash) => {
    const before = viewer.state?.in ?? "";
    viewer.state = parse(hash);
    viewer.enter(viewer.state.in);
    if (viewer.state.in !== before && viewer.root.ready) viewer.refresh().then(viewer.update, viewer.update);
  };
  look(location.hash);
    viewer.update();
  };
  addEventListener("popstate", moved);
  addEventListener("hashchange", moved);
}
