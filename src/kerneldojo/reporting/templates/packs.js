// Data lies in the page as base64 of gzip streams; each is opened when it is first asked for.
const opened = new Map();

function unpack(id) {
  if (!opened.has(id)) opened.set(id, read(find(id).textContent));
  return opened.get(id);
}

async function read(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

// The value with this number, or null if the page had no room for it.
async function fetchFrom(places, number) {
  const place = places[number] ?? -1;
  return place < 0 ? null : (await unpack(`pack-${place}`))[number];
}
