"use strict";
// The keyboard, and the page that explains it.
{
  const { html } = viewer;
  const HELP = [
    ["In the list", [["j k", "next, previous trajectory"], ["Enter", "open it"], ["/", "search"], ["Esc", "leave the search"]]],
    ["In a trajectory", [["j k", "next, previous turn"], ["J K", "next, previous trajectory"], ["d", "differences and back"], ["c", "two turns beside each other"], ["[ ]", "choose the other turn"], ["1 – 6", "tabs"], ["u Esc", "back to the list"]]],
    ["In the curves of a training", [["← →", "previous, next step"], ["Enter", "its trajectories"], ["s", "smooth less or more"], ["Esc", "all steps, the last one"]]],
    ["Everywhere", [["g l", "the list, or the curves"], ["g c", "compare runs"], ["t", "light or dark"], ["?", "this help"]]],
  ];
  let helping = false;
  let prefix = false;

  const help = (shown) => {
    helping = shown;
    viewer.update();
  };
  viewer.showHelp = () => help(true);

  viewer.Help = () => helping && html`<div class="veil" onClick=${(event) => { if (event.target === event.currentTarget) help(false); }}>
    <div class="help" role="dialog" aria-modal="true" aria-label="Keyboard"><header><h2>Keyboard</h2><button type="button" aria-label="Close" onClick=${() => help(false)}>✕</button></header>
      <div class="groups">${HELP.map(([title, keys]) => html`<section><h3>${title}</h3><dl>${keys.map(([key, text]) => html`<dt>${key.split(" ").map((each) => (each === "–" ? " – " : html`<kbd>${each}</kbd>`))}</dt><dd>${text}</dd>`)}</dl></section>`)}</div>
      <p class="soft">Shift and a click on a turn shows it beside the other. Every view has an address of its own.</p></div></div>`;

  const search = () => {
    if (viewer.state.view !== "") viewer.toList();
    requestAnimationFrame(() => document.getElementById("search")?.focus());
  };
  const open = () => {
    const row = viewer.selected().find((each) => each.key === viewer.cursor.cursor);
    if (row) viewer.openTrajectory(row);
  };

  const EVERYWHERE = { "?": viewer.showHelp, "/": search, t: () => viewer.toggleTheme() };
  const AFTER_G = { l: () => viewer.toList(), c: () => viewer.store.runs.length > 1 && viewer.go({ view: "compare" }) };
  const LIST = { j: () => viewer.moveCursor(1), k: () => viewer.moveCursor(-1), ArrowDown: () => viewer.moveCursor(1), ArrowUp: () => viewer.moveCursor(-1), Enter: open, o: open };
  const TRAJECTORY = {
    j: () => viewer.moveTurn(1), k: () => viewer.moveTurn(-1), J: () => viewer.moveTrajectory(1), K: () => viewer.moveTrajectory(-1),
    d: () => viewer.toggleDiff(), c: () => viewer.toggleOther(), "[": () => viewer.moveOther(-1), "]": () => viewer.moveOther(1), u: () => viewer.toList(), Escape: () => viewer.toList(),
    ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((number) => [String(number), () => viewer.showTab(number - 1)])),
  };
  const TRAINING = { ArrowLeft: () => viewer.moveStep(-1), ArrowRight: () => viewer.moveStep(1), Enter: () => viewer.openStep(), s: () => viewer.smoothMore(), Escape: () => viewer.go({ step: "", zoom: "" }, { replace: true }) };
  const up = () => { location.hash = viewer.linkToTraining(); };
  const VIEWS = { "": LIST, trajectory: TRAJECTORY, compare: { u: () => viewer.toList(), Escape: () => viewer.toList() } };

  addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || !viewer.store.ready) return;
    if (helping) {
      if (event.key === "Escape" || event.key === "?") help(false);
      return;
    }
    const field = event.target.closest?.("input, select, textarea");
    if (field) {
      if (event.key === "Escape") field.blur();
      return;
    }
    if (event.key === "Enter" && event.target.closest?.("a, button, summary")) return;
    const table = prefix ? AFTER_G : { ...EVERYWHERE, ...(viewer.showsTraining() ? TRAINING : VIEWS[viewer.state.view]), ...(viewer.state.in !== "" && viewer.state.view === "" && { u: up, Escape: up }) };
    prefix = !prefix && event.key === "g";
    const act = table[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
