"use strict";
// What an evaluation found: the card, where the time went, and what the model was told of it.
{
  const { html, words } = viewer;

  viewer.statusOf = (turn) => turn.evaluation?.status ?? (turn.reply_problem ? "NO_SOLUTION" : "PENDING");

  const latency = (found) => {
    const half = found.median_ms > 0 ? (found.high_ms - found.low_ms) / 2 / found.median_ms : 0;
    return `${words.duration(found.median_ms)} ±${words.percent(half)}`;
  };
  const finding = (found) => html`<div class="finding s-${found.severity === "fatal" ? "hacked" : "wrong"}"><strong>${found.kind}</strong><small>${[found.severity, found.where].filter(Boolean).join(" · ")}</small><p>${found.evidence}</p></div>`;

  function* timing(found) {
    if (!found) return;
    const axis = (value) => `${Math.max(0, Math.min(100, 50 + 50 / 3 * Math.log2(Math.max(value, 0.01))))}%`;
    yield ["speedup", html`<span class="big ${found.speedup_low > 1 ? "fast" : ""}">${words.ratio(found.speedup)}</span> <span class="soft">${words.times(found.speedup_low)} – ${words.times(found.speedup_high)}, 95 % interval of the paired ratio</span>
      <span class="scale" aria-hidden="true"><i class="range" style=${{ left: axis(found.speedup_low), right: `calc(100% - ${axis(found.speedup_high)})` }}></i><i class="point" style=${{ left: axis(found.speedup) }}></i><small>⅛</small><small>¼</small><small>½</small><small>1×</small><small>2</small><small>4</small><small>8</small></span>`];
    yield ["time", `${latency(found.solution)}, reference ${latency(found.reference)} (${words.plural(found.solution.calls, "pair")}, ${found.workload})`];
    for (const [name, value] of Object.entries(found.baselines)) yield [name, latency(value)];
    if (typeof found.speed_of_light === "number") yield ["floor", `${words.percent(found.speed_of_light)} of the speed of light (${words.duration(found.floor_ms)})`];
  }

  function* correctness(found) {
    if (!found?.trials.length) return;
    const passed = found.trials.filter((trial) => trial.passed).length;
    const worst = Math.max(...found.trials.map((trial) => Number(trial.error_ratio)));
    const failed = found.trials.find((trial) => !trial.passed);
    yield ["correct", html`<span>${passed} of ${words.plural(found.trials.length, "trial")}, largest error ${words.digits(worst, 2)} × the ${found.policy} tolerance${failed ? `, first failure in ${failed.name}` : ""}</span>
      <span class="trials" aria-hidden="true">${found.trials.map((trial) => html`<i class="s-${trial.passed ? "correct" : "wrong"}" title=${`${trial.name}: ${words.digits(Number(trial.error_ratio), 2)} × the tolerance`}></i>`)}</span>`];
    const wrong = found.mismatch;
    if (wrong) yield ["mismatch", `${wrong.output}[${wrong.index.join(", ")}] is ${wrong.actual}, expected ${wrong.expected} (±${wrong.allowed} allowed); ${words.count(wrong.wrong_elements)} of ${words.count(wrong.total_elements)} elements are wrong`];
  }

  const Use = ({ rows, what }) => rows.length > 0 && html`<table class="uses"><thead><tr><th>${what}</th><th class="number">a call</th><th class="number">share</th><th></th></tr></thead><tbody>
    ${rows.map((row) => html`<tr><th scope="row"><code>${row.name}</code></th><td class="number">${Number(Number(row.calls).toFixed(2))}</td><td class="number">${words.percent(row.share)}</td><td class="bar">${row.share !== null && html`<${viewer.Share} value=${row.share} tone=${row.tone} />`}</td></tr>`)}</tbody></table>`;

  viewer.Profile = ({ profile }) => {
    const metrics = Object.entries(profile.metrics).map(([name, value]) => `${name} ${words.digits(value)}`);
    return html`<section class="profile"><h3>Where the time went</h3>
      ${profile.coverage === null ? html`<p class="soft">Coverage could not be captured (${profile.source}).</p>`
        : html`<p><b>${words.percent(profile.coverage)}</b> of the time in own kernels <span class="soft">(${profile.source})</span></p><${viewer.Share} value=${profile.coverage} />`}
      <${Use} what="own kernels" rows=${profile.kernels.map((each) => ({ ...each, calls: each.launches_per_call, tone: "correct" }))} />
      <${Use} what="library operators" rows=${profile.operators.map((each) => ({ ...each, calls: each.calls_per_call, tone: "failed" }))} />
      ${metrics.length > 0 && html`<p class="soft">${metrics.join(" · ")}</p>`}
      ${profile.peak_memory_bytes > 0 && html`<p class="soft">peak memory ${words.digits(profile.peak_memory_bytes / 2 ** 20)} MiB</p>`}
      ${profile.bottleneck && html`<p class="advice">${profile.bottleneck}</p>`}
    </section>`;
  };

  const where = (found) => [found.target, found.device, words.plural(found.threads, "thread"), `torch ${found.torch}`, found.triton && `triton ${found.triton}`, `isolation ${found.isolation}`, `kerneldojo ${found.kerneldojo}`].filter(Boolean).join(" · ");

  function* facts(found) {
    if (found.error) {
      yield ["error", html`<strong>${found.error.type}</strong><pre>${found.error.message}</pre>${found.error.traceback && html`<pre class="soft">${found.error.traceback}</pre>`}`];
    }
    if (found.findings.length) yield ["findings", found.findings.map(finding)];
    yield* timing(found.timing);
    yield* correctness(found.correctness);
    if (found.environment.details.honesty) yield ["honesty", found.environment.details.honesty];
    if (found.environment.details.fallback) yield ["note", `interpreted, as it cannot be compiled for the CPU: ${found.environment.details.fallback}`];
    const stages = Object.entries(found.costs.stages).sort((a, b) => b[1] - a[1]);
    const total = stages.reduce((sum, [, seconds]) => sum + seconds, 0);
    if (stages.length) yield ["took", `${words.duration(total * 1000)} (${stages.slice(0, 4).map(([name, seconds]) => `${name} ${words.duration(seconds * 1000)}`).join(", ")})`];
    yield ["ran on", html`<span class="soft">${where(found.environment)}</span>`];
    yield ["judged", html`<span class="soft">${words.date(found.created_at)} UTC, evaluation <code>${found.id}</code></span>`];
  }

  viewer.Card = ({ evaluation }) => html`<dl class="card">${[...facts(evaluation)].map(([label, value]) => html`<dt>${label}</dt><dd>${value}</dd>`)}</dl>`;

  const PROBLEMS = {
    empty: "The reply is empty.", only_thinking: "The thinking never came to an end.", no_code: "The reply holds no code.",
    no_entry_point: "The code does not define the class that was asked for.", truncated: "The code breaks off.", refused: "The model, or its endpoint, declined to answer.",
  };
  viewer.Verdict = ({ turn }) => html`<div>
    ${turn.reply_problem && html`<p class="notice s-failed">${PROBLEMS[turn.reply_problem] ?? turn.reply_problem}</p>`}
    ${turn.repeats !== null && turn.repeats !== undefined && html`<p class="notice s-wrong">The same solution as in turn ${turn.repeats + 1}; it was not judged again.</p>`}
    ${turn.evaluation ? html`<${viewer.Card} evaluation=${turn.evaluation} />` : !turn.reply_problem && html`<p class="empty">Not judged yet.</p>`}
    ${turn.evaluation?.profile && html`<${viewer.Profile} profile=${turn.evaluation.profile} />`}
    ${turn.feedback && html`<section><h3>What the model is told about it</h3><${viewer.Prose} text=${turn.feedback} exact /></section>`}
    ${turn.evaluation?.log && html`<details><summary>What it printed</summary><pre>${turn.evaluation.log}</pre></details>`}
  </div>`;
}
