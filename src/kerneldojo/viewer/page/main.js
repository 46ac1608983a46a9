"use strict";
// The frame around every view, and the clock that asks for what is new.
{
  const { html, words } = viewer;
  const THEME = "kerneldojo-viewer-theme";
  const EVERY_MS = 1000;
  const AFTER_A_LOSS_MS = 4000;
  const page = document.getElementById("page");

  const stored = () => { try { return localStorage.getItem(THEME); } catch { return null; } }; // forbidden in some browsers
  if (["light", "dark"].includes(stored())) document.documentElement.dataset.theme = stored();
  viewer.toggleTheme = () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem(THEME, root.dataset.theme); } catch { /* stays for this view only */ }
  };

  const Top = () => {
    const { state, store } = viewer;
    const bad = store.runs.reduce((sum, run) => sum + run.bad, 0);
    const training = viewer.root.runs.some((run) => run.training);
    const shown = viewer.showsTraining() ? "training" : state.view === "compare" ? "compare" : "";
    const place = (view, text, href) => html`<a href=${href} class=${shown === view ? "on" : ""}>${text}</a>`;
    return html`<header class="top">
      <span class="brand">KernelDojo</span>
      <nav aria-label="Views">${training && place("training", "Training", viewer.linkToTraining())}${(state.in !== "" || viewer.root.runs.some((run) => !run.training)) && place("", viewer.insideOf(state.in), viewer.linkToList())}${store.runs.filter((run) => !run.training).length > 1 && place("compare", "Compare", viewer.link({ view: "compare", at: "", turn: "", with: "", from: "" }))}</nav>
      <ul class="runs">${viewer.root.runs.map((run, number) => html`<li title=${`${run.path}\n${run.kind}, ${words.date(run.created)} UTC`}><span class="key r${number % 8}"></span>${run.label}</li>`)}</ul>
      ${bad > 0 && html`<span class="warn">${words.plural(bad, "unreadable line")}</span>`}
      ${viewer.root.live && html`<span class="live ${store.lost ? "lost" : ""}" role="status">${store.lost ? "connection lost" : store.behind ? "reading …" : "live"}</span>`}
      <button type="button" class="round" aria-label="Switch between light and dark" onClick=${viewer.toggleTheme}>◐</button>
      <button type="button" class="round" aria-label="Keyboard" onClick=${viewer.showHelp}>?</button>
    </header>`;
  };

  const Missing = () => html`<main class="missing"><p>${viewer.store.error === "" ? "…" : "There are no trajectories of this step here."}</p>
    ${viewer.store.error !== "" && html`<p><a href=${viewer.linkToTraining()}>All steps</a></p>`}</main>`;

  const App = () => {
    const { view } = viewer.state;
    const body = !viewer.store.ready ? Missing : viewer.showsTraining() ? viewer.Training
      : view === "trajectory" ? viewer.Trajectory : view === "compare" && viewer.store.runs.length > 1 ? viewer.Compare : viewer.List;
    return html`<${Top} /><${body} /><${viewer.Help} />`;
  };

  const title = () => {
    const row = viewer.state.view === "trajectory" ? viewer.current() : null;
    document.title = `${row ? words.leaf(row.problem) : viewer.root.runs.map((run) => run.label).join(", ")} · KernelDojo`;
  };

  let waiting = false;
  // Draws the page anew, once for all that happens until then.
  viewer.update = () => {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => {
      waiting = false;
      preact.render(html`<${App} />`, page);
      title();
    });
  };

  const watch = async () => {
    if (!document.hidden && (await viewer.refresh())) viewer.update();
    soon();
  };
  const soon = () => {
    const { behind, lost } = viewer.store.ready ? viewer.store : viewer.root;
    setTimeout(watch, lost ? AFTER_A_LOSS_MS : behind && !document.hidden ? 0 : EVERY_MS);
  };

  viewer.refresh().then(() => {
    page.replaceChildren();
    viewer.update();
    requestAnimationFrame(() => requestAnimationFrame(() => { document.documentElement.dataset.ready = performance.now().toFixed(0); }));
    if (viewer.root.live) soon();
  }, (error) => {
    page.textContent = `The runs cannot be shown: ${error.message}.`;
  });
}
