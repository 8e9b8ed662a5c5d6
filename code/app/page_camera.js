// The camera: its picture as in a mirror, the hands in it, the text as it grows, and the clip of what was signed.

import { ask, at, clearMessages, closeKeeping, complain, keep, phraseOf, Told, writeLines } from "/page_signs.js";
import { say } from "/page_texts.js";

const WIDTH = 640, QUALITY = 0.8;  // of the pictures that are sent: enough for the hands, and quickly packed
const FASTEST = 33;  // milliseconds from picture to picture
const SECONDS_KEPT = 300, IDLE = 8000;  // of a clip; and milliseconds without a hand that need not be in it
const BONES = [[0, 1], [1, 2], [2, 3], [3, 4], [0, 5], [5, 6], [6, 7], [7, 8], [0, 9], [9, 10], [10, 11], [11, 12],
  [0, 13], [13, 14], [14, 15], [15, 16], [0, 17], [17, 18], [18, 19], [19, 20], [5, 9], [9, 13], [13, 17]];
const COLOURS = ["#d95f02", "#1b6ca8"];  // left hand, right hand
const FAULTS = { NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "no_camera",
  OverconstrainedError: "no_camera", NotReadableError: "in_use", AbortError: "in_use" };

const view = at("view"), canvas = at("hands"), sent = document.createElement("canvas");
let stream = null, socket = null, recorder = null, chunks = [], begun = 0, seenAt = 0, clearing = false;
let lines = [], signs = [];

/** Turns the camera on and reads. */
export async function startCamera() {
  clearMessages();
  try {
    if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) throw new Told("old_browser");
    at("start").hidden = true;
    at("live").hidden = false;
    say(at("waiting"), "starting");
    const opened = await navigator.mediaDevices.getUserMedia({ audio: false, video: {
      width: { ideal: WIDTH }, height: { ideal: 480 }, frameRate: { ideal: 30 }, facingMode: "user" } });
    if (at("live").hidden) {  // stopped meanwhile
      opened.getTracks().forEach(track => track.stop());
      return;
    }
    stream = opened;
    stream.getVideoTracks()[0].addEventListener("ended", () => { stopCamera(); complain(new Told("unplugged")); });
    view.srcObject = stream;
    await view.play();
    at("mirror").style.aspectRatio = `${view.videoWidth} / ${view.videoHeight}`;
    lines = [];
    signs = [];
    write();
    record();
    connect();
  } catch (error) {
    stopCamera();
    complain(error instanceof Told ? error : new Told(FAULTS[error.name] || "in_use"));
  }
}

/** Turns all off and goes back to the start. */
export function stopCamera() {
  if (socket) socket.onclose = socket.onmessage = null;
  if (socket) socket.close();
  if (recorder && recorder.state !== "inactive") recorder.stop();
  if (stream) stream.getTracks().forEach(track => track.stop());
  stream = socket = recorder = view.srcObject = null;
  closeKeeping();
  at("live").hidden = true;
  at("start").hidden = false;
}

/** Once more, in another language. */
export function showLiveAgain() {
  write();
}

function connect() {
  say(at("waiting"), "preparing");
  socket = new WebSocket(`ws://${location.host}/live`);
  socket.binaryType = "arraybuffer";
  socket.onmessage = event => answered(JSON.parse(event.data));
  socket.onclose = () => { stopCamera(); complain(new Told("gone")); };
}

/** Sends the picture of now; the next one goes when this is answered, so that reading never falls behind. */
function look() {
  if (!socket) return;
  const line = socket, began = performance.now();
  sent.width = Math.min(view.videoWidth, WIDTH);
  sent.height = Math.round(view.videoHeight * sent.width / view.videoWidth);
  sent.getContext("2d").drawImage(view, 0, 0, sent.width, sent.height);
  sent.toBlob(async blob => {
    if (!blob || !line || line !== socket || line.readyState !== WebSocket.OPEN) return;
    const message = new Uint8Array(8 + blob.size);
    new DataView(message.buffer).setFloat64(0, began / 1000, true);
    message.set(new Uint8Array(await blob.arrayBuffer()), 8);
    if (line.readyState === WebSocket.OPEN) line.send(message);
    line.sentAt = began;
  }, "image/jpeg", QUALITY);
}

function answered(answer) {
  if (answer.error) {
    stopCamera();
    complain(new Told("", answer.error));
    return;
  }
  if (answer.ready) say(at("waiting"), "");
  if (answer.cleared) clearing = false;
  else if (answer.hands) shown(answer);
  if (!answer.cleared) setTimeout(look, Math.max(0, (socket.sentAt || 0) + FASTEST - performance.now()));
}

