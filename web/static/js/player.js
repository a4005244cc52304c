/* Plays a recording: its picture is a slider, for mouse and keys. Nothing is fetched, and noted, before somebody plays. */
const STEP = 5;

function clock(seconds) {
  const whole = Math.floor(seconds), minutes = Math.floor(whole / 60), rest = String(whole % 60).padStart(2, "0");
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

export function start(player) {
  const length = Number(player.dataset.seconds), sound = new Audio();
  const find = (name) => player.querySelector(name);
  const play = find(".player-play"), shape = find(".player-shape"), head = find(".player-head"), at = find(".player-at");
  sound.preload = "none";
  sound.src = player.dataset.player;
  let wanted = 0;

  function draw() {
    const now = sound.readyState ? sound.currentTime : wanted;
    head.style.left = `${(100 * now) / length}%`;
    at.textContent = clock(now);
    shape.setAttribute("aria-valuenow", String(Math.round(now)));
    shape.setAttribute("aria-valuetext", clock(now));
  }
  function go(to) {
    wanted = Math.max(0, Math.min(length, to));
    if (sound.readyState) sound.currentTime = wanted;
    draw();
  }
  function toggle() {
    if (sound.paused) sound.play().catch(() => {});
    else sound.pause();
  }
  function told() {
    play.textContent = sound.paused ? play.dataset.play : play.dataset.pause;
    play.setAttribute("aria-pressed", String(!sound.paused));
  }

  sound.addEventListener("loadedmetadata", () => { if (wanted) sound.currentTime = wanted; });
  sound.addEventListener("timeupdate", draw);
  for (const kind of ["play", "pause", "ended"]) sound.addEventListener(kind, told);
  sound.addEventListener("error", () => { find(".player-fault").hidden = false; });
  play.addEventListener("click", toggle);
  shape.addEventListener("click", (event) => {
    const place = shape.getBoundingClientRect();
    go(((event.clientX - place.left) / place.width) * length);
  });
  const now = () => (sound.readyState ? sound.currentTime : wanted);
  const keys = { ArrowLeft: () => go(now() - STEP), ArrowRight: () => go(now() + STEP), Home: () => go(0), End: () => go(length), " ": toggle };
  shape.addEventListener("keydown", (event) => {
    const act = keys[event.key];
    if (act) { event.preventDefault(); act(); }
  });
  player.sound = sound;
}

for (const player of document.querySelectorAll("[data-player]")) start(player);
