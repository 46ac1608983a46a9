// The card of one evaluation, in a panel at the side.
const panel = find("card");
let shown = null; // {row, rows}: what is open, and among which solutions ← and → move

function interval(values) {
  return `${times(values[1])} – ${times(values[2])}`;
}

function latency([median, low, high]) {
  const half = median > 0 ? (high - low) / 2 / median : 0;
  return `${duration(median)} ±${percent(half)}`;
}

function meter(share) {
  return element("svg", { class: "share meter s-correct", height: 8, "aria-hidden": "true" },
    element("rect", { class: "track", width: "100%", height: 8, rx: 2 }),
    element("rect", { width: `${100 * share}%`, height: 8, rx: 2 }));
}

function* timing(card) {
  const found = card.timing;
  if (!found) return;
  yield ["speedup", [element("span", { class: "big" }, ratio(found.speedup[0])), ` (${interval(found.speedup)}), 95 % interval of the paired ratio`]];
  yield ["time", `${latency(found.solution)}, reference ${latency(found.reference)} (${found.solution[3]} pairs, ${found.workload})`];
  for (const [name, value] of Object.entries(found.baselines)) yield [name, latency(value)];
  if (found.light !== null && found.floor !== null) yield ["floor", `${percent(found.light)} of the speed of light (${duration(found.floor)})`];
}

function* correctness(card) {
  const found = card.correctness;
  if (!found || !found.trials) return;
  const failed = found.failed ? `, first failure in ${found.failed}` : "";
  yield ["correct", `${found.passed} of ${found.trials} trials, largest error ${digits(found.worst, 2)} × the ${found.policy} tolerance${failed}`];
  if (!found.mismatch) return;
  const [where, actual, expected, allowed, wrong, total] = found.mismatch;
  yield ["mismatch", `${where} is ${actual}, expected ${expected} (±${allowed} allowed); ${wrong.toLocaleString("en-US")} of ${total.toLocaleString("en-US")} elements are wrong`];
}

function* profile(card) {
  const found = card.profile;
  if (!found) return;
  if (found.coverage === null) yield ["coverage", `could not be captured (${found.source})`];
  else yield ["coverage", [`${percent(found.coverage)} of the time in own kernels (${found.source})`, meter(found.coverage)]];
  const kernels = found.kernels.map(([name, launches, share]) => element("div", {}, element("code", {}, name), ` ${percent(share)}, ${Number(launches.toFixed(2))} a call`));
  if (kernels.length) yield ["kernels", kernels];
  if (found.operators.length) yield ["library", found.operators.map(([name, , share]) => (share === null ? name : `${name} ${percent(share)}`)).join(", ")];
  const metrics = Object.entries(found.metrics).map(([name, value]) => `${name} ${digits(value)}`);
  if (metrics.length) yield ["figures", metrics.join(", ")];
  if (found.bottleneck) yield ["advice", found.bottleneck];
}

function* facts(card, row, index) {
  if (card.honesty) yield ["honesty", element("strong", {}, card.honesty)];
  if (card.error) {
    const [type, message, traceback] = card.error;
    yield ["error", [element("strong", {}, type), element("pre", {}, message), traceback ? element("pre", { class: "t-comment" }, traceback) : null]];
  }
  if (card.findings) {
    yield ["findings", card.findings.map(([kind, severity, where, evidence]) =>
      element("div", { class: `finding s-${severity === "fatal" ? "hacked" : "wrong"}` },
        element("strong", {}, kind), element("small", {}, [severity, where].filter(Boolean).join(" · ")), element("p", {}, evidence)))];
  }
  yield* timing(card);
  yield* correctness(card);
  yield* profile(card);
  if (card.note) yield ["note", card.note];
  yield ["ran on", index.environments[card.environment]];
  if (card.costs) {
    const stages = Object.entries(card.costs).sort((a, b) => b[1] - a[1]);
    const total = stages.reduce((sum, stage) => sum + stage[1], 0);
    yield ["took", `${duration(total * 1000)} (${stages.slice(0, 4).map(([name, seconds]) => `${name} ${duration(seconds * 1000)}`).join(", ")})`];
  }
  yield ["judged", `${card.at} UTC, evaluation ${row.id}`];
}

function notesOf(card) {
  const notes = new Map();
  for (const [kind, , where] of card?.findings ?? []) {
    const line = /^line (\d+)$/.exec(where);
    if (line) notes.set(Number(line[1]), [notes.get(Number(line[1])), `← ${kind}`].filter(Boolean).join(" "));
  }
  return notes;
}

async function body(row, index) {
  const card = await fetchFrom(index.cards, row.evaluation);
  const source = await fetchFrom(index.sources, index.source[row.evaluation]);
  const reference = await fetchFrom(index.sources, index.reference[row.evaluation]);
  const parts = [];
  if (card) {
    const list = element("dl");
    for (const [label, value] of facts(card, row, index)) list.append(element("dt", {}, label), element("dd", {}, value));
    parts.push(list);
  } else {
    parts.push(element("p", { class: "empty" }, `There was no room for the details of evaluation ${row.id}; `,
      "the run's directory has them, and kerneldojo report --max-mb makes room."));
    if (row.speedup !== null) parts.push(element("p", {}, `speedup ${ratio(row.speedup)} (${ratio(row.low)} – ${ratio(row.high)}), coverage ${percent(row.coverage)}`));
  }
  parts.push(element("h3", {}, "Solution"));
  parts.push(source === null ? element("p", { class: "empty" }, "There was no room for the source.") : code(source, card?.language ?? "cpp", notesOf(card)));
  if (reference !== null) parts.push(element("details", {}, element("summary", {}, "The problem's reference"), code(reference, "triton")));
  if (card?.log) parts.push(element("details", {}, element("summary", {}, "What it printed"), element("pre", {}, card.log)));
  return parts;
}

async function openCard(row, rows, index) {
  shown = { row, rows, index };
  const move = (by, label, key) => element("button", { type: "button", "aria-label": label, onclick: () => step(by) }, key);
  const answer = `answer #${row.sample}` + (row.turn ? `, turn ${row.turn + 1}` : "");
  const head = element("div", { class: "card-head" },
    element("div", {},
      element("h2", { id: "card-title" }, index.problems[row.problem][0]),
      element("p", {}, element("span", { class: `badge s-${group(row.status)}` }, row.status), ` ${index.runs[row.run]} · ${answer} · ${row.origin}`)),
    move(-1, "Previous solution", "←"), move(1, "Next solution", "→"),
    element("button", { type: "button", "aria-label": "Close", onclick: () => panel.close() }, "✕"));
  const content = element("div", { class: "card-body" }, "…");
  panel.replaceChildren(head, content);
  if (!panel.open) panel.showModal();
  panel.scrollTop = 0;
  panel.focus(); // what had the focus may just have been replaced
  history.replaceState(null, "", `#evaluation=${encodeURIComponent(row.id)}`);
  const parts = await body(row, index);
  if (shown?.row === row) content.replaceChildren(...parts);
}

function step(by) {
  const { row, rows, index } = shown;
  openCard(rows[(rows.indexOf(row) + by + rows.length) % rows.length], rows, index);
}

panel.addEventListener("close", () => {
  shown = null;
  history.replaceState(null, "", location.pathname + location.search);
});
panel.addEventListener("click", (event) => { if (event.target === panel) panel.close(); });
document.addEventListener("keydown", (event) => {
  if (!shown || event.altKey || event.ctrlKey || event.metaKey || event.target.closest(".code")) return;
  if (event.key === "ArrowLeft") step(-1);
  if (event.key === "ArrowRight") step(1);
});
