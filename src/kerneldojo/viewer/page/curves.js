"use strict";
// One chart: lines of one or several runs, drawn once, and over them what the pointer is at.
{
  const { html, series } = viewer;
  const [TALL, LEFT, RIGHT, ABOVE, BELOW] = [150, 46, 10, 8, 20];
  const DASHES = [null, "6 3", "1.5 3"];
  const REACH = { none: 0, light: 1 / 60, strong: 1 / 15 };
  const LEAST = 12; // with fewer steps, smoothing would hide more than it shows

  viewer.columnOf = (course, name) => course.columns.get(name) ?? null;
  const drawn = (course, name) => viewer.columnOf(course, name)?.some((value) => value !== null) || course.validations.some(([, figures]) => (figures[name] ?? null) !== null);
  // Which of a panel's series some run has, each with its place among all of them.
  viewer.seriesOf = (panel, runs) => panel.series.map(([name, text], place) => [name, text, place]).filter(([name]) => runs.some(({ course }) => drawn(course, name)));
  viewer.panelsOf = (runs) => viewer.panels.map(([title, panels]) => [title, panels.filter((panel) =>
    viewer.seriesOf(panel, runs).length > 0 && !(panel.unless && runs.some(({ course }) => drawn(course, panel.unless))))]).filter(([, panels]) => panels.length);

  // The colour says which run; of a single run it says which series.
  viewer.lookOf = (runs, run, place) => (runs.length > 1 ? { tone: `r${run.number % 8}`, dash: DASHES[place % 3] } : { tone: `r${place}`, dash: null });

  const within = (course, [from, to]) => {
    const first = viewer.placeOf(course.numbers, from - 1) + 1;
    const last = viewer.placeOf(course.numbers, to) + 1;
    return { numbers: course.numbers.slice(first, last), cut: (values) => values.slice(first, last) };
  };

  // A step before the first one shown and one after the last keep lines from ending at the edge.
  const linesOf = (panel, runs, domain, smoothing) => {
    const reach = REACH[smoothing] ?? REACH.light;
    const names = viewer.seriesOf(panel, runs);
    return runs.flatMap((run) => {
      const { course } = run;
      const { numbers, cut } = within(course, [domain[0] - 1, domain[1] + 1]);
      const far = panel.exact || course.numbers.length < LEAST ? 0 : reach * course.numbers.length;
      return names.map(([name, , place]) => {
        const values = viewer.columnOf(course, name) ?? [];
        return {
          ...viewer.lookOf(runs, run, place), place, name, numbers, raw: cut(values), values: cut(series.smooth(values, far)), smoothed: far > 0,
          points: name === names[0][0] && !panel.sticks ? course.validations.filter(([number, figures]) => (figures[name] ?? null) !== null && number >= domain[0] && number <= domain[1]).map(([number, figures]) => [number, figures[name]]) : [],
        };
      });
    });
  };

  const stack = (lines) => {
    const total = lines[0]?.values.map(() => 0) ?? [];
    return lines.map((line) => {
      const below = [...total];
      line.values.forEach((value, at) => { total[at] += value ?? 0; });
      return { ...line, below, values: [...total], raw: [...total], smoothed: false };
    });
  };

  const Axes = ({ panel, scale, x, domain, wide }) => html`<g>
    ${scale.ticks.map((value) => html`<g><line class="grid" x1=${LEFT} x2=${wide - RIGHT} y1=${scale.y(value)} y2=${scale.y(value)} /><text x=${LEFT - 6} y=${scale.y(value) + 3.5} text-anchor="end">${viewer.tick(panel.unit, value)}</text></g>`)}
    ${panel.line !== undefined && html`<line class="one" x1=${LEFT} x2=${wide - RIGHT} y1=${scale.y(panel.line)} y2=${scale.y(panel.line)} />`}
    ${series.ticks(domain[0], domain[1], Math.max(2, wide / 90)).filter(Number.isInteger).map((number) => html`<text x=${x(number)} y=${TALL - 5} text-anchor="middle">${viewer.words.count(number)}</text>`)}
  </g>`;

  const sticks = (line, scale, x) => line.numbers.map((number, at) => (line.values[at] ? `M${x(number).toFixed(1)},${scale.y(0)}V${scale.y(line.values[at]).toFixed(1)}` : "")).join("");

  const Lines = ({ panel, lines, scale, x, stacked }) => [
    ...lines.filter((line) => line.smoothed).map((line) => html`<path class="raw ${line.tone}" d=${series.line(line.numbers, line.raw, x, scale.y)} />`),
    ...lines.map((line) => (stacked
      ? html`<path class="layer ${line.tone}" d=${series.area(line.numbers, line.below, line.values, x, scale.y)} />`
      : html`<path class="line ${panel.sticks ? "sticks" : ""} ${line.tone}" stroke-dasharray=${line.dash} d=${panel.sticks ? sticks(line, scale, x) : series.line(line.numbers, line.values, x, scale.y)} />`)),
    ...lines.filter((line) => !stacked && line.numbers.length === 1 && line.values[0] !== null).map((line) => html`<circle class="dot ${line.tone}" cx=${x(line.numbers[0])} cy=${scale.y(line.values[0])} r="3" />`),
    ...lines.filter((line) => line.points.length).map((line) => html`<g class="validated ${line.tone}">
      <path d=${series.line(line.points.map(([number]) => number), line.points.map(([, value]) => value), x, scale.y)} />
      ${line.points.map(([number, value]) => html`<circle cx=${x(number)} cy=${scale.y(value)} r=${line.points.length > 40 ? 2 : 3.2} />`)}</g>`),
  ];

  const Skipped = ({ runs, x, domain }) => runs.map(({ course }) => html`<path class="skipped" d=${[...course.skipped.keys()]
    .filter((number) => number >= domain[0] && number <= domain[1]).map((number) => `M${x(number).toFixed(1)},${TALL - BELOW}v-6`).join("")} />`);

  const plot = (panel, runs, domain, wide, smoothing) => {
    const stacked = panel.stacked && runs.length === 1;
    const found = linesOf(panel, runs, domain, smoothing);
    const lines = stacked ? stack(found) : found;
    const span = Math.max(1, domain[1] - domain[0]);
    const shift = domain[1] === domain[0] ? 0.5 : 0; // a single step stands in the middle
    const x = (number) => LEFT + ((number - domain[0]) / span + shift) * (wide - LEFT - RIGHT);
    const values = lines.flatMap((line) => [...line.values, ...(line.smoothed ? series.most(line.raw) : line.raw), ...line.points.map(([, value]) => value)]);
    const scale = series.scale(panel.line === undefined ? values : [...values, panel.line], panel, TALL - BELOW, ABOVE);
    const drawing = html`<g class="drawing"><${Axes} panel=${panel} scale=${scale} x=${x} domain=${domain} wide=${wide} />
      <g clip-path="url(#plot)"><${Lines} panel=${panel} lines=${lines} scale=${scale} x=${x} stacked=${stacked} /></g>
      <${Skipped} runs=${runs} x=${x} domain=${domain} /></g>`;
    return { drawing, lines, scale, x, stacked };
  };

  // What a line has to say at a step: its value there, and the last validation until then.
  const valueAt = (run, name, number) => viewer.figure(run.course, name, number);
  const validatedAt = (run, name, number) => run.course.validations.filter(([at, figures]) => at <= number && (figures[name] ?? null) !== null).at(-1)?.[1][name] ?? null;
  const shownAs = (unit, value) => (value === null ? "–" : viewer.told(unit, value));

  const Legend = ({ panel, runs, step }) => {
    const names = viewer.seriesOf(panel, runs);
    const at = (run) => Math.min(step, run.course.numbers.at(-1) ?? step);
    return html`<dl class="legend">${names.map(([name, text, place]) => html`<div>
      <dt>${(names.length > 1 || text) && html`<svg class="swatch ${runs.length > 1 ? "" : `r${place}`}" width="16" height="8" aria-hidden="true"><line x1="0" x2="16" y1="4" y2="4" stroke-dasharray=${runs.length > 1 ? DASHES[place % 3] : null} /></svg>`}${text}</dt>
      ${runs.map((run) => html`<dd class=${runs.length > 1 ? `r${run.number % 8}` : ""}>${shownAs(panel.unit, valueAt(run, name, at(run)))}</dd>`)}</div>`)}
      ${!panel.sticks && runs.some((run) => validatedAt(run, names[0][0], step) !== null) && html`<div class="validation"><dt><i title="the last validation until then"></i>${names.length > 1 || runs.length > 1 ? "" : "validation"}</dt>
      ${runs.map((run) => html`<dd class=${runs.length > 1 ? `r${run.number % 8}` : ""}>${shownAs(panel.unit, validatedAt(run, names[0][0], step))}</dd>`)}</div>`}</dl>`;
  };

  const Cursor = ({ plotted, step, domain, pinned, idle }) => {
    if (step < domain[0] || step > domain[1]) return null;
    const at = plotted.x(step);
    const dots = plotted.lines.map((line) => {
      const place = viewer.placeOf(line.numbers, step);
      return place >= 0 && line.numbers[place] === step && line.values[place] !== null ? [line, line.values[place]] : null;
    }).filter(Boolean);
    return html`<g class="cursor ${pinned ? "pinned" : ""}">${!idle && html`<line x1=${at} x2=${at} y1=${ABOVE} y2=${TALL - BELOW} />`}
      ${dots.map(([line, value]) => html`<circle class=${line.tone} cx=${at} cy=${plotted.scale.y(value)} r="3.2" />`)}</g>`;
  };

  // Where the pointer is, as a step; pulling marks a stretch of steps, a click pins one.
  const useHand = (plotted, domain, hand) => {
    const stepAt = (event) => {
      const box = event.currentTarget.getBoundingClientRect();
      const [left, right] = [plotted.x(domain[0]), plotted.x(domain[1])];
      const share = right > left ? (event.clientX - box.left - left) / (right - left) : 0;
      return Math.round(domain[0] + Math.max(0, Math.min(1, share)) * (domain[1] - domain[0]));
    };
    return {
      onPointerMove: (event) => hand.move(stepAt(event)),
      onPointerLeave: () => hand.leave(),
      onPointerDown: (event) => {
        if (event.button !== 0) return;
        event.preventDefault();
        event.currentTarget.setPointerCapture?.(event.pointerId);
        hand.press(stepAt(event));
      },
      onPointerUp: (event) => hand.release(stepAt(event)),
      onDblClick: () => hand.all(),
    };
  };

  // What the lines of all charts may not leave.
  viewer.PlotArea = ({ wide }) => html`<svg class="quiet" aria-hidden="true"><clipPath id="plot"><rect x=${LEFT - 4} y="0" width=${Math.max(0, wide - LEFT - RIGHT + 8)} height=${TALL - BELOW + 2} /></clipPath></svg>`;

  viewer.Chart = ({ panel, runs, domain, wide, step, pinned, idle, marked, smoothing, revision, hand }) => {
    const plotted = viewer.useMemo(() => plot(panel, runs, domain, wide, smoothing), [revision, wide, smoothing, domain[0], domain[1]]);
    const band = marked && [plotted.x(Math.min(...marked)), plotted.x(Math.max(...marked))];
    return html`<figure class="chart" data-panel=${panel.title} style=${{ width: `${wide}px` }}>
      <figcaption><p title=${panel.note ?? ""}><b>${panel.title}</b>${plotted.scale.log && html` <i>log</i>`} <small>${panel.note}</small></p><${Legend} panel=${panel} runs=${runs} step=${step} /></figcaption>
      <svg width=${wide} height=${TALL} viewBox="0 0 ${wide} ${TALL}" role="img" aria-label=${`${panel.title} ${panel.note ?? ""}`} ...${useHand(plotted, domain, hand)}>
        ${band && html`<rect class="band" x=${band[0]} y=${ABOVE} width=${band[1] - band[0]} height=${TALL - ABOVE - BELOW} />`}
        ${plotted.drawing}
        <${Cursor} plotted=${plotted} step=${step} domain=${domain} pinned=${pinned} idle=${idle} />
      </svg></figure>`;
  };
}
