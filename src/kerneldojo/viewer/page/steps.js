"use strict";
// The steps of a training: a column of numbers for each figure, and where in them a step stands.
{
  const none = () => ({ kind: "", facts: {}, numbers: [], columns: new Map(), skipped: new Map(), validations: [], ahead: [], written: null });

  // What came last takes the place of the same step and of all after it: the training was resumed there.
  const append = (course, news) => {
    const at = news.columns.indexOf("step");
    const first = news.rows[0][at];
    let kept = course.numbers.length;
    while (kept > 0 && course.numbers[kept - 1] >= first) kept -= 1;
    course.numbers.length = kept;
    for (const row of news.rows) course.numbers.push(row[at]);
    for (const name of news.columns) if (!course.columns.has(name)) course.columns.set(name, Array(kept).fill(null));
    for (const [name, column] of course.columns) {
      column.length = kept;
      const place = news.columns.indexOf(name);
      for (const row of news.rows) column.push(place < 0 ? null : row[place]);
    }
    for (const number of course.skipped.keys()) if (number >= first) course.skipped.delete(number);
  };

  viewer.takeSteps = (known, news) => {
    const course = known ?? none();
    if (news.rows.length) append(course, news);
    for (const [number, why] of news.skipped) course.skipped.set(number, viewer.legible(why));
    Object.assign(course, { kind: news.kind, facts: viewer.legible(news.facts), validations: news.validations, ahead: news.ahead, written: news.written });
    return course;
  };

  // The place of the last step up to a number; -1 if all are later.
  viewer.placeOf = (numbers, number) => {
    let [low, high] = [0, numbers.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (numbers[middle] <= number) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  };

  // A figure of a step; null if there is no such step, or it has no such figure.
  viewer.figure = (course, name, number) => {
    const place = viewer.placeOf(course.numbers, number);
    return place >= 0 && course.numbers[place] === number ? course.columns.get(name)?.[place] ?? null : null;
  };
}