function shown(answer) {
  draw(answer.hands);
  if (clearing) return;  // an answer to a picture of before
  const before = lines.length + JSON.stringify(signs);
  lines.push(...answer.lines.map(line => line.signs));
  signs = answer.signs;
  if (lines.length + JSON.stringify(signs) !== before) write();
  idle(answer.hands);
}

function write() {
  const all = signs.length ? [...lines, signs] : lines;  // the newest is large, ended or not
  writeLines(at("lines"), all.slice(0, -1));
  writeLines(at("open"), all.slice(-1));
  at("lines").scrollTop = at("lines").scrollHeight;
}

function draw(points) {
  canvas.width = view.videoWidth;
  canvas.height = view.videoHeight;
  const pen = canvas.getContext("2d"), thick = Math.max(2, canvas.width / 220);
  pen.drawImage(sent, 0, 0, canvas.width, canvas.height);  // the picture that was looked at: the bones lie on its hands
  pen.lineCap = "round";
  COLOURS.forEach((colour, side) => {
    const joints = points.slice(21 * side, 21 * side + 21);
    if (!joints.some(([x, y]) => x || y)) return;
    for (const [tint, width] of [["#fff", 2 * thick], [colour, thick]]) {
      pen.strokeStyle = tint;
      pen.lineWidth = width;
      pen.beginPath();
      for (const [start, end] of BONES) {
        pen.moveTo(joints[start][0] * canvas.width, joints[start][1] * canvas.height);
        pen.lineTo(joints[end][0] * canvas.width, joints[end][1] * canvas.height);
      }
      pen.stroke();
    }
  });
}

/** Begins a clip anew. */
function record() {
  if (recorder && recorder.state !== "inactive") recorder.stop();
  chunks = [];
  recorder = null;
  begun = seenAt = performance.now();
  if (!window.MediaRecorder) return;
  const mine = chunks, kind = ["video/webm;codecs=vp8", "video/webm", "video/mp4"].find(one =>
    MediaRecorder.isTypeSupported(one));
  recorder = new MediaRecorder(stream, { mimeType: kind, videoBitsPerSecond: 2_500_000 });
  const current = recorder;
  recorder.addEventListener("dataavailable", event => {
    if (event.data.size) mine.push(event.data);
    if (performance.now() - begun > 1000 * SECONDS_KEPT && current.state === "recording") current.stop();
  });
  recorder.start(1000);
}

/** While nobody signs and nothing is read, the clip need not grow. */
function idle(points) {
  const now = performance.now();
  if (points.some(([x, y]) => x || y)) seenAt = now;
  else if (!lines.length && !signs.length && now - seenAt > IDLE && at("keeping").hidden) record();
}

function clear() {
  if (!socket || socket.readyState !== WebSocket.OPEN) return;
  clearing = true;
  socket.send("clear");
  lines = [];
  signs = [];
  write();
  record();
}

function clearAll() {
  clearMessages();
  closeKeeping();
  clear();
}

async function save() {
  clearMessages();
  try {
    if (!window.MediaRecorder) throw new Told("no_recorder");
    if (performance.now() - begun > 1000 * SECONDS_KEPT) throw new Told("too_long");
    if (!lines.length && !signs.length) throw new Told("no_clip");
    const phrase = phraseOf([...lines.flat(), ...signs]);
    const clip = await recorded();
    const name = clip.type.includes("mp4") ? "kamera.mp4" : "kamera.webm";
    keep(at("live_reading"), phrase, written => ask(`/recordings?name=${name}&phrase=${encodeURIComponent(written)}`,
      { method: "POST", body: clip }), clear);
  } catch (error) {
    complain(error);
  }
}

/** The clip up to now; the recording goes on. */
function recorded() {
  return new Promise(resolve => {
    const mine = chunks, current = recorder;
    current.addEventListener("dataavailable", () => setTimeout(() =>
      resolve(new Blob(mine, { type: current.mimeType }))), { once: true });
    current.requestData();
  });
}

at("clear").addEventListener("click", clearAll);
at("save").addEventListener("click", save);
at("stop").addEventListener("click", () => { clearMessages(); stopCamera(); });
document.addEventListener("keydown", event => {
  const typing = event.target.closest("input, textarea") || event.ctrlKey || event.metaKey || event.altKey;
  if (at("live").hidden || typing) return;
  const action = { c: clearAll, s: save }[event.key.toLowerCase()];
  if (action) {
    event.preventDefault();
    action();
  }
});
