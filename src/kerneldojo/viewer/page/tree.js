"use strict";
// The turns of a search as the tree they form.
{
  const { html, words } = viewer;
  const [ACROSS, DOWN] = [96, 30];

  // Whether the turns are more than a chain.
  viewer.isTree = (turns) => turns.length > 1 && turns.some((turn, place) => place > 0 && (turn.parent ?? null) !== turns[place - 1].number);

  const layout = (turns) => {
    const known = new Set(turns.map((turn) => turn.number));
    const parent = (turn) => (turn.parent !== null && turn.parent !== undefined && known.has(turn.parent) && turn.parent < turn.number ? turn.parent : "root");
    const root = d3.stratify().id((turn) => String(turn.number)).parentId((turn) => (turn.number === "root" ? null : String(parent(turn))))([{ number: "root" }, ...turns]);
    d3.tree().nodeSize([DOWN, ACROSS]).separation((a, b) => (a.parent === b.parent ? 1 : 1.2))(root);
    return root;
  };

  viewer.Tree = ({ turns, chosen, other, winner, choose }) => {
    const root = viewer.useMemo(() => layout(turns), [turns]);
    const nodes = root.descendants().filter((node) => node.data.number !== "root");
    const rows = nodes.map((node) => node.x);
    const [top, bottom] = [Math.min(...rows), Math.max(...rows)];
    const x = (node) => 24 + (node.depth - 1) * ACROSS;
    const y = (node) => 20 + node.x - top;
    const wide = 110 + Math.max(...nodes.map((node) => node.depth - 1)) * ACROSS;
    const radius = turns.at(-1).number >= 99 ? 10.5 : 8.5;
    const pane = viewer.useRef(null);
    const shown = nodes.find((node) => node.data.number === chosen);
    viewer.useLayoutEffect(() => {
      if (!shown) return;
      const { scrollTop, scrollLeft, clientHeight, clientWidth } = pane.current;
      const hidden = y(shown) < scrollTop + 16 || y(shown) > scrollTop + clientHeight - 16 || x(shown) < scrollLeft || x(shown) > scrollLeft + clientWidth - 60;
      if (hidden) pane.current.scrollTo({ top: y(shown) - clientHeight / 2, left: x(shown) - clientWidth / 2 });
    }, [chosen]);
    const ancestors = new Set(shown?.ancestors() ?? []);
    const label = (turn) => (turn.evaluation?.speedup ? words.ratio(turn.evaluation.speedup) : "");
    return html`<div class="tree" ref=${pane} tabindex="0" role="group" aria-label="tree of turns"><svg width=${wide} height=${bottom - top + 40}>
      ${nodes.filter((node) => node.depth > 1).map((node) => html`<path class=${ancestors.has(node) ? "path" : ""} d="M${x(node.parent) + radius},${y(node.parent)}C${x(node.parent) + 46},${y(node.parent)} ${x(node) - 46},${y(node)} ${x(node) - radius},${y(node)}" />`)}
      ${nodes.map((node) => {
        const turn = node.data;
        const status = viewer.statusOf(turn);
        return html`<g class="node ${turn.number === chosen ? "chosen" : ""} ${turn.number === other ? "other" : ""} ${turn.number === winner ? "winner" : ""}" transform="translate(${x(node)},${y(node)})" onClick=${(event) => choose(turn.number, event.shiftKey)}>
          <title>${`turn ${turn.number + 1}, ${turn.place}: ${words.status(status)}`}</title>
          <circle class="halo" r=${radius + 4} /><circle class="s-${words.group(status)}" r=${radius} />
          <text class="number" y="3.5" text-anchor="middle">${turn.number + 1}</text>
          <text x=${radius + 6} y="4">${label(turn)}</text>
        </g>`;
      })}
    </svg></div>`;
  };
}
