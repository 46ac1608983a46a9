"use strict";
// The differences between two sources, line by line, and word by word within a changed line.
{
  const { html, words } = viewer;
  const AROUND = 3;

  const strip = (value) => value.replace(/\n$/, "").split("\n");

  // Pairs a block of removed lines with the added lines that follow it, so that words can be told apart.
  const rowsOf = (before, after) => {
    const rows = [];
    let [left, right] = [1, 1];
    const parts = Diff.diffLines(before, after, { timeout: 2000 }) ?? [{ removed: true, value: before }, { added: true, value: after }];
    parts.forEach((part, place) => {
      const lines = strip(part.value);
      const next = parts[place + 1];
      const partner = part.removed && next?.added ? strip(next.value) : part.added && parts[place - 1]?.removed ? strip(parts[place - 1].value) : [];
      lines.forEach((text, number) => {
        const kind = part.added ? "added" : part.removed ? "removed" : "same";
        rows.push({ kind, text, other: partner[number], left: part.added ? null : left++, right: part.removed ? null : right++ });
      });
    });
    return rows;
  };

  const cache = new Map();
  viewer.differences = (before, after) => {
    const key = `${before.length}\n${before}${after}`;
    if (!cache.has(key)) {
      if (cache.size > 20) cache.delete(cache.keys().next().value);
      cache.set(key, rowsOf(before, after));
    }
    return cache.get(key);
  };

  // The pieces of a line that its partner has not, as [start, end]; none if hardly anything is alike.
  const changed = (row) => {
    if (row.kind === "same" || row.other === undefined || row.text.length + row.other.length > 2000) return [];
    const found = [];
    let [at, same] = [0, 0];
    for (const part of Diff.diffWordsWithSpace(row.other, row.text)) {
      if (part.removed) continue;
      if (part.added) found.push([at, at + part.value.length]);
      else same += part.value.trim().length;
      at += part.value.length;
    }
    return same * 3 < Math.max(row.text.length, row.other.length) ? [] : found;
  };

  // The colours of a line, with what changed set off.
  const Words = ({ row, parts }) => {
    const ranges = changed(row);
    if (!ranges.length) return html`<${viewer.Line} parts=${parts} />`;
    const shown = [];
    let at = 0;
    for (const [name, text] of parts) {
      const ends = [...new Set([...ranges.flat(), at + text.length])].filter((end) => end > at && end <= at + text.length).sort((a, b) => a - b);
      for (let start = at, place = 0; place < ends.length; start = ends[place], place += 1) {
        const piece = text.slice(start - at, ends[place] - at);
        const coloured = name ? html`<span class="t-${name}">${piece}</span>` : piece;
        shown.push(ranges.some(([from, to]) => start >= from && ends[place] <= to) ? html`<em>${coloured}</em>` : coloured);
      }
      at += text.length;
    }
    return shown;
  };

  const Row = ({ row, lines }) => html`<div class="line ${row.kind}"><span class="at">${row.left ?? ""}</span><span class="at">${row.right ?? ""}</span><span class="sign" aria-label=${row.kind}>${{ added: "+", removed: "−", same: " " }[row.kind]}</span><span class="text"><${Words} row=${row} parts=${lines[row.kind === "removed" ? "before" : "after"][(row.kind === "removed" ? row.left : row.right) - 1] ?? [["", row.text]]} /></span></div>`;

  // Rows near a change, and between them what did not change.
  const groups = (rows) => {
    const near = new Uint8Array(rows.length);
    rows.forEach((row, place) => { if (row.kind !== "same") near.fill(1, Math.max(0, place - AROUND), place + AROUND + 1); });
    const found = [];
    rows.forEach((row, place) => {
      if (found.at(-1)?.near !== near[place]) found.push({ near: near[place], rows: [] });
      found.at(-1).rows.push(row);
    });
    return found;
  };

  viewer.Changes = ({ before, after, languages }) => {
    const [open, setOpen] = viewer.useState(new Set());
    const rows = viewer.differences(before, after);
    const lines = { before: viewer.lines(before, languages[0]), after: viewer.lines(after, languages[1]) };
    const count = (kind) => rows.filter((row) => row.kind === kind).length;
    if (!count("added") && !count("removed")) return html`<p class="empty">The two sources are the same.</p>`;
    return html`<div>
      <p class="tally"><span class="added">+${count("added")}</span> <span class="removed">−${count("removed")}</span> lines</p>
      <div class="code diff" tabindex="0" role="region" aria-label="differences">
        ${groups(rows).map((group, place) => (!group.near && !open.has(place)
          ? html`<button type="button" class="fold" onClick=${() => setOpen(new Set([...open, place]))}>${words.plural(group.rows.length, "unchanged line")}</button>`
          : group.rows.map((row) => html`<${Row} row=${row} lines=${lines} />`)))}
      </div>
    </div>`;
  };
}
