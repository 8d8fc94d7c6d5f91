// Numbers to places.

/** The next round number, for the top of an axis: 1, 2 or 5 times a power of ten. */
export function roundUp(number) {
  if (!(number > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(number));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= number * 0.999);
}

/** The mean of each value and its neighbours on both sides. */
export function smooth(values, reach = 1) {
  return values.map((_, at) => {
    const near = values.slice(Math.max(0, at - reach), at + reach + 1);
    return near.reduce((sum, value) => sum + value, 0) / near.length;
  });
}

/** The outline of an area between two lines of values; `y` turns a value into a height. */
export function area(upper, lower, y) {
  const there = upper.map((value, x) => `${x} ${y(value).toFixed(2)}`);
  const back = lower.map((value, x) => `${x} ${y(value).toFixed(2)}`).reverse();
  return `M${there.join("L")}L${back.join("L")}Z`;
}

/** A line through values. */
export function line(values, y) {
  return `M${values.map((value, x) => `${x} ${y(value).toFixed(2)}`).join("L")}`;
}
