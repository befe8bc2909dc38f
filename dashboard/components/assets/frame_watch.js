// Counts the frames that came late while a trial was on screen: those whose interval is longer than twice the display's own, which is
// the median of the last intervals seen.

const KEPT_INTERVALS = 240;

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

class FrameWatch {
  constructor() {
    this.recent = [];
  }

  start(onset) {
    this.cancel();
    this.last = onset;
    this.intervals = [];
    const step = (now) => {
      this.intervals.push(now - this.last);
      this.last = now;
      this.handle = requestAnimationFrame(step);
    };
    this.handle = requestAnimationFrame(step);
  }

  // How many frames came late from the onset until now; null where too few were seen to know the display's own interval.
  stop(now) {
    this.cancel();
    this.recent = [...this.recent, ...this.intervals].slice(-KEPT_INTERVALS);
    if (this.recent.length < 3) return null;
    const longest = 2 * median(this.recent);
    return [...this.intervals, now - this.last].filter((interval) => interval > longest).length;
  }

  cancel() {
    cancelAnimationFrame(this.handle);
  }
}
