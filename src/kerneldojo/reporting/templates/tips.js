const tip = find("tip");

document.addEventListener("pointermove", (event) => {
  const text = event.target instanceof Element ? event.target.getAttribute("data-tip") : null;
  tip.hidden = !text;
  if (!text) return;
  tip.textContent = text;
  const { width, height } = tip.getBoundingClientRect();
  const left = event.clientX + 14 + width > innerWidth ? event.clientX - 14 - width : event.clientX + 14;
  const top = event.clientY + 14 + height > innerHeight ? event.clientY - 14 - height : event.clientY + 14;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${Math.max(4, top)}px`;
});
document.addEventListener("pointerleave", () => { tip.hidden = true; });
