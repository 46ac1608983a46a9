"use strict";
// Training: what each run learns and how far it is, and the curves of all of them.
{
  const { html, words, useState, useRef, useLayoutEffect, useMemo } = viewer;
  const [NARROWEST, GAP] = [300, 26];
  const SMOOTHING = ["none", "light", "strong"];
  const RECENT = 20; // steps that say how fast it goes
  const STALLED = 6; // so many times longer than a step usually takes is long
  const FEW = 6; // settings that are shown unasked
  const go = (changes) => viewer.go(changes, { replace: true });

  viewer.showsTraining = () => viewer.state.in === "" && viewer.root.runs.some((run) => run.training)
    && (viewer.state.view === "training" || (viewer.state.view === "" && viewer.root.runs.every((run) => run.training)));
  viewer.insideOf = (inside) => {
    const [, kind, number] = /:(\w+)-(\d+)$/.exec(inside) ?? [];
    if (!kind) return "Trajectories";
    return kind === "validation" ? `Validation after step ${number}` : `Trajectories of step ${number}`;
  };

  const courses = () => [...viewer.root.training].map(([number, course]) => ({ number, course, run: viewer.root.runs[number] }));
  const lastOf = (course) => course.numbers.at(-1) ?? 0;
  const latest = () => Math.max(0, ...courses().map(({ course }) => lastOf(course)));
  const pinned = () => {
    const asked = Number.parseInt(viewer.state.step, 10);
    return asked >= 0 && asked <= latest() ? asked : null;
  };

  viewer.moveStep = (by) => {
    const last = latest();
    if (last) go({ step: String(Math.max(1, Math.min(last, (pinned() ?? last) + by))) });
  };
  viewer.smoothMore = () => go({ smooth: SMOOTHING[(SMOOTHING.indexOf(viewer.state.smooth) + 1) % SMOOTHING.length] });
  viewer.openStep = () => {
    const step = pinned() ?? latest();
    const found = courses().find(({ course }) => viewer.figure(course, "rollouts", step));
    if (found) location.hash = viewer.linkToStep(found.number, "rollouts", step);
  };

  const middle = (values) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? null;
  const pace = (course) => middle((viewer.columnOf(course, "seconds") ?? []).slice(-RECENT).filter((value) => value !== null));
  const total = (course) => (viewer.columnOf(course, "seconds") ?? []).reduce((sum, value) => sum + (value ?? 0), 0);

  // How far it is, and when it will be there. Without a word for long, it may have been ended.
  const Progress = ({ course }) => {
    const last = lastOf(course);
    const steps = viewer.figure(course, "steps", last) ?? last;
    const each = pace(course);
    const silent = viewer.root.live && course.written !== null ? Date.now() / 1000 - course.written : 0;
    const done = last >= steps && last > 0;
    const state = [
      last ? html`<span>step <b>${words.count(last)}</b> of ${words.count(steps)}</span>` : html`<span>no step has been taken yet</span>`,
      each !== null && html`<span>${words.clock(each)} a step</span>`,
      done ? html`<span>done in ${words.clock(total(course))}</span>` : each !== null && html`<span><b>${words.clock(each * (steps - last))}</b> left</span>`,
      !done && each !== null && silent > Math.max(60, STALLED * each) && html`<span class="warn">no step for ${words.clock(silent)}</span>`,
      course.skipped.size > 0 && html`<span><i class="skip"></i>${words.plural(course.skipped.size, "step")} skipped</span>`,
    ].filter(Boolean);
    return html`<div class="progress"><progress value=${last} max=${Math.max(steps, 1)} aria-label="steps taken"></progress><p>${state.map((each, place) => html`${place > 0 && " · "}${each}`)}</p></div>`;
  };

  const SUMMED = [["reward", "reward", "number"], ["correct", "correct", "share"], ["fast_1", "fast@1", "share"], ["hacked", "hacked", "share"], ["loss", "loss", "number"], ["accuracy", "accuracy", "share"]];
  // The mean over the first tenth of the steps, and over the last.
  const Change = ({ course }) => {
    const size = Math.floor(course.numbers.length / 10);
    if (size < 1) return null;
    const mean = (values) => {
      const known = values.filter((value) => value !== null);
      return known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : null;
    };
    const shown = SUMMED.filter(([name]) => name !== "loss" || !course.columns.has("reward"))
      .map(([name, text, unit]) => [text, unit, mean((viewer.columnOf(course, name) ?? []).slice(0, size)), mean((viewer.columnOf(course, name) ?? []).slice(-size))])
      .filter(([, , first, last]) => first !== null && last !== null);
    return html`<p class="change" title="means over the first and the last tenth of the steps">${shown.map(([text, unit, first, last]) => html`<span>${text} ${viewer.told(unit, first)} → <b>${viewer.told(unit, last)}</b></span>`)}</p>`;
  };

  // Settings that are not the same in all runs; one that is as by default is in no run's list.
  const differing = (runs) => {
    const lists = runs.map(({ course }) => new Map(course.facts.changed ?? []));
    return new Set(lists.flatMap((list) => [...list.keys()]).filter((name) => new Set(lists.map((list) => list.get(name))).size > 1));
  };

  const Learner = ({ run, number, course, several, differs }) => {
    const { facts } = course;
    const counted = (name, one, many) => facts[name] && `${facts[name]} ${facts[name] === "1" ? one : many}`;
    const what = [facts.estimator && facts.estimator.toUpperCase().replaceAll("_", " "), counted("data", "file of data", "files of data"), counted("problems", "problem", "problems"), counted("validation", "more to validate", "more to validate")].filter(Boolean);
    const changed = facts.changed ?? [];
    const model = facts.model ? words.leaf(facts.model) : "";
    const title = several || !model ? run.label : model;
    const rest = [several ? model : "", course.kind === "rl" ? "reinforcement learning" : "supervised fine-tuning", ...what, several ? "" : run.label].filter((each) => each && each !== title);
    return html`<section class="learner"><h1>${several && html`<span class="key r${number % 8}"></span>`}${title} <small>${rest.join(" · ")}</small></h1>
      <${Progress} course=${course} /><${Change} course=${course} />
      ${changed.length > 0 && html`<details class="changed" open=${changed.length <= FEW}><summary>${words.plural(changed.length, "setting")} not as by default</summary>
        <dl>${changed.map(([name, value]) => html`<div class=${differs.has(name) ? "differs" : ""}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl></details>`}</section>`;
  };

  // The step that is looked at, with the way to its trajectories.
  const Strip = ({ runs, step, domain }) => {
    const { state } = viewer;
    const link = (number, kind, text, at) => html`<a href=${viewer.linkToStep(number, kind, at)}>${text}</a>`;
    const several = runs.length > 1;
    const ways = runs.flatMap(({ number, run, course }) => {
      const mark = several ? html`<span class="key r${number % 8}"></span>` : null;
      const validated = course.validations.filter(([at]) => at <= step).at(-1)?.[0];
      const why = course.skipped.get(step);
      return [
        why && html`<span class="warn">${mark}skipped: ${why}</span>`,
        viewer.figure(course, "rollouts", step) && html`<span>${mark}${link(number, "rollouts", "trajectories", step)}</span>`,
        validated !== undefined && html`<span>${mark}${link(number, "validation", `validation after step ${validated}`, validated)}</span>`,
        ...(step === lastOf(course) ? course.ahead.map((at) => html`<span>${mark}${link(number, "rollouts", `step ${at} under way`, at)}</span>`) : []),
      ].filter(Boolean);
    });
    return html`<div class="strip">
      <div class="chosen"><button type="button" aria-label="Previous step" disabled=${step <= 1} onClick=${() => viewer.moveStep(-1)}>‹</button><b>step ${words.count(step)}</b><button type="button" aria-label="Next step" disabled=${step >= latest()} onClick=${() => viewer.moveStep(1)}>›</button></div>
      <div class="ways">${ways}</div>
      ${(state.zoom || state.step) && html`<button type="button" class="link" onClick=${() => go({ zoom: "", step: "" })}>${state.zoom ? `steps ${domain.map(words.count).join(" – ")}, show all` : "latest step"}</button>`}
      <label>smoothing<select name="smooth" value=${state.smooth} onChange=${(event) => go({ smooth: event.target.value })}>${SMOOTHING.map((name) => html`<option value=${name}>${name}</option>`)}</select></label></div>`;
  };

  const domainOf = (runs) => {
    const [from, to] = viewer.state.zoom.split("-").map(Number);
    const known = runs.flatMap(({ course }) => [...course.numbers.slice(0, 1), ...course.numbers.slice(-1), ...course.validations.map(([number]) => number)]);
    const all = known.length ? [Math.min(...known), Math.max(...known)] : [0, 1];
    return to > from && from >= 0 ? [Math.max(from, all[0]), Math.min(to, all[1])] : all;
  };

  // Pointer moves come faster than the screen is drawn: one redrawing for all that happened until then.
  const useSoon = () => {
    const [value, set] = useState(null);
    const waiting = useRef({ next: null, frame: 0 });
    const soon = (next) => {
      waiting.current.next = next;
      waiting.current.frame ||= requestAnimationFrame(() => { waiting.current.frame = 0; set(waiting.current.next); });
    };
    return [value, soon];
  };

  const Curves = ({ runs, panels, domain }) => {
    const [pointer, setPointer] = useSoon();
    const [wide, setWide] = useState(0);
    const pane = useRef(null);
    const press = useRef(null);
    useLayoutEffect(() => {
      const look = () => {
        const room = pane.current.clientWidth;
        const count = Math.max(1, Math.min(4, Math.floor((room + GAP) / (NARROWEST + GAP))));
        setWide(Math.floor((room - GAP * (count - 1)) / count));
      };
      look();
      const watcher = new ResizeObserver(look);
      watcher.observe(pane.current);
      return () => watcher.disconnect();
    }, []);
    const pin = pinned();
    const step = pointer?.step ?? pin ?? latest();
    const hand = {
      move: (at) => setPointer({ step: at, marked: press.current !== null && press.current !== at ? [press.current, at] : null }),
      leave: () => { if (press.current === null) setPointer(null); },
      press: (at) => { press.current = at; },
      release: (at) => {
        const from = press.current;
        press.current = null;
        if (from === null) return;
        setPointer({ step: at, marked: null });
        if (Math.abs(at - from) > 1) go({ zoom: `${Math.min(at, from)}-${Math.max(at, from)}` });
        else go({ step: pin === at ? "" : String(at) });
      },
      all: () => go({ zoom: "" }),
    };
    const revision = viewer.root.revision;
    return html`<div class="curves" ref=${pane}><${Strip} runs=${runs} step=${pin ?? step} domain=${domain} /><${viewer.PlotArea} wide=${wide} />
      ${wide > 0 && panels.map(([title, each]) => html`<section key=${title}><h2>${title}</h2><div class="grid" style=${{ gap: `1.1rem ${GAP}px` }}>${each.map((panel) => html`<${viewer.Chart} key=${`${panel.title} ${panel.series[0][0]}`} panel=${panel} runs=${runs}
        domain=${domain} wide=${wide} step=${step} pinned=${pin === step} idle=${pin === null && !pointer} marked=${pointer?.marked} smoothing=${viewer.state.smooth} revision=${revision} hand=${hand} />`)}</div></section>`)}</div>`;
  };

  viewer.Training = () => {
    const { revision } = viewer.root;
    const [runs, panels] = useMemo(() => {
      const found = courses();
      return [found, viewer.panelsOf(found)];
    }, [revision]);
    const domain = domainOf(runs);
    const differs = differing(runs);
    const some = runs.some(({ course }) => course.numbers.length || course.validations.length);
    return html`<main class="training"><div class="learners">${runs.map((each) => html`<${Learner} key=${each.number} ...${each} several=${runs.length > 1} differs=${differs} />`)}</div>
      ${some ? html`<${Curves} runs=${runs} panels=${panels} domain=${domain} />` : html`<div class="nothing"><p>Curves appear with the first step.</p>
        ${runs.flatMap(({ number, course }) => course.ahead.map((at) => html`<p><a href=${viewer.linkToStep(number, "rollouts", at)}>Trajectories of step ${at} are being gathered</a></p>`))}</div>`}</main>`;
  };
}
