"use strict";
// Source text in colours, with what an evaluation has to say beside its lines. Colours come as a
// tree of pieces, never as HTML: nothing that a model wrote is ever parsed by the browser.
{
  const { html } = viewer;
  const LONGEST_LINE = 2000;
  const LONGEST_COLOURED = 120_000;
  const FOLD = 4000;

  hljs.configure({ throwUnescapedHTML: true });
  const NATIVE = /[;{}]\s*\n/;
  const QUOTED = /^(\w*["']{0,3})([^]*?)(["']{0,3})$/;

  const colour = (text, language) => hljs.highlight(text, { language, ignoreIllegals: true })._emitter.root;

  // Yields [class, text]; a long string in a C++ or CUDA solution is itself a program.
  function* pieces(node, scope, nested) {
    for (const child of node.children) {
      if (typeof child !== "string") yield* pieces(child, child.scope ?? scope, nested);
      else if (nested && scope === "string" && NATIVE.test(child)) {
        const [, open, body, close] = QUOTED.exec(child);
        yield ["string", open];
        yield* pieces(colour(body, "cpp"), "", false);
        yield ["string", close];
      } else yield [scope, child];
    }
  }

  const CLASSES = { keyword: "keyword", built_in: "name", string: "string", comment: "comment", number: "number", meta: "name", "title.class": "title", "title.function": "title", title: "title", type: "name", literal: "keyword" };
  const classOf = (scope) => CLASSES[scope] ?? CLASSES[(scope ?? "").split(".")[0]] ?? "";

  // The lines of a text, each a list of [class, text].
  const split = (text, language) => {
    const plain = !language || text.length > LONGEST_COLOURED;
    const source = plain ? [["", text]] : pieces(colour(text, language === "native" ? "cpp" : "python"), "", language !== "native");
    const lines = [[]];
    for (const [scope, piece] of source) {
      piece.split("\n").forEach((part, number) => {
        if (number) lines.push([]);
        if (part) lines.at(-1).push([classOf(scope), part]);
      });
    }
    return lines;
  };

  const cache = new Map();
  viewer.lines = (text, language) => {
    const key = `${language}\n${text}`;
    if (!cache.has(key)) {
      if (cache.size > 60) cache.delete(cache.keys().next().value);
      cache.set(key, split(text, language));
    }
    return cache.get(key);
  };

  // A line as elements; of a huge one the beginning.
  viewer.Line = ({ parts }) => {
    const shown = [];
    let length = 0;
    for (const [name, text] of parts) {
      const piece = text.slice(0, LONGEST_LINE - length);
      shown.push(name ? html`<span class="t-${name}">${piece}</span>` : piece);
      length += piece.length;
      if (length >= LONGEST_LINE) break;
    }
    const total = parts.reduce((sum, [, text]) => sum + text.length, 0);
    if (total > length) shown.push(html`<span class="more">… ${viewer.words.count(total - length)} more characters in this line</span>`);
    return shown;
  };

  const RANK = ["fatal", "error", "warning", "kernel"];
  const Notes = ({ marks }) => html`<span class="notes">${marks.map((mark) => html`<span class="note m-${mark.kind}" title=${mark.text}><b>${mark.label}</b> ${mark.text}</span>`)}</span>`;

  // Numbered lines. `language` is a solution's (a Python file, whatever it holds), or `native` for C++
  // and CUDA by themselves. `marks` are those of an evaluation (kerneldojo.records.marks).
  viewer.Code = ({ text, language, marks = [], numbered = true }) => {
    const [all, setAll] = viewer.useState(false);
    const lines = viewer.lines(text.replace(/\n$/, ""), language);
    const notes = new Map();
    for (const mark of marks) notes.set(mark.line, [...(notes.get(mark.line) ?? []), mark]);
    const shown = all ? lines : lines.slice(0, FOLD);
    return html`<div class="code ${numbered ? "numbered" : ""}" tabindex="0" role="region" aria-label="source">
      ${shown.map((parts, place) => {
        const found = notes.get(place + 1);
        const kind = found && RANK.find((each) => found.some((mark) => mark.kind === each));
        return html`<div class="line ${found ? `marked m-${kind}` : ""}" data-line=${place + 1}><span class="text"><${viewer.Line} parts=${parts} /></span>${found && html`<${Notes} marks=${found} />`}</div>`;
      })}
      ${shown.length < lines.length && html`<button type="button" class="link more" onClick=${() => setAll(true)}>${viewer.words.count(lines.length - shown.length)} more lines</button>`}
    </div>`;
  };
}
