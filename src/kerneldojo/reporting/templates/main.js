document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, select, textarea, dialog");
  if (event.key === "/" && !typing && find("search")) {
    event.preventDefault();
    find("search").focus();
  }
});

async function start() {
  const index = await unpack("index");
  const rows = rowsOf(index);
  startTable(index, rows);
  const openById = (id) => {
    const row = rows.find((one) => one.id === id);
    if (row) openCard(row, rows.filter((one) => one.problem === row.problem), index);
  };
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target.closest("[data-evaluation]") : null;
    if (target) openById(target.getAttribute("data-evaluation"));
  });
  const linked = /^#evaluation=(.+)$/.exec(location.hash);
  if (linked) openById(decodeURIComponent(linked[1]));
  document.documentElement.dataset.ready = "yes";
}

if (typeof DecompressionStream === "undefined") {
  find("problems")?.append(element("p", { class: "empty" }, "This browser is too old to open the table and the cards; any from 2023 on can."));
} else {
  start();
}
