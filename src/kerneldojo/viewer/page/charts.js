"use strict";
// Small pictures: one bar for each turn, the course of a trajectory, shares.
{
  const { html, words } = viewer;
  const tipOf = (turn) => `turn ${turn.number + 1}: ${words.status(turn.status)}${turn.speedup === null ? "" : ` ${words.ratio(turn.speedup)}`}${turn.reward === null ? "" : `, reward ${words.reward(turn.reward)}`}`;

  // A bar's height is the speedup on a logarithmic scale; 1× is the line across the middle.
  const height = (turn, top) => {
    if (turn.status !== "CORRECT") return 0.16;
    return 0.5 + Math.max(-0.3, Math.min(0.5, Math.log(turn.speedup ?? 1) / Math.log(top) / 2));
  };

  viewer.Bars = ({ turns, width = 132, tall = 26 }) => {
    if (!turns.length) return html`<span class="empty">no turn yet</span>`;
    const top = Math.max(4, ...turns.map((turn) => turn.speedup ?? 0));
    const step = Math.min(11, width / turns.length);
    const bar = Math.max(step - (step > 4 ? 2 : 0.5), 0.5);
    const wide = Math.ceil(step * turns.length);
    return html`<svg class="bars" width=${wide} height=${tall} viewBox="0 0 ${wide} ${tall}" aria-hidden="true">
      <line class="one" x1="0" x2=${wide} y1=${tall / 2} y2=${tall / 2} />
      ${turns.map((turn, place) => {
        const size = Math.max(3, height(turn, top) * tall);
        return html`<rect class="s-${words.group(turn.status)}" x=${place * step} y=${tall - size} width=${bar} height=${size} rx=${Math.min(1.5, bar / 3)}><title>${tipOf(turn)}</title></rect>`;
      })}
    </svg>`;
  };

  viewer.Share = ({ value, tone = "correct" }) => html`<span class="share"><i class="s-${tone}" style=${{ width: `${100 * Math.max(0, Math.min(1, value))}%` }}></i></span>`;

  viewer.Badge = ({ status }) => html`<span class="badge s-${words.group(status)}">${words.status(status)}</span>`;

  const ticks = (most) => {
    const rough = most / 3;
    const unit = 10 ** Math.floor(Math.log10(rough));
    const step = unit * ([1, 2, 5, 10].find((factor) => unit * factor >= rough) ?? 10);
    return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, number) => number * step);
  };

  // What each turn came to, joined by a line if they follow one another, and the best so far.
  viewer.Course = ({ turns, by, joined, chosen, other, choose }) => {
    const [wide, tall, left, right, above, below] = [300, 148, 30, 10, 10, 22];
    const value = (turn) => (by === "speedup" ? (turn.status === "CORRECT" ? turn.speedup : null) : turn.reward);
    const values = turns.map(value);
    const most = Math.max(...values.map((each) => each ?? 0), by === "speedup" ? 1.2 : 1) * 1.06;
    const x = (place) => left + (turns.length === 1 ? 0.5 : place / (turns.length - 1)) * (wide - left - right);
    const y = (amount) => above + (1 - amount / most) * (tall - above - below);
    let best = null;
    const so = values.map((each) => (best = each === null ? best : Math.max(best ?? 0, each)));
    const path = (list) => {
      let open = false;
      return list.map((each, place) => {
        if (each === null) { if (by === "speedup") return ""; open = false; return ""; }
        const command = open ? "L" : "M";
        open = true;
        return `${command}${x(place).toFixed(1)},${y(each).toFixed(1)}`;
      }).join("");
    };
    const radius = turns.length > 60 ? 2.2 : turns.length > 24 ? 2.6 : 4;
    const every = Math.ceil(turns.length / 10);
    return html`<svg class="course ${turns.length > 60 ? "many" : ""}" viewBox="0 0 ${wide} ${tall}" role="img" aria-label="${by} of each turn and the best so far">
      ${ticks(most).map((amount) => html`<g><line class="grid" x1=${left} x2=${wide - right} y1=${y(amount)} y2=${y(amount)} /><text x=${left - 6} y=${y(amount) + 3.5} text-anchor="end">${words.digits(amount, 2)}</text></g>`)}
      ${by === "speedup" && html`<line class="one" x1=${left} x2=${wide - right} y1=${y(1)} y2=${y(1)} />`}
      ${turns.map((turn, place) => place % every === 0 && html`<text x=${x(place)} y=${tall - 6} text-anchor="middle">${turn.number + 1}</text>`)}
      <path class="best" d=${path(so)} />
      ${joined && html`<path class="each" d=${path(values)} />`}
      ${turns.map((turn, place) => html`<circle class="s-${words.group(turn.status)} ${turn.number === chosen ? "chosen" : ""} ${turn.number === other ? "other" : ""}"
        cx=${x(place)} cy=${y(values[place] ?? 0)} r=${turn.number === chosen ? radius + 1.5 : radius} onClick=${() => choose(turn.number)}><title>${tipOf(turn)}</title></circle>`)}
    </svg>`;
  };

  // Means of log-probabilities along a reply: the lower, the less sure.
  viewer.Sureness = ({ course }) => {
    const [wide, tall] = [720, 90];
    const least = Math.min(-1, ...course);
    const step = wide / course.length;
    return html`<svg class="sureness" viewBox="0 0 ${wide} ${tall}" preserveAspectRatio="none" role="img" aria-label="mean log-probability along the reply">
      ${course.map((value, place) => html`<rect x=${place * step} y="0" width=${Math.max(step - 0.6, 0.4)} height=${Math.max(1, (value / least) * tall)}><title>${words.digits(value)}</title></rect>`)}
    </svg>`;
  };
}
