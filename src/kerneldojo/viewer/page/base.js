"use strict";
// What all other files share: components, and the one door through which data come in.
const viewer = { html: htm.bind(preact.h), ...preactHooks };

// Texts of others may hold characters that move, hide or repaint what stands around them. They are
// replaced by marks that can be seen, once and for all, before anything else looks at the text.
{
  const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]|[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;
  const seen = (letter) => {
    const code = letter.codePointAt(0);
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    return code === 0x7f ? "\u2421" : `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
  };
  const plain = (text) => text.replace(/\r\n/g, "\n").replace(HIDDEN, seen);

  viewer.legible = (value) => {
    if (typeof value === "string") return plain(value);
    if (Array.isArray(value)) return value.map(viewer.legible);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [plain(name), viewer.legible(inner)]));
  };
}

// Data are scripts that call `viewer.receive`: a page opened from a folder may load nothing else.
{
  const arrived = new Map();
  viewer.receive = (name, value) => arrived.set(name, value);

  viewer.load = (name, query = "") => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `data/${name}.js${query}`;
    script.onload = () => {
      script.remove();
      const value = arrived.get(name);
      arrived.delete(name);
      if (value === undefined) reject(new Error(`data/${name}.js holds no data`));
      else resolve(value);
    };
    script.onerror = () => {
      script.remove();
      reject(new Error(`data/${name}.js cannot be loaded`));
    };
    document.head.append(script);
  });
}
