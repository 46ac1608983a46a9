"use strict";
// What a model said or was told: paragraphs, and code between fences.
{
  const { html } = viewer;
  const FENCE = /^[ \t]*(`{3,}|~{3,})[ \t]*([\w+#-]*)[^\n]*\n([^]*?)(?:^[ \t]*\1[ \t]*$\n?|$(?![^]))/gm;
  const LANGUAGES = { python: "triton", py: "triton", triton: "triton", cpp: "native", "c++": "native", c: "native", cuda: "native", cu: "native" };
  const LONGEST_LINE = 4000;

  const brief = (text) => text.split("\n").map((line) => (line.length <= LONGEST_LINE ? line
    : `${line.slice(0, LONGEST_LINE)} … ${viewer.words.count(line.length - LONGEST_LINE)} more characters in this line`)).join("\n");

  function* blocks(text) {
    let end = 0;
    for (const match of text.matchAll(FENCE)) {
      if (text.slice(end, match.index).trim()) yield { text: text.slice(end, match.index) };
      end = match.index + match[0].length;
      yield { text: match[3], code: true, language: LANGUAGES[match[2].toLowerCase()] };
    }
    if (text.slice(end).trim()) yield { text: text.slice(end) };
  }

  viewer.Prose = ({ text, exact = false }) => html`<div class="prose ${exact ? "exact" : ""}">${[...blocks(text)].map((block) =>
    block.code ? html`<${viewer.Code} text=${block.text} language=${block.language} numbered=${false} />` : html`<div class="said">${brief(block.text.trim())}</div>`)}</div>`;

  const THOUGHT = /^\s*(?:<think(?:ing)?>)?([^]*?)<\/think(?:ing)?>/;
  // A reply as [thinking, answer], wherever the model put its thinking.
  viewer.thinkingOf = (turn) => {
    if (turn.thinking) return [turn.thinking, turn.reply];
    const match = THOUGHT.exec(turn.reply);
    return match ? [match[1].trim(), turn.reply.slice(match[0].length)] : ["", turn.reply];
  };
}
