"use strict";
// The list of trajectories: only the rows in sight are in the page, however many there are.
{
  const { html, words, useRef, useState, useEffect, useLayoutEffect } = viewer;
  const ROW = 52;
  const SPARE = 8;
  const STEP = 4 * ROW; // rows are drawn anew after so much of scrolling
  const STATUS_CHOICES = ["best", "last", "any"];
  const keep = { top: 0, cursor: null };

  // The trajectory that j and k move.
  viewer.cursor = keep;

  const set = (changes) => viewer.go(changes, { replace: true });
  const options = (values, all) => [html`<option value="">${all}</option>`, ...values.map((value) => html`<option value=${value}>${value}</option>`)];
  const distinct = (pick) => [...new Set(viewer.store.rows.flatMap(pick))].sort();

  const Choice = ({ name, text, values, all, lead }) => html`<label>${text}
    <select name=${name} value=${viewer.state[name]} onChange=${(event) => set({ [name]: event.target.value })}>${lead ? values.map((value) => html`<option value=${value}>${value}</option>`) : options(values, all)}</select></label>`;

  const Filters = () => {
    const { state, store } = viewer;
    const lists = viewer.useMemo(() => ({
      problems: distinct((row) => [row.problem]), strategies: distinct((row) => [row.strategy]),
      findings: distinct((row) => row.findings), statuses: distinct((row) => row.turns.map((turn) => turn.status)),
    }), [store.revision]);
    const any = viewer.filters.some((name) => state[name] !== "" && state[name] !== "best");
    return html`<form class="filters" onSubmit=${(event) => event.preventDefault()}>
      <label class="search"><span class="quiet">search</span><input id="search" type="search" placeholder="Search  /" value=${state.q} onInput=${(event) => set({ q: event.target.value })} /></label>
      ${store.runs.length > 1 && html`<${Choice} name="run" text="run" values=${store.runs.map((run) => run.label)} all="all" />`}
      <${Choice} name="problem" text="problem" values=${lists.problems} all="all" />
      <${Choice} name="status" text="status" values=${store.statuses.filter((status) => lists.statuses.includes(status))} all="any" />
      ${state.status && html`<${Choice} name="of" text="of" values=${STATUS_CHOICES} lead />`}
      ${lists.findings.length > 0 && html`<${Choice} name="finding" text="finding" values=${lists.findings} all="any" />`}
      ${lists.strategies.length > 1 && html`<${Choice} name="strategy" text="strategy" values=${lists.strategies} all="all" />`}
      <label>at least<input name="least" class="least" type="number" min="0" step="0.1" placeholder="0.0" value=${state.least} onInput=${(event) => set({ least: event.target.value })} />×</label>
      <label><input type="checkbox" name="finished" checked=${state.finished !== ""} onChange=${(event) => set({ finished: event.target.checked ? "1" : "" })} />finished</label>
      ${any && html`<button type="button" class="link" onClick=${() => set({ ...Object.fromEntries(viewer.filters.map((name) => [name, ""])), of: "best" })}>clear</button>`}
    </form>`;
  };

  const Facts = ({ rows }) => {
    const solved = rows.filter((row) => row.best).length;
    const fast = rows.filter((row) => (row.best?.speedup ?? 0) > 1).length;
    const total = (name) => rows.reduce((sum, row) => sum + (row[name] ?? 0), 0);
    const turns = rows.reduce((sum, row) => sum + row.turns.length, 0);
    const share = (count) => (rows.length ? words.percent(count / rows.length) : "–");
    const facts = [
      [words.count(rows.length), rows.length === viewer.store.rows.length ? (rows.length === 1 ? "trajectory" : "trajectories") : `of ${words.plural(viewer.store.rows.length, "trajectory", "trajectories")}`],
      [words.count(turns), turns === 1 ? "turn" : "turns"], [share(solved), "with a correct turn"], [share(fast), "faster than the reference"],
      ...(total("tokens") ? [[words.short(total("tokens")), "tokens"]] : []),
      ...(total("money") ? [[words.money(total("money")), "spent"]] : []), [words.clock(total("seconds")), "of work"],
    ];
    return html`<ul class="facts" aria-live="off">${facts.map(([value, text]) => html`<li><b>${value}</b> ${text}</li>`)}</ul>`;
  };

  const Head = () => {
    const [current, direction] = viewer.state.sort.split(".");
    return html`<div class="row head" role="row">${["problem", "turns", "best", "last", "reward", "tokens", "time"].map((name) => html`
      <span role="columnheader" class="c-${name}" aria-sort=${current === name ? (direction === "up" ? "ascending" : "descending") : "none"}>
        <button type="button" onClick=${() => viewer.sortBy(name)}>${viewer.sorts[name].text}</button></span>`)}</div>`;
  };

  const Speed = ({ turn }) => {
    if (!turn) return html`<span class="none">–</span>`;
    if (turn.status === "CORRECT" && turn.speedup !== null) return html`<span class=${turn.low > 1 ? "fast" : ""}>${words.ratio(turn.speedup)}</span>`;
    return html`<span class="state s-${words.group(turn.status)}">${words.status(turn.status).replaceAll("_", " ").toLowerCase()}</span>`;
  };

  const Row = ({ row, place, chosen }) => {
    const rewards = row.turns.map((turn) => turn.reward).filter((value) => value !== null);
    return html`<a class="row ${chosen ? "cursor" : ""}" role="row" href=${viewer.linkTo(row)} style=${{ transform: `translateY(${place * ROW}px)` }} data-key=${row.key}
      onClick=${(event) => { if (event.metaKey || event.ctrlKey || event.shiftKey) return; event.preventDefault(); keep.cursor = row.key; viewer.openTrajectory(row); }}>
      <span class="c-problem"><span class="name"><span class="stem">${words.stem(row.problem)}</span>${words.leaf(row.problem)}<span class="sample">#${row.sample}</span></span>
        <small>${viewer.store.runs.length > 1 && html`<span class="key r${row.run % 8}"></span>`}${[viewer.store.runs.length > 1 ? viewer.store.runs[row.run].label : "", row.strategy, row.policy].filter(Boolean).join(" · ")}</small></span>
      <span class="c-turns"><${viewer.Bars} turns=${row.turns} />${!row.finished && html`<i class="going" title="not ended"></i>`}</span>
      <span class="c-best"><${Speed} turn=${row.top} /></span>
      <span class="c-last"><${Speed} turn=${row.last} /></span>
      <span class="c-reward">${rewards.length ? words.reward(Math.max(...rewards)) : "–"}</span>
      <span class="c-tokens">${row.tokens ? words.short(row.tokens) : "–"}</span>
      <span class="c-time">${words.clock(row.seconds)}</span>
    </a>`;
  };

  // A row that is the same as before is handed over as it was, so that scrolling only draws new ones.
  let cache = { state: null, revision: -1, rows: new Map() };
  const drawn = (row, place) => {
    const { state, store } = viewer;
    if (cache.state !== state || cache.revision !== store.revision) cache = { state, revision: store.revision, rows: new Map() };
    const chosen = row.key === keep.cursor;
    const known = cache.rows.get(row.key);
    if (known && known.place === place && known.chosen === chosen) return known.made;
    const made = html`<${Row} key=${row.key} row=${row} place=${place} chosen=${chosen} />`;
    if (cache.rows.size > 2000) cache.rows.clear();
    cache.rows.set(row.key, { place, chosen, made });
    return made;
  };

  const Rows = ({ rows }) => {
    const pane = useRef(null);
    const [view, setView] = useState({ top: keep.top, tall: 900 });
    const look = () => {
      keep.top = pane.current.scrollTop;
      const next = { top: Math.floor(keep.top / STEP) * STEP, tall: pane.current.clientHeight };
      setView((now) => (now.top === next.top && now.tall === next.tall ? now : next));
    };
    useLayoutEffect(() => {
      pane.current.scrollTop = keep.top;
      look();
    }, []);
    useEffect(() => {
      const watcher = new ResizeObserver(look);
      watcher.observe(pane.current);
      return () => watcher.disconnect();
    }, []);
    const place = rows.findIndex((row) => row.key === keep.cursor);
    useLayoutEffect(() => {
      if (place < 0 || !keep.follow) return;
      keep.follow = false;
      const { scrollTop, clientHeight } = pane.current;
      if (place * ROW < scrollTop) pane.current.scrollTop = place * ROW;
      else if ((place + 1) * ROW > scrollTop + clientHeight) pane.current.scrollTop = (place + 1) * ROW - clientHeight;
    });
    const first = Math.max(0, Math.floor(view.top / ROW) - SPARE);
    const last = Math.min(rows.length, Math.ceil((view.top + STEP + view.tall) / ROW) + SPARE);
    return html`<div class="rows" role="table" aria-rowcount=${rows.length} ref=${pane} tabindex="-1" onScroll=${look}>
      <div class="all" style=${{ height: `${rows.length * ROW}px` }}>
        ${rows.slice(first, last).map((row, offset) => drawn(row, first + offset))}
      </div>
      ${rows.length === 0 && html`<p class="empty">${viewer.store.rows.length ? "No trajectory is like this." : "Nothing has been written to this run yet."}</p>`}
    </div>`;
  };

  viewer.moveCursor = (by) => {
    const rows = viewer.selected();
    if (!rows.length) return;
    const place = rows.findIndex((row) => row.key === keep.cursor);
    keep.cursor = rows[place < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, place + by))].key;
    keep.follow = true;
    viewer.update();
  };

  viewer.List = () => {
    const rows = viewer.selected();
    return html`<main class="list"><${Filters} /><${Facts} rows=${rows} /><${Head} /><${Rows} rows=${rows} /></main>`;
  };
}
