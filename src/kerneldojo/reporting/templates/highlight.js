// A small highlighter, as thousands of sources cannot be coloured beforehand.
const PYTHON = "False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield";
const CPP = "auto bool break case char class const constexpr continue default do double else enum extern false float for if inline int long namespace new nullptr private public return short signed sizeof static struct switch template true typedef typename union unsigned using void volatile while";
const TOKENS = {
  python: /("""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)|(#[^\n]*)|(@[\w.]+)|\b(\d[\w.]*)|([A-Za-z_]\w*)/g,
  cpp: /("(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)|(\/\/[^\n]*|\/\*[^]*?(?:\*\/|$))|(^[ \t]*#\w+)|\b(\d[\w.]*)|([A-Za-z_]\w*)/gm,
};
const WORDS = { python: new Set(PYTHON.split(" ")), cpp: new Set((CPP + " __global__ __device__ __shared__ __restrict__").split(" ")) };

// Yields [kind, text]; a long string in C++ or CUDA solutions is itself a program.
function* tokens(text, grammar, embedded) {
  let end = 0;
  for (const match of text.matchAll(TOKENS[grammar])) {
    if (match.index > end) yield ["", text.slice(end, match.index)];
    end = match.index + match[0].length;
    const [whole, string, comment, name, number, word] = match;
    if (string && embedded && string.includes("\n")) {
      yield ["string", string.slice(0, 3)];
      yield* tokens(string.slice(3, -3), "cpp", false);
      yield ["string", string.slice(-3)];
    } else if (string) yield ["string", whole];
    else if (comment) yield ["comment", whole];
    else if (name) yield ["name", whole];
    else if (number) yield ["number", whole];
    else yield [WORDS[grammar].has(word) ? "keyword" : "", whole];
  }
  if (end < text.length) yield ["", text.slice(end)];
}

// Returns a block of numbered lines; `notes` names what was found in which line.
function code(text, language, notes = new Map()) {
  const block = element("div", { class: "code", tabindex: 0, role: "region", "aria-label": "source" });
  let line = element("div");
  const finish = () => {
    const note = notes.get(block.children.length + 1);
    if (note) {
      line.className = "marked";
      line.dataset.note = note;
    }
    block.append(line);
    line = element("div");
  };
  for (const [kind, piece] of tokens(text.replace(/\n$/, ""), "python", language !== "triton")) {
    piece.split("\n").forEach((part, number) => {
      if (number) finish();
      if (part) line.append(kind ? element("span", { class: `t-${kind}` }, part) : part);
    });
  }
  finish();
  return block;
}
