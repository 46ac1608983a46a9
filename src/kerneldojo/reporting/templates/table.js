// The table of problems: filtered and sorted here, a hundred rows at a time.
const PAGE = 100;

function rowsOf(index) {
  return index.problem.map((problem, n) => ({
    problem,
    run: index.run[n],
    evaluation: index.evaluation[n],
    id: index.ids[index.evaluation[n]] ?? "",
    status: index.statuses[index.status[n]],
    speedup: index.speedup[n],
    low: index.low[n],
    high: index.high[n],
    coverage: index.coverage[n],
    sample: index.sample[n],
    turn: index.turn[n],
    origin: index.origin[n],
  }));
}

function problemsOf(index, rows) {
  const problems = index.problems.map(([name, level, family, description], number) => ({
    number, name, level, family, description, rows: [], best: index.runs.map(() => null),
  }));
  for (const row of rows) {
    const problem = problems[row.problem];
    problem.rows.push(row);
    const best = problem.best[row.run];
    if (row.status === "CORRECT" && (best === null || (row.speedup ?? 0) > (best.speedup ?? 0))) problem.best[row.run] = row;
  }
  for (const problem of problems) {
    const best = problem.best.filter(Boolean).sort((a, b) => (b.speedup ?? 0) - (a.speedup ?? 0))[0];
    problem.speedup = best?.speedup ?? null;
    problem.coverage = best?.coverage ?? null;
    const judged = problem.rows.filter((row) => group(row.status) !== "unscored");
    problem.correct = judged.length ? judged.filter((row) => row.status === "CORRECT").length / judged.length : null;
  }
  return problems;
}

const ORDER = ["correct", "hacked", "wrong", "failed", "unscored"];

function lane(rows, run, several) {
  const counts = Object.fromEntries(ORDER.map((name) => [name, 0]));
  for (const row of rows) counts[group(row.status)] += 1;
  const bar = element("svg", { role: "img", "aria-label": ORDER.filter((name) => counts[name]).map((name) => `${counts[name]} ${name}`).join(", ") || "nothing evaluated" });
  let start = 0;
  for (const name of ORDER) {
    if (!counts[name]) continue;
    const width = (100 * counts[name]) / rows.length;
    bar.append(element("rect", { class: `s-${name}`, x: `${start}%`, width: `${width}%`, height: "100%", "data-tip": `${counts[name]} of ${rows.length} ${name}` }));
    start += width;
  }
  return element("div", { class: "lane" }, several ? element("span", { class: `key r${run % 8}` }) : null, bar);
}

function chip(row, rows, index) {
  const label = row.status === "CORRECT" ? (row.speedup === null ? "correct" : ratio(row.speedup)) : row.status.toLowerCase().replaceAll("_", " ");
  return element("button", { type: "button", class: `chip s-${group(row.status)}`, title: `${row.status}, answer #${row.sample}`, onclick: () => openCard(row, rows, index) }, element("span", {}, label));
}

function detailOf(problem, index) {
  const several = index.runs.length > 1;
  const cell = element("td", { colspan: 5 });
  index.runs.forEach((label, run) => {
    const rows = problem.rows.filter((row) => row.run === run);
    if (several) cell.append(element("div", {}, element("span", { class: `key r${run % 8}` }), label));
    cell.append(element("div", { class: "chips" }, rows.length ? rows.map((row) => chip(row, problem.rows, index)) : "nothing evaluated"));
  });
  return element("tr", { class: "opened" }, cell);
}

// A long name may be broken after its slashes.
function breakable(name) {
  return name.split("/").flatMap((part, n) => (n ? ["/", element("wbr"), part] : [part]));
}

function tableRow(problem, index) {
  const several = index.runs.length > 1;
  const each = (show) => problem.best.map((best, run) => element("span", { class: "by-run" }, several ? element("span", { class: `key r${run % 8}` }) : null, show(best)));
  const toggle = element("button", { type: "button", class: "link", "aria-expanded": "false" }, breakable(problem.name));
  const row = element("tr", {},
    element("th", { scope: "row" }, toggle, problem.description ? element("small", {}, problem.description) : null),
    element("td", { class: "number optional" }, problem.level === null ? "–" : String(problem.level)),
    element("td", {}, element("div", { class: "lanes" }, index.runs.map((_, run) => lane(problem.rows.filter((one) => one.run === run), run, several)))),
    element("td", { class: "number" }, each((best) => (best === null ? "–" : element("button", { type: "button", class: "link", onclick: () => openCard(best, problem.rows, index) }, best.speedup === null ? "untimed" : ratio(best.speedup))))),
    element("td", { class: "number optional" }, each((best) => percent(best?.coverage))));
  let detail = null;
  toggle.addEventListener("click", () => {
    const open = toggle.getAttribute("aria-expanded") === "true";
    toggle.setAttribute("aria-expanded", String(!open));
    if (open) detail.remove();
    else row.after((detail = detailOf(problem, index)));
  });
  return row;
}

function startTable(index, rows) {
  const table = find("table");
  if (!table) return;
  const problems = problemsOf(index, rows);
  const state = { key: "", down: false, limit: PAGE };
  const value = (id) => find(id)?.value ?? "";

  const matching = () => {
    const words = value("search").toLowerCase().split(/\s+/).filter(Boolean);
    const [level, family, status] = ["level", "family", "status"].map(value);
    return problems.filter((problem) => {
      const text = `${problem.name} ${problem.description}`.toLowerCase();
      return words.every((word) => text.includes(word)) && (!level || String(problem.level) === level) &&
        (!family || problem.family === family) && (!status || problem.rows.some((row) => row.status === status));
    });
  };

  const compare = (a, b) => {
    const [left, right] = [a[state.key], b[state.key]];
    if (left === null || right === null) return (left === null) - (right === null); // unknown comes last
    const order = typeof left === "string" ? left.localeCompare(right, "en", { numeric: true }) : left - right;
    return (state.down ? -order : order) || a.number - b.number;
  };

  const render = () => {
    const found = matching();
    if (state.key) found.sort(compare);
    table.tBodies[0].replaceChildren(...found.slice(0, state.limit).map((problem) => tableRow(problem, index)));
    find("count").value = `${found.length.toLocaleString("en-US")} of ${problems.length.toLocaleString("en-US")} problems`;
    const more = find("more");
    more.hidden = found.length <= state.limit;
    more.textContent = `Show ${Math.min(PAGE, found.length - state.limit)} more`;
  };

  for (const head of table.tHead.querySelectorAll("th[data-sort]")) {
    head.querySelector("button").addEventListener("click", () => {
      const key = head.dataset.sort;
      const first = key !== "name" && key !== "level"; // figures start with the largest
      state.down = state.key === key ? !state.down : first;
      state.key = key;
      for (const other of table.tHead.querySelectorAll("th")) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      render();
    });
  }
  const refilter = () => { state.limit = PAGE; render(); };
  for (const id of ["search", "level", "family", "status"]) find(id)?.addEventListener("input", refilter);
  document.querySelector(".filters").addEventListener("submit", (event) => event.preventDefault());
  find("more").addEventListener("click", () => { state.limit += PAGE; render(); });
  render();
}
