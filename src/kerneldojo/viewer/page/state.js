"use strict";
// What is being looked at. All of it stands in the address after `#`, so that any view is a link.
{
  const DEFAULTS = {
    view: "", // "", "trajectory" or "compare"
    run: "", problem: "", status: "", of: "best", finding: "", strategy: "", least: "", q: "", finished: "", sort: "", // the list
    at: "", turn: "", with: "", tab: "verdict", from: "", by: "", // a trajectory: `at` is its run and number
    a: "", b: "", measure: "best", cell: "", // two runs
  };
  const FILTERS = ["run", "problem", "status", "of", "finding", "strategy", "least", "q", "finished"];

  const read = () => {
    const found = { ...DEFAULTS };
    for (const [name, value] of new URLSearchParams(location.hash.slice(1))) if (name in DEFAULTS) found[name] = value;
    return found;
  };
  const address = (state) => {
    const parts = Object.entries(state).filter(([name, value]) => value !== "" && value !== DEFAULTS[name]);
    return `#${new URLSearchParams(parts).toString()}`;
  };

  viewer.state = read();
  viewer.filters = FILTERS;
  // The address of what is looked at, with some changes.
  viewer.link = (changes) => address({ ...viewer.state, ...changes });
  viewer.go = (changes, { replace = false } = {}) => {
    const next = viewer.link(changes);
    if (next === address(viewer.state)) return;
    history[replace ? "replaceState" : "pushState"](null, "", next);
    viewer.state = read();
    viewer.update();
  };
  const CLOSED = { view: "", at: "", turn: "", with: "", tab: "verdict", from: "", cell: "", a: "", b: "", measure: "best" };
  viewer.toList = () => viewer.go(CLOSED);
  viewer.linkToList = (changes = {}) => viewer.link({ ...CLOSED, ...changes });

  viewer.name = (row) => `${viewer.store.runs[row.run].label}:${row.n}`;
  viewer.linkTo = (row, changes = {}) => viewer.link({ view: "trajectory", at: viewer.name(row), turn: "", with: "", from: "", ...changes });
  viewer.openTrajectory = (row, changes = {}) => viewer.go({ view: "trajectory", at: viewer.name(row), turn: "", with: "", from: "", ...changes });
  viewer.current = () => {
    const { at } = viewer.state;
    const run = viewer.store.runs.findIndex((each) => each.label === at.slice(0, at.lastIndexOf(":")));
    return viewer.row(run, at.slice(at.lastIndexOf(":") + 1));
  };
  const moved = () => {
    viewer.state = read();
    viewer.update();
  };
  addEventListener("popstate", moved);
  addEventListener("hashchange", moved);
}
