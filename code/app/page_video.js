// A video that is read: sent, followed until it is done, shown.

import { ask, at, clearMessages, closeKeeping, complain, keep, phraseOf, Told, writeLines, writeTable } from "/page_signs.js";
import { number, percent, say, sayProgram } from "/page_texts.js";

const LARGEST = 2 ** 31;
const EVERY = 400;  // milliseconds between two questions how far it is

const film = at("film");
let job = null, turn = 0, ours = "", drawn = "";

/** Reads a file of the user's; a second one in the meantime takes its place. */
export async function readVideo(file) {
  const mine = ++turn;
  job = null;
  begin(file);
  try {
    if (file.size > LARGEST) throw new Told("too_large");
    if (!file.size) throw new Told("empty");
    job = await send(file, share => mine === turn && say(at("stage"), "sending", percent(share)));
    while (mine === turn) {
      if (job.state === "failed") throw new Told("", job.error);
      show();
      if (job.state === "done") return;
      await new Promise(resolve => setTimeout(resolve, EVERY));
      const news = await ask(`/videos/${job.id}`);
      if (mine === turn) job = news;
    }
  } catch (error) {
    if (mine !== turn) return;
    leave();
    complain(error);
  }
}

/** Back to the start. */
export function leave() {
  turn++;
  film.pause();
  closeKeeping();
  at("job").hidden = true;
  at("start").hidden = false;
}

/** Once more, in another language. */
export function showAgain() {
  if (job && !at("job").hidden) {
    drawn = "";
    show();
  }
}

function begin(file) {
  clearMessages();
  closeKeeping();
  at("start").hidden = true;
  at("job").hidden = false;
  for (const id of ["after", "signs", "remarks", "legend", "webm"]) at(id).hidden = true;
  at("progress").hidden = false;
  at("bar").removeAttribute("value");
  at("text").replaceChildren();
  at("rows").replaceChildren();
  at("name").textContent = file.name;
  drawn = "";
  if (ours) URL.revokeObjectURL(ours);
  play(ours = URL.createObjectURL(file));
}

function play(address) {
  film.src = address;
  film.play().catch(() => {});  // some formats only the program can read, and some users want nothing to move
}

/** Sends a file; XMLHttpRequest, because fetch does not tell how much has gone. */
function send(file, sent) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/videos?name=${encodeURIComponent(file.name)}`);
    request.upload.addEventListener("progress", event => event.lengthComputable && sent(event.loaded / event.total));
    request.addEventListener("error", () => reject(new Told("gone")));
    request.addEventListener("load", () => {
      let answer = {};
      try { answer = JSON.parse(request.response); } catch { /* not our server */ }
      if (request.status === 200) resolve(answer);
      else reject(answer.error ? new Told("", answer.error) : new Told("gone"));
    });
    request.send(file);
  });
}

function show() {
  stage();
  const signature = `${job.state}${job.lines.length}${Boolean(job.result)}`;
  if (signature === drawn) return;
  drawn = signature;
  const lines = job.result ? job.result.lines.map(line => line.signs) : job.lines.map(line => line.signs);
  for (const sign of lines.flat()) sign.doubtful = sign.confidence < job.doubtful;
  writeLines(at("text"), lines, job.result && jump);
  at("legend").hidden = !lines.flat().some(sign => sign.doubtful);
  if (job.result) result(lines.flat());
}

function stage() {
  const { state, seconds } = job, whole = film.duration;
  const known = seconds !== null && Number.isFinite(whole) && film.src === ours;
  if (state === "waiting") say(at("stage"), "queue");
  if (state === "reading" && known) say(at("stage"), "reading_at", number(Math.min(seconds, whole), 1), number(whole, 1));
  if (state === "reading" && !known) say(at("stage"), "reading");
  if (state === "drawing") say(at("stage"), "drawing");
  if (state === "reading" && known) at("bar").value = Math.min(seconds / whole, 1);
  else at("bar").removeAttribute("value");
  at("progress").hidden = state === "done";
}

function result(signs) {
  if (!signs.length) {
    const empty = document.createElement("p");
    empty.className = "nothing";
    say(empty, "nothing");
    at("text").replaceChildren(empty);
  }
  list(at("remarks"), job.result.remarks, (item, remark) => sayProgram(item, remark));
  writeTable(at("rows"), signs, jump);
  at("signs").hidden = !signs.length;
  at("after").hidden = false;
  at("srt").href = `/videos/${job.id}/text.srt`;
  at("json").href = `/videos/${job.id}/text.json`;
  const overlay = `/videos/${job.id}/overlay.webm`;
  at("webm").hidden = !job.overlay;
  if (job.overlay && !film.src.endsWith(overlay)) {
    at("webm").href = overlay;
    at("webm").download = `${job.name.replace(/\.[^.]*$/, "")}_lzv.webm`;
    play(overlay);
  }
}

function list(element, things, write) {
  element.hidden = !things.length;
  element.replaceChildren(...things.map(thing => {
    const item = document.createElement("li");
    write(item, thing);
    return item;
  }));
}

/** Shows the video from where a sign begins. */
function jump(sign) {
  film.pause();
  film.currentTime = sign.start;
  film.scrollIntoView({ block: "nearest", behavior: "smooth" });
}

film.addEventListener("timeupdate", () => {
  if (!job || !job.result) return;
  const signs = job.result.lines.flatMap(line => line.signs), now = film.currentTime + 0.01;
  [...at("rows").rows].forEach((row, place) =>
    row.classList.toggle("now", signs[place].start <= now && now < signs[place].end));
});
at("keep").addEventListener("click", () => {
  const { id, result } = job;
  keep(at("after"), phraseOf(result.lines.flatMap(line => line.signs)), phrase =>
    ask(`/recordings?job=${id}&phrase=${encodeURIComponent(phrase)}`, { method: "POST" }));
});
at("another").addEventListener("click", () => { clearMessages(); leave(); });
