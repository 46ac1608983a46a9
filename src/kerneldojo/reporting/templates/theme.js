const THEME = "kerneldojo-report-theme";

function stored() {
  try { return localStorage.getItem(THEME); } catch { return null; } // not allowed in some viewers
}

function dark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

if (["light", "dark"].includes(stored())) document.documentElement.dataset.theme = stored();
find("theme").addEventListener("click", () => {
  const theme = dark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  try { localStorage.setItem(THEME, theme); } catch { /* stays for this view only */ }
});
