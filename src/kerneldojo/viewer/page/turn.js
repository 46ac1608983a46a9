"use strict";
// One turn: its head, and under tabs its verdict, source, changes, reply, prompt and tokens.
{
  const { html, words } = viewer;

  const TABS = [["verdict", "Verdict"], ["source", "Source"], ["diff", "Diff"], ["reply", "Reply"], ["prompt", "Prompt"], ["tokens", "Tokens"]];
  // An answer that belongs to no trajectory has nothing but a verdict and a source.
  viewer.tabsOf = (full) => TABS.filter(([name]) => {
    if (["reply", "prompt"].includes(name)) return full.question.length > 0;
    if (name === "diff") return full.turns.length > 1 || full.reference !== null;
    return name !== "tokens" || full.turns.some((turn) => turn.tokens || turn.usage);
  });

  const numbers = (list) => list.map((number) => number + 1).join(", ");
  const Turn = ({ number, choose }) => html`<button type="button" class="link" onClick=${() => choose(number)}>${number + 1}</button>`;

  viewer.TurnHead = ({ turn, full, row, label, choose }) => {
    const verdict = turn.evaluation;
    const made = [];
    if (turn.parent !== null && turn.parent !== undefined) made.push(html`improves <${Turn} number=${turn.parent} choose=${choose} />`);
    if (turn.context?.length) made.push(`shown ${numbers(turn.context)}`);
    if (turn.forgotten?.length) made.push(html`<span class="warn">no room for ${numbers(turn.forgotten)}</span>`);
    if (turn.finish && turn.finish !== "stop") made.push(html`<span class="warn">${{ length: "cut off at the token limit", refusal: "declined" }[turn.finish] ?? turn.finish}</span>`);
    const cost = [];
    if (turn.usage && turn.usage.prompt_tokens + turn.usage.completion_tokens) cost.push(`${words.short(turn.usage.prompt_tokens)} + ${words.short(turn.usage.completion_tokens)} tokens${turn.usage.estimated ? " (estimated)" : ""}`);
    if (turn.usage?.money) cost.push(`cost ${words.money(turn.usage.money)}`);
    if (turn.generation_s) cost.push(`${words.clock(turn.generation_s)} to write`);
    if (turn.evaluation_s) cost.push(`${words.clock(turn.evaluation_s)} to judge`);
    return html`<header class="turnhead">
      <div class="title"><h2>${full.question.length ? html`Turn <select aria-label=${label} value=${turn.number} onChange=${(event) => choose(Number(event.target.value))}>${full.turns.map((each) => html`<option value=${each.number}>${each.number + 1}</option>`)}</select>` : words.leaf(turn.origin ?? "Answer")}</h2>
        <${viewer.Badge} status=${viewer.statusOf(turn)} />
        ${row.winner === turn.number && full.turns.length > 1 && html`<span class="badge winner">winner</span>`}
        ${verdict?.speedup && html`<b class="speed ${verdict.timing.speedup_low > 1 ? "fast" : ""}">${words.ratio(verdict.speedup)}</b>`}
        ${verdict?.profile && html`<span class="soft">${words.percent(verdict.profile.coverage)} coverage</span>`}
        ${turn.reward !== undefined && html`<span class="soft">reward ${turn.reward === null ? "– (a fault of ours)" : words.reward(turn.reward)}</span>`}
      </div>
      <p class="made">${[turn.place && turn.place !== `turn ${turn.number + 1}` && turn.place !== "answer" ? turn.place : null, ...made, ...cost, turn.model].filter(Boolean).map((part, place) => html`${place ? " · " : ""}<span>${part}</span>`)}</p>
    </header>`;
  };

  // What was found, but at no line.
  const Aside = ({ found }) => {
    if (!found) return null;
    const marked = new Set(found.marks.map((mark) => mark.label));
    const rest = found.findings.filter((each) => !marked.has(each.kind)).map((each) => [each.severity === "fatal" ? "hacked" : "wrong", each.kind, [each.where, each.evidence].filter(Boolean).join(": ")]);
    if (found.error && !marked.has(found.error.type)) rest.push(["failed", found.error.type, found.error.message.split("\n")[0]]);
    return rest.map(([tone, label, text]) => html`<p class="notice s-${tone}"><b>${label}</b> ${text}</p>`);
  };

  const Source = ({ turn }) => (turn.solution
    ? html`<div><${Aside} found=${turn.evaluation} /><${viewer.Code} text=${turn.solution.source} language=${turn.solution.language} marks=${turn.evaluation?.marks ?? []} /></div>`
    : html`<p class="empty">This turn holds no solution.</p>`);

  const Reply = ({ turn }) => {
    const [thinking, said] = viewer.thinkingOf(turn);
    return html`<div>${thinking && html`<details class="thinking"><summary>Thinking, ${words.plural(thinking.split(/\s+/).length, "word")}</summary><div class="said">${thinking}</div></details>`}
      ${said.trim() ? html`<${viewer.Prose} text=${said} />` : html`<p class="empty">Nothing was said.</p>`}</div>`;
  };

  const Said = ({ who, note, open, children }) => html`<details class="message ${who}" open=${open}><summary><b>${who}</b> ${note}</summary>${children}</details>`;

  const Prompt = ({ turn, full }) => {
    const by = new Map(full.turns.map((each) => [each.number, each]));
    const shown = (turn.context ?? []).map((number) => by.get(number)).filter(Boolean);
    const last = shown.at(-1);
    return html`<div>
      ${turn.forgotten?.length > 0 && html`<p class="notice s-wrong">The context had no room for ${turn.forgotten.length === 1 ? "turn" : "turns"} ${numbers(turn.forgotten)}.</p>`}
      ${full.question.map((message) => html`<${Said} who=${message.role} note=${message.role === "user" ? "the question" : ""} open=${message.role === "user" && !last}><${viewer.Prose} text=${message.content} /><//>`)}
      ${shown.map((each) => {
        const [thinking, said] = viewer.thinkingOf(each);
        const text = full.keep_thinking && thinking ? `<think>\n${thinking}\n</think>\n\n${said}` : said;
        return html`<${Said} who="assistant" note=${`turn ${each.number + 1}${thinking && !full.keep_thinking ? ", without its thinking" : ""}`}><${viewer.Prose} text=${text} /><//>
          <${Said} who="user" note=${`on turn ${each.number + 1}`} open=${each === last}><${viewer.Prose} text=${each.feedback} exact /><//>`;
      })}
    </div>`;
  };

  const Tokens = ({ turn }) => {
    const { tokens, usage } = turn;
    const found = tokens?.logprobs;
    const rows = [
      usage && ["read", `${words.count(usage.prompt_tokens)} tokens${usage.estimated ? ", estimated" : ""}`],
      usage && ["written", `${words.count(usage.completion_tokens)} tokens${usage.estimated ? ", estimated" : ""}`],
      tokens && ["ids kept", `${words.count(tokens.prompt)} of the prompt, ${words.count(tokens.sampled)} sampled${tokens.extends === null ? "" : `, after all those of turn ${tokens.extends + 1}`}`],
      found && ["log-probability", `mean ${words.digits(found.mean)}, least ${words.digits(found.least)}`],
      found && ["perplexity", words.digits(found.perplexity)],
      found && ["unsure", `${words.percent(found.unsure)} of the tokens had a probability below one half`],
    ].filter(Boolean);
    return html`<div><dl class="card">${rows.map(([label, value]) => html`<dt>${label}</dt><dd>${value}</dd>`)}</dl>
      ${found && html`<h3>Along the reply</h3><${viewer.Sureness} course=${found.course} /><p class="soft">Mean log-probability of successive pieces; the deeper, the less sure.</p>`}
      ${!tokens && html`<p class="empty">No token ids are kept of this turn.</p>`}</div>`;
  };

  // What a turn is compared with: the turn asked for, else its parent, else the turn before it.
  viewer.baseOf = (turn, full, asked) => {
    const numbered = (number) => full.turns.find((each) => each.number === number) ?? null;
    if (asked === "reference") return null;
    if (asked !== "") return numbered(Number(asked) - 1);
    if (turn.parent !== null && turn.parent !== undefined) return numbered(turn.parent);
    return full.turns[full.turns.indexOf(turn) - 1] ?? null;
  };

  const Difference = ({ turn, full, row, other }) => {
    const asked = viewer.state.from || (other ? String(other.number + 1) : "");
    const base = viewer.baseOf(turn, full, asked);
    const reference = base || full.reference === null ? null : viewer.problem(row.run, full.reference, viewer.update);
    if (!base && full.reference !== null && !reference) return html`<p class="waiting">…</p>`;
    const before = base ? base.solution?.source : reference?.source;
    return html`<div>
      <p class="basis"><label>from <select value=${base ? base.number + 1 : "reference"} onChange=${(event) => viewer.go({ from: event.target.value }, { replace: true })}>
        ${full.turns.filter((each) => each !== turn).map((each) => html`<option value=${each.number + 1}>turn ${each.number + 1}${each.number === turn.parent ? " (parent)" : ""}</option>`)}
        ${full.reference !== null && html`<option value="reference">the reference</option>`}</select></label> to turn ${turn.number + 1}</p>
      ${before === undefined || !turn.solution ? html`<p class="empty">${turn.solution ? "What it is compared with holds no solution." : "This turn holds no solution."}</p>` : html`<${viewer.Changes} key=${`${base?.number}/${turn.number}`} before=${before} after=${turn.solution.source} languages=${[base ? base.solution?.language : "triton", turn.solution.language]} />`}</div>`;
  };

  const BODIES = { verdict: viewer.Verdict, source: Source, diff: Difference, reply: Reply, prompt: Prompt, tokens: Tokens };
  viewer.TurnBody = ({ turn, full, row, tab, other }) => html`<div class="turnbody" role="tabpanel"><${BODIES[tab]} key=${`${turn.number}/${tab}`} turn=${turn} full=${full} row=${row} other=${other} /></div>`;
}
