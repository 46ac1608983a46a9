"use strict";
// From numbers to lines: smoothing, scales, and no more points than a screen can show.
{
  const series = {};
  viewer.series = series;

  // Each value as a mean of its neighbours, which count the less the further away they are: by a
  // factor of e every `reach` steps, in both directions. What is missing stays missing.
  series.smooth = (values, reach) => {
    if (reach <= 0) return values;
    const keep = Math.exp(-1 / reach);
    const [sum, weight] = [new Float64Array(values.length), new Float64Array(values.length)];
    const pass = (from, to, by) => {
      let [s, w] = [0, 0];
      for (let at = from; at !== to; at += by) {
        // A value itself counts once, in the first pass.
        sum[at] += by > 0 ? s * keep + (values[at] ?? 0) : s * keep;
        weight[at] += by > 0 ? w * keep + (values[at] === null ? 0 : 1) : w * keep;
        s = s * keep + (values[at] ?? 0);
        w = w * keep + (values[at] === null ? 0 : 1);
      }
    };
    pass(0, values.length, 1);
    pass(values.length - 1, -1, -1);
    return values.map((value, at) => (value === null ? null : sum[at] / weight[at]));
  };

  // Round numbers between two others, about so many.
  series.ticks = (low, high, about) => {
    const rough = (high - low) / about;
    if (!(rough > 0)) return [low];
    const unit = 10 ** Math.floor(Math.log10(rough));
    const step = unit * [1, 2, 5, 10].find((factor) => unit * factor >= rough * 0.999);
    const found = [];
    for (let at = Math.ceil(low / step - 1e-9); at * step <= high + step * 1e-9; at += 1) found.push(at * step || 0); // never −0
    return found;
  };
  const powers = (low, high) => {
    const found = [];
    for (let power = Math.ceil(Math.log10(low) - 1e-9); 10 ** power <= high * (1 + 1e-9); power += 1) found.push(10 ** power);
    return found.length > 4 ? found.filter((_, place) => place % Math.ceil(found.length / 4) === 0) : found;
  };

  // A scale from values to heights: logarithmic where a few values would flatten all others.
  series.scale = (values, { zero, spiky, most }, bottom, top) => {
    let [low, high] = [Infinity, -Infinity];
    for (const value of values) {
      if (value === null) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (low > high) [low, high] = [0, 1];
    if (spiky && low > 0) {
      const sorted = Float64Array.from(values.filter((value) => value !== null)).sort();
      if (high > 30 * sorted[sorted.length >> 1]) {
        const [from, to] = [Math.log(low / 1.3), Math.log(high * 1.3)];
        return { y: (value) => bottom + ((Math.log(value) - from) / (to - from)) * (top - bottom), ticks: powers(low / 1.3, high * 1.3), log: true };
      }
    }
    if (zero) [low, high] = [Math.min(0, low), Math.max(0, high)];
    if (high - low < 1e-12) [low, high] = low === 0 ? [0, 1] : [low - Math.abs(low) * 0.1, Math.min(high + Math.abs(high) * 0.1, most ?? Infinity)];
    const margin = (high - low) * 0.06;
    if (!(zero && high === 0)) high = most === undefined ? high + margin : Math.min(high + margin, Math.max(most, high));
    if (!(zero && low === 0)) low -= margin;
    return { y: (value) => bottom + ((value - low) / (high - low)) * (top - bottom), ticks: series.ticks(low, high, 4), log: false };
  };

  // The least and the largest of most values: a few of many may leave the chart, if a smoothed line
  // stands for them.
  series.most = (values) => {
    const sorted = Float64Array.from(values.filter((value) => value !== null)).sort();
    const out = Math.floor(sorted.length / 200);
    return sorted.length ? [sorted[out], sorted[sorted.length - 1 - out]] : [];
  };

  const round = (value) => Math.round(value * 10) / 10;

  // A line through values at their steps. Where several fall on one column of pixels, the line goes
  // through the first, the lowest, the highest and the last of them, and looks the same.
  series.line = (numbers, values, x, y) => {
    const parts = [];
    let [column, first, low, high, last] = [null, 0, 0, 0, 0];
    const flush = () => {
      if (column === null) return;
      const heights = low === high ? [first] : [first, low, high, last];
      for (const height of heights) parts.push(`${parts.length ? "L" : "M"}${column},${round(height)}`);
    };
    for (let at = 0; at < numbers.length; at += 1) {
      if (values[at] === null) continue;
      const [place, height] = [round(x(numbers[at])), y(values[at])];
      if (column !== null && Math.abs(place - column) < 0.8) {
        low = Math.max(low, height);
        high = Math.min(high, height);
        last = height;
      } else {
        flush();
        [column, first, low, high, last] = [place, height, height, height, height];
      }
    }
    flush();
    return parts.length === 1 ? `${parts[0]}h0.01` : parts.join("");
  };

  // The area between two lines over the same steps, as means over columns of pixels.
  series.area = (numbers, below, above, x, y) => {
    const [up, down] = [[], []];
    let [sums, count, column] = [[0, 0, 0], 0, null];
    const flush = () => {
      if (!count) return;
      const place = round(sums[0] / count);
      up.push(`${place},${round(y(sums[2] / count))}`);
      down.push(`${place},${round(y(sums[1] / count))}`);
    };
    for (let at = 0; at < numbers.length; at += 1) {
      if (above[at] === null) continue;
      const place = x(numbers[at]);
      if (column === null || place - column >= 1) {
        flush();
        [sums, count, column] = [[0, 0, 0], 0, place];
      }
      sums = [sums[0] + place, sums[1] + (below[at] ?? 0), sums[2] + above[at]];
      count += 1;
    }
    flush();
    return up.length ? `M${up.join("L")}L${down.reverse().join("L")}Z` : "";
  };
}
