/* The voice of the station: one announcement after another, the most urgent first, a chime before each. */

const TONES = {
  emergency: [[988, 0], [784, 0.16], [988, 0.32], [784, 0.48], [988, 0.64], [784, 0.8]],
  urgent: [[880, 0], [659, 0.22], [880, 0.44]],
  call: [[784, 0], [587, 0.32]],
  soft: [[523, 0]],
  alarm: [[440, 0], [440, 0.3]],
  test: [[523, 0], [659, 0.25], [784, 0.5], [1047, 0.75]],
};
const LENGTHS = { emergency: 1.1, urgent: 0.9, call: 0.9, soft: 0.6, alarm: 0.7, test: 1.3 };
const FLOWED = 0.01;

/** 100 is full, 50 sounds half as loud and a little less (-10 dB), 0 is silence; as the ward's loudspeakers. */
const gain = (volume) => (volume <= 0 ? 0 : 10 ** (volume / 100 - 1));

export class Sound {
  /** wanted(call) tells whether a call still needs words; changed(heard, why) is told whether we can be heard;
   *  speaking(text | null) what is being said now. */
  constructor({ wanted, changed, speaking }) {
    Object.assign(this, { wanted, changed, speaking, queue: [], current: null, heard: null, why: "", volume: 100 });
    const Context = globalThis.AudioContext || globalThis.webkitAudioContext;
    this.context = Context ? new Context() : null;
    if (this.context) {
      this.master = this.context.createGain();
      this.ear = this.context.createAnalyser();
      this.master.connect(this.ear).connect(this.context.destination);
    }
    this.context?.addEventListener("statechange", () => this.judge());
    document.addEventListener("visibilitychange", () => this.judge());
    this.failing = false;
  }

  /** A person touched the page: browsers let sound begin only then. */
  async enable() {
    try { await this.context?.resume(); } catch { /* judged below */ }
    this.judge();
  }

  /** How loud, 0 to 100; what the hour allows may be less. */
  turn(volume) {
    this.volume = volume;
    this.level(100);
    this.judge();
  }

  level(most) {
    this.master?.gain.setValueAtTime(gain(Math.min(this.volume, most)), this.context.currentTime);
  }

  /** Play the test tone; resolves to whether its samples left the page. */
  async test() {
    this.level(100);
    let peak = 0;
    const wave = new Float32Array(this.ear.fftSize);
    const listening = setInterval(() => {
      this.ear.getFloatTimeDomainData(wave);
      for (const sample of wave) peak = Math.max(peak, Math.abs(sample));
    }, 20);
    await this.chime("test");
    clearInterval(listening);
    return peak > FLOWED;
  }

  /** Tell whether we can be heard, if that has changed. */
  judge() {
    const state = this.context?.state;
    const why = !this.context ? "unsupported" : state !== "running" ? "asleep" : document.hidden ? "hidden" : this.volume <= 0 ? "muted" : this.failing ? "failing" : "";
    if (this.heard === !why && this.why === why) return;
    this.heard = !why;
    this.why = why;
    this.changed(this.heard, why);
    if (state === "running") this.next();
  }

  /** An announcement is due. The newest about a call takes the place of an older one that still waits. */
  say(one) {
    this.queue = this.queue.filter((other) => other.call !== one.call);
    this.queue.push({ ...one, at: performance.now() });
    this.queue.sort((a, b) => a.priority - b.priority || a.at - b.at);
    if (this.current && one.priority <= 1 && this.current.priority > 1) this.interrupt();
    this.next();
  }

  /** A call ended or was taken: it is not spoken any more. */
  settle() {
    this.queue = this.queue.filter((one) => this.wanted(one.call));
  }

  interrupt() {
    const cut = this.current;
    this.queue.push(cut);
    this.queue.sort((a, b) => a.priority - b.priority || a.at - b.at);
    cut.stop?.();
  }

  async next() {
    if (this.current || this.context?.state !== "running") return;
    this.settle();
    const one = this.queue.shift();
    if (!one) return;
    this.current = one;
    this.speaking(one.text);
    try {
      this.level(one.volume);
      if (one.tone !== "none") await this.chime(one.tone, one);
      if (one.url && !one.cut) await this.play(one);
      this.failing = false;
    } catch {
      this.failing = true;
    }
    delete one.stop;
    delete one.cut;
    this.current = null;
    this.speaking(null);
    this.judge();
    this.next();
  }

  /** Fetch a clip and play it to its end. */
  async play(one) {
    const answer = await fetch(one.url, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(`no clip: ${answer.status}`);
    const clip = await this.context.decodeAudioData(await answer.arrayBuffer());
    if (one.cut) return;
    const voice = this.context.createBufferSource();
    voice.buffer = clip;
    voice.connect(this.master);
    await new Promise((done) => {
      // A context that goes to sleep never ends a clip.
      const late = setTimeout(done, clip.duration * 1000 + 3000);
      voice.onended = () => { clearTimeout(late); done(); };
      one.stop = () => { one.cut = true; voice.stop(); };
      voice.start();
    });
  }

  /** A few soft tones; they need neither file nor server. */
  chime(kind, one = {}) {
    const start = this.context.currentTime + 0.02;
    for (const [pitch, after] of TONES[kind]) this.tone(pitch, start + after, kind === "alarm" ? 0.2 : 0.5);
    return new Promise((done) => {
      const end = setTimeout(done, LENGTHS[kind] * 1000);
      one.stop = () => { one.cut = true; clearTimeout(end); done(); };
    });
  }

  tone(pitch, at, length) {
    const wave = this.context.createOscillator(), volume = this.context.createGain();
    wave.type = "triangle";
    wave.frequency.value = pitch;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.4, at + 0.015);
    volume.gain.exponentialRampToValueAtTime(0.001, at + length);
    wave.connect(volume).connect(this.master);
    wave.start(at);
    wave.stop(at + length + 0.05);
  }
}
