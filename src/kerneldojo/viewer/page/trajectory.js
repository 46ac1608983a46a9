"use strict";
// One trajectory: its turns at the side, one or two of them beside each other.
{
  const { html, words, useRef, useLayoutEffect } = viewer;
  const go = (changes) => viewer.go(changes, { replace: true });

  // The turn asked for; if none is, the one with the best solution, else the last.
  const chosenOf = (row, full) => {
    const asked = full.turns.find((turn) => turn.number === Number(viewer.state.turn) - 1);
    return asked ?? full.turns.find((turn) => turn.number === row.top?.number) ?? full.turns.at(-1) ?? null;
  };
  const otherOf = (full) => full.turns.find((turn) => turn.number === Number(viewer.state.with) - 1) ?? null;
  const choose = (number, beside = false) => go(beside ? { with: String(number + 1) } : { turn: String(number + 1) });

  const shown = () => {
    const row = viewer.current();
    const full = row && viewer.trajectory(row, viewer.update).value;
    return full ? { row, full, turn: chosenOf(row, full), other: otherOf(full) } : null;
  };

  viewer.moveTurn = (by) => {
    const found = shown();
    if (!found?.turn) return;
    const { turns } = found.full;
    const place = Math.max(0, Math.min(turns.length - 1, turns.indexOf(found.turn) + by));
    choose(turns[place].number);
  };
  viewer.moveOther = (by) => {
    const found = shown();
    if (!found?.turn || found.full.turns.length < 2) return;
    const { turns } = found.full;
    const start = found.other ? turns.indexOf(found.other) : turns.indexOf(found.turn);
    const place = (start + by + turns.length) % turns.length;
    go({ with: String(turns[place].number + 1) });
  };
  viewer.toggleOther = () => {
    const found = shown();
    if (!found?.turn) return;
    if (found.other) return go({ with: "" });
    const base = viewer.baseOf(found.turn, found.full, "") ?? found.full.turns.find((turn) => turn !== found.turn);
    if (base) go({ with: String(base.number + 1) });
  };
  viewer.showTab = (number) => {
    const found = shown();
    const tab = found && viewer.tabsOf(found.full)[number];
    if (tab) go({ tab: tab[0] });
  };
  viewer.toggleDiff = () => go({ tab: viewer.state.tab === "diff" ? "source" : "diff" });
  viewer.moveTrajectory = (by) => {
    const rows = viewer.selected();
    const row = viewer.current();
    const next = rows[rows.findIndex((each) => each === row) + by];
    if (!next) return;
    viewer.cursor.cursor = next.key;
    viewer.openTrajectory(next);
  };

  const Head = ({ row, full }) => {
    const rows = viewer.selected();
    const place = rows.indexOf(row);
    const run = viewer.store.runs[row.run];
    const facts = [
      viewer.store.runs.length > 1 ? html`<span class="key r${row.run % 8}"></span>${run.label}` : null,
      row.end === "answer" ? run.kind : row.strategy, row.policy, `sample ${row.sample}`, words.why[row.end] ?? row.end,
      full?.note || (row.verified && html`winner judged anew: ${words.status(row.verified.status)} ${words.ratio(row.verified.speedup)}`),
    ].filter(Boolean);
    const costs = [words.plural(row.turns.length, "turn"), row.tokens ? `${words.short(row.tokens)} tokens` : null, row.money ? `cost ${words.money(row.money)}` : null, row.seconds ? words.clock(row.seconds) : null].filter(Boolean);
    return html`<header class="thead">
      <a class="back" href=${viewer.linkToList()} onClick=${(event) => { event.preventDefault(); viewer.toList(); }} aria-label="Back to the list">←</a>
      <div class="what"><h1><span class="stem">${words.stem(row.problem)}</span>${words.leaf(row.problem)}</h1>
        <p>${facts.map((fact, number) => html`${number ? " · " : ""}<span>${fact}</span>`)}<span class="costs">${costs.join(" · ")}</span></p></div>
      <nav class="step" aria-label="Trajectories">${place >= 0 && html`<span class="soft">${words.count(place + 1)} of ${words.count(rows.length)}</span>`}
        <button type="button" aria-label="Previous trajectory" disabled=${place <= 0} onClick=${() => viewer.moveTrajectory(-1)}>↑</button>
        <button type="button" aria-label="Next trajectory" disabled=${place < 0 || place >= rows.length - 1} onClick=${() => viewer.moveTrajectory(1)}>↓</button></nav>
    </header>`;
  };

  const Rail = ({ row, full, turn, other }) => {
    const pane = useRef(null);
    const by = viewer.state.by || (row.turns.some((each) => each.reward !== null) ? "reward" : "speedup");
    const joined = full.turns.length <= 40 && !viewer.isTree(full.turns);
    useLayoutEffect(() => { pane.current?.querySelector(".chosen")?.scrollIntoView({ block: "nearest" }); }, [turn.number]);
    return html`<aside class="rail">
      ${row.turns.length > 1 && html`<div class="coursebox"><p class="toggle">${["reward", "speedup"].map((each) => html`<button type="button" class=${each === by ? "on" : ""} aria-pressed=${each === by} onClick=${() => go({ by: each })}>${each}</button>`)}
        <span class="legend">${joined ? html`<i class="each"></i>turn ` : ""}<i class="best"></i>best so far</span></p>
        <${viewer.Course} turns=${row.turns} by=${by} joined=${joined} chosen=${turn.number} other=${other?.number} choose=${choose} /></div>`}
      <ol class="turns" ref=${pane}>${full.turns.map((each) => {
        const status = viewer.statusOf(each);
        return html`<li><button type="button" class="${each === turn ? "chosen" : ""} ${each === other ? "other" : ""}" aria-current=${each === turn ? "true" : null}
          onClick=${(event) => choose(each.number, event.shiftKey)} title=${`${each.place}: ${words.status(status)}`}>
          <span class="number">${each.number + 1}</span><span class="dot s-${words.group(status)}"></span>
          <span class="came">${each.evaluation?.speedup ? words.ratio(each.evaluation.speedup) : words.status(status).replaceAll("_", " ").toLowerCase()}</span>
          ${row.winner === each.number && html`<span class="star" title="winner">★</span>`}
          <span class="soft">${each.reward === undefined ? "" : words.reward(each.reward)}</span></button></li>`;
      })}</ol>
    </aside>`;
  };

  const Reference = ({ row, full }) => {
    const [open, setOpen] = viewer.useState(false);
    if (full.reference === null) return null;
    const problem = open ? viewer.problem(row.run, full.reference, viewer.update) : null;
    return html`<details class="reference" open=${open} onToggle=${(event) => setOpen(event.target.open)}><summary>The problem${full.description ? `: ${full.description.replace(/\.$/, "")}` : ""}${full.level ? `, level ${full.level}` : ""}</summary>
      ${problem && html`<${viewer.Code} text=${problem.source} language="triton" />`}</details>`;
  };

  viewer.Trajectory = () => {
    const row = viewer.current();
    if (!row) return html`<main class="missing"><p>There is no such trajectory in these runs.</p><p><a href=${viewer.linkToList()}>All trajectories</a></p></main>`;
    const entry = viewer.trajectory(row, viewer.update);
    const full = entry.value;
    if (!full) return html`<main class="trajectory"><${Head} row=${row} /><p class="waiting">${entry.error ?? "…"}</p></main>`;
    const turn = chosenOf(row, full);
    if (!turn) return html`<main class="trajectory"><${Head} row=${row} full=${full} /><p class="waiting">No turn has been taken yet.</p></main>`;
    const other = otherOf(full);
    const tabs = viewer.tabsOf(full);
    const tab = tabs.some(([name]) => name === viewer.state.tab) ? viewer.state.tab : "verdict";
    // Differences between two turns are one thing, everything else stands twice.
    const beside = other && tab !== "diff";
    const columns = beside ? [[other, (number) => choose(number, true), "other turn"], [turn, (number) => choose(number), "turn"]] : [[turn, (number) => choose(number), "turn"]];
    const tree = viewer.isTree(full.turns);
    return html`<main class="trajectory" key=${row.key}><${Head} row=${row} full=${full} />
      <div class="split ${full.turns.length > 1 ? "" : "single"}">
        ${full.turns.length > 1 && html`<${Rail} row=${row} full=${full} turn=${turn} other=${other} />`}
        <div class="work">
          ${tree && html`<details class="treebox" open><summary>Tree of turns</summary><${viewer.Tree} turns=${full.turns} chosen=${turn.number} other=${other?.number} winner=${row.winner} choose=${choose} /></details>`}
          <${Reference} key=${row.key} row=${row} full=${full} />
          <div class="tabs"><div role="tablist">${tabs.map(([name, text]) => html`<button type="button" role="tab" aria-selected=${name === tab} class=${name === tab ? "on" : ""} onClick=${() => go({ tab: name })}>${text}</button>`)}</div>
            ${full.turns.length > 1 && html`<button type="button" class="beside" aria-pressed=${Boolean(other)} onClick=${viewer.toggleOther}>${other ? "One turn" : "Two turns"}</button>`}</div>
          <div class="columns ${beside ? "two" : ""}">${columns.map(([each, move, label]) => html`<section class="column" aria-label=${`turn ${each.number + 1}`}>
            <${viewer.TurnHead} turn=${each} full=${full} row=${row} label=${label} choose=${move} /><${viewer.TurnBody} turn=${each} full=${full} row=${row} tab=${tab} other=${other} /></section>`)}</div>
          ${full.verification && tab === "verdict" && html`<section class="verification"><h2>The winner, judged anew</h2><${viewer.Card} evaluation=${full.verification} /></section>`}
        </div>
      </div></main>`;
  };
}
