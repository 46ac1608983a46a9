"use strict";
// Two runs, problem by problem: who is faster, and what came of what.
{
  const { html, words } = viewer;
  const ORDER = ["CORRECT", "WRONG_VALUE", "NONDETERMINISTIC", "WRONG_SHAPE", "WRONG_DTYPE", "HACKED", "OUT_OF_MEMORY", "TIMEOUT", "RUNTIME_ERROR", "COMPILE_ERROR", "INVALID_SOLUTION", "NO_SOLUTION", "INVALID_PROBLEM", "EVALUATION_FAILED", "PENDING"];
  const collator = new Intl.Collator("en", { numeric: true });
  const speed = (turn) => (turn?.status === "CORRECT" ? turn.speedup ?? 0 : -1);

  // The turn that speaks for a run on a problem: the best of all, or of the last turns the median
  // one (the lower of two), so that it is always a turn that can be looked at.
  const speaker = (rows, measure) => {
    if (!rows.length) return null;
    const pairs = rows.map((row) => ({ row, turn: measure === "best" ? row.top : row.last })).filter((pair) => pair.turn);
    pairs.sort((a, b) => speed(a.turn) - speed(b.turn) || ORDER.indexOf(b.turn.status) - ORDER.indexOf(a.turn.status));
    return (measure === "best" ? pairs.at(-1) : pairs[Math.floor((pairs.length - 1) / 2)]) ?? null;
  };

  // A difference counts where the intervals of the two speedups do not overlap.
  const winner = (a, b) => {
    const [x, y] = [a?.turn, b?.turn];
    const right = [x, y].map((turn) => turn?.status === "CORRECT");
    if (right[0] !== right[1]) return right[0] ? "a" : "b";
    if (!right[0] || x.speedup === null || y.speedup === null) return "";
    if (x.low > y.high) return "a";
    return y.low > x.high ? "b" : "";
  };

  const pairs = (a, b, measure) => {
    const by = new Map();
    for (const row of viewer.store.rows) {
      const side = row.run === a ? "a" : row.run === b ? "b" : "";
      if (!side) continue;
      if (!by.has(row.problem)) by.set(row.problem, { problem: row.problem, a: [], b: [] });
      by.get(row.problem)[side].push(row);
    }
    return [...by.values()].sort((x, y) => collator.compare(x.problem, y.problem)).map((found) => {
      const [left, right] = [speaker(found.a, measure), speaker(found.b, measure)];
      return { problem: found.problem, left, right, count: [found.a.length, found.b.length], won: left && right ? winner(left, right) : "" };
    });
  };

  const Side = ({ pair }) => {
    if (!pair) return html`<td class="number none" colspan="2">not tried</td>`;
    const { row, turn } = pair;
    return html`<td class="number"><a href=${viewer.linkTo(row, { turn: String(turn.number + 1), tab: "verdict" })} class=${turn.low > 1 ? "fast" : ""}>${turn.status === "CORRECT" ? words.ratio(turn.speedup) : html`<${viewer.Badge} status=${turn.status} />`}</a></td>
      <td class="strip"><${viewer.Bars} turns=${row.turns} width=${84} tall=${20} /></td>`;
  };

  const Matrix = ({ found, a, b }) => {
    const both = found.filter((pair) => pair.left && pair.right);
    const statuses = ORDER.filter((status) => both.some((pair) => [pair.left, pair.right].some((side) => side.turn.status === status)));
    const count = (x, y) => both.filter((pair) => pair.left.turn.status === x && pair.right.turn.status === y).length;
    const most = Math.max(1, ...statuses.flatMap((x) => statuses.map((y) => count(x, y))));
    const cell = (x, y) => {
      const many = count(x, y);
      const name = `${x}.${y}`;
      const tone = x === y ? "same" : ORDER.indexOf(y) < ORDER.indexOf(x) ? "better" : "worse";
      return html`<td class=${tone}>${many > 0 && html`<button type="button" aria-pressed=${viewer.state.cell === name} style=${{ "--strength": `${20 + 60 * (many / most)}%` }} onClick=${() => viewer.go({ cell: viewer.state.cell === name ? "" : name }, { replace: true })}>${many}</button>`}</td>`;
    };
    return html`<figure class="matrix"><figcaption><b>What came of what</b> rows: ${viewer.store.runs[a].label}, columns: ${viewer.store.runs[b].label}</figcaption>
      <table><thead><tr><th></th>${statuses.map((status) => html`<th scope="col"><${viewer.Badge} status=${status} /></th>`)}</tr></thead>
      <tbody>${statuses.map((x) => html`<tr><th scope="row"><${viewer.Badge} status=${x} /></th>${statuses.map((y) => cell(x, y))}</tr>`)}</tbody></table></figure>`;
  };

  const Bar = ({ pair }) => {
    const [x, y] = [speed(pair.left?.turn), speed(pair.right?.turn)];
    if (x <= 0 || y <= 0) return null;
    const ratio = Math.max(-2, Math.min(2, Math.log2(y / x)));
    return html`<span class="lead ${pair.won}" title=${`${words.ratio(y / x)} of the other`}><i style=${{ left: `${50 + Math.min(0, ratio) * 25}%`, width: `${Math.abs(ratio) * 25}%` }}></i></span>`;
  };

  const pick = (name, value, text) => html`<label>${text}<select name=${name} value=${value} onChange=${(event) => viewer.go({ [name]: event.target.value, cell: "" }, { replace: true })}>
    ${viewer.store.runs.map((run) => html`<option value=${run.label}>${run.label}</option>`)}</select></label>`;

  viewer.Compare = () => {
    const { state, store } = viewer;
    const numberOf = (label, fallback) => Math.max(0, label === "" ? fallback : store.runs.findIndex((run) => run.label === label));
    const [a, b] = [numberOf(state.a, 0), numberOf(state.b, 1)];
    const found = viewer.useMemo(() => pairs(a, b, state.measure), [store.revision, a, b, state.measure]);
    const won = (side) => found.filter((pair) => pair.won === side && pair.left && pair.right).length;
    const common = found.filter((pair) => pair.left && pair.right);
    const shown = state.cell === "" ? found : common.filter((pair) => `${pair.left.turn.status}.${pair.right.turn.status}` === state.cell);
    const [x, y] = [store.runs[a].label, store.runs[b].label];
    return html`<main class="compare">
      <div class="filters">${pick("a", x, "run")}${pick("b", y, "against")}
        <label>by<select name="measure" value=${state.measure} onChange=${(event) => viewer.go({ measure: event.target.value, cell: "" }, { replace: true })}><option value="best">best turn</option><option value="last">last turn, median trajectory</option></select></label>
        ${state.cell && html`<button type="button" class="link" onClick=${() => viewer.go({ cell: "" }, { replace: true })}>all problems</button>`}</div>
      <div class="tiles"><div class="tile"><div class="label"><span class="key r${a % 8}"></span>${x}</div><div class="value">${won("a")}</div><div class="meaning">problems won</div></div>
        <div class="tile"><div class="label">neither</div><div class="value">${common.length - won("a") - won("b")}</div><div class="meaning">intervals overlap, or neither is correct</div></div>
        <div class="tile"><div class="label"><span class="key r${b % 8}"></span>${y}</div><div class="value">${won("b")}</div><div class="meaning">problems won</div></div>
        <div class="tile"><div class="label">only one tried</div><div class="value">${found.length - common.length}</div><div class="meaning">of ${words.plural(found.length, "problem")}</div></div></div>
      <${Matrix} found=${found} a=${a} b=${b} />
      <div class="scroll"><table class="duel"><thead><tr><th>problem</th><th class="number" colspan="2"><span class="key r${a % 8}"></span>${x}</th><th class="number" colspan="2"><span class="key r${b % 8}"></span>${y}</th><th>faster</th></tr></thead>
        <tbody>${shown.slice(0, 1000).map((pair) => html`<tr class=${pair.won ? `won-${pair.won}` : ""}><th scope="row"><a href=${viewer.linkToList({ problem: pair.problem })}><span class="stem">${words.stem(pair.problem)}</span>${words.leaf(pair.problem)}</a></th>
          <${Side} pair=${pair.left} /><${Side} pair=${pair.right} /><td class="who"><${Bar} pair=${pair} />${pair.won ? html`<span class="key r${(pair.won === "a" ? a : b) % 8}"></span>` : ""}</td></tr>`)}</tbody></table>
        ${shown.length > 1000 && html`<p class="soft">The first 1,000 of ${words.count(shown.length)} problems are shown.</p>`}</div>
    </main>`;
  };
}
