/* A recording on its way to the appliance: whatever the browser can read becomes a WAV for the telephone. */
import { post } from "./page.js";

const RATE = 8000, LARGEST = 2 * 1024 * 1024 - 4096;

function wav(samples) {
  const data = new DataView(new ArrayBuffer(44 + samples.length * 2));
  const text = (at, letters) => [...letters].forEach((letter, index) => data.setUint8(at + index, letter.charCodeAt(0)));
  text(0, "RIFF"); data.setUint32(4, 36 + samples.length * 2, true); text(8, "WAVEfmt ");
  data.setUint32(16, 16, true); data.setUint16(20, 1, true); data.setUint16(22, 1, true);
  data.setUint32(24, RATE, true); data.setUint32(28, RATE * 2, true); data.setUint16(32, 2, true); data.setUint16(34, 16, true);
  text(36, "data"); data.setUint32(40, samples.length * 2, true);
  samples.forEach((sample, index) => data.setInt16(44 + index * 2, Math.max(-1, Math.min(1, sample)) * 32767, true));
  return data.buffer;
}

async function narrowed(octets) {
  const context = new OfflineAudioContext(1, 1, RATE), sound = await context.decodeAudioData(octets);
  const offline = new OfflineAudioContext(1, Math.ceil(sound.duration * RATE), RATE), source = offline.createBufferSource();
  source.buffer = sound;
  source.connect(offline.destination);
  source.start();
  return wav((await offline.startRendering()).getChannelData(0));
}

/** Send `file`; resolves to { file } as it is kept, or { fault }. */
export async function keep(file) {
  let octets = await file.arrayBuffer();
  if (!/\.wav$/i.test(file.name) || octets.byteLength > LARGEST) {
    try { octets = await narrowed(octets); } catch { return { fault: "unreadable" }; }
  }
  if (octets.byteLength > LARGEST) return { fault: "longer" };
  const answer = await post(`/exchange/menus/sound?${new URLSearchParams({ name: file.name })}`, undefined, octets);
  return answer.ok ? answer.json() : { fault: await answer.text() };
}
