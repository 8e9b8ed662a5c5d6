// Signs as large text and as a table, what the program asks of the server, and the form that keeps a recording.

import { number, percent, say, sayProgram, t } from "/page_texts.js";

export const at = id => document.getElementById(id);
const LONG = 24;  // letters: a longer text is written smaller
const RARE = 0.005;  // a second reading of less is none

/** An error with a text of the page, or with a sentence of the program. */
export class Told extends Error {
  constructor(key, sentence) {
    super(sentence || key);
    this.key = sentence ? "" : key;
  }
  at(element) {
    if (this.key) say(element, this.key);
    else sayProgram(element, this.message);
  }
}

/** Shows a fault at the head of the page. */
export function complain(error) {
  if (!(error instanceof Told)) console.error(error);
  (error instanceof Told ? error : new Told("gone")).at(at("fault"));
  at("fault").scrollIntoView({ block: "nearest" });
}

export function clearMessages() {
  say(at("fault"), "");
  say(at("kept"), "");
}

/** Asks the server; gives its answer as an object. */
export async function ask(address, options) {
  const answer = await fetch(address, options).catch(() => { throw new Told("gone"); });
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok) throw content.error ? new Told("", content.error) : new Told("gone");
  return content;
}

export function shown(sign) {
  return sign === " " ? t("space") : sign === "∅" ? t("no_sign") : sign;
}

/** What a sign says when it is pointed at. */
export function tip(sign) {
  const values = [shown(sign.sign), percent(sign.confidence), shown(sign.second), percent(sign.second_confidence)];
  return t(sign.second_confidence < RARE ? "sure_tip" : "tip", ...values);
}

/** Writes lines of signs into an element, doubtful ones marked; `chosen` is called with a sign that is clicked. */
export function writeLines(element, lines, chosen) {
  element.replaceChildren(...lines.map(signs => line(signs, chosen)));
  element.classList.toggle("long", lines.length > 1 || (lines[0] || []).length > LONG);
}

function line(signs, chosen) {
  const paragraph = document.createElement("p");
  signs.forEach((sign, place) => {
    const letter = document.createElement("span");
    letter.textContent = place ? sign.sign : sign.sign.charAt(0).toUpperCase() + sign.sign.slice(1);
    letter.className = sign.doubtful ? "doubtful" : "";
    letter.title = tip(sign);
    if (chosen) letter.addEventListener("click", () => chosen(sign));
    paragraph.append(letter);
  });
  return paragraph;
}

/** Writes the table; `chosen` is called with the sign of a row that is clicked. */
export function writeTable(body, signs, chosen) {
  body.replaceChildren(...signs.map(sign => {
    const row = document.createElement("tr");
    row.classList.toggle("unsure", sign.doubtful);
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = shown(sign.sign);
    const start = `${number(sign.start, 2)} s`;
    button.setAttribute("aria-label", t("jump", shown(sign.sign), start));
    const second = sign.second_confidence < RARE ? "–" : `${shown(sign.second)} (${percent(sign.second_confidence)})`;
    for (const part of [button, start, `${number(sign.end, 2)} s`, percent(sign.confidence), second]) {
      row.insertCell().append(part);
    }
    row.cells[3].className = "sure";
    row.addEventListener("click", () => chosen(sign));
    return row;
  }));
}

/** Signs as a phrase to be edited: words, or a-b-c where words would be misunderstood. */
export function phraseOf(signs) {
  const names = signs.map(sign => sign.sign);
  const whole = names.some(name => [...name].length > 1 || /\d/.test(name));
  return whole ? names.join("-") : names.join("").trim();
}

let pending = null;

/** Asks, at the end of an element, what is signed, and keeps the recording: `send` gets the phrase; `done` is called
    when it is kept. */
export function keep(place, phrase, send, done = () => {}) {
  clearMessages();
  place.append(at("keeping"));
  pending = { send, done };
  at("phrase").value = phrase;
  say(at("keep_fault"), "");
  at("keeping").hidden = false;
  at("keeping").scrollIntoView({ block: "nearest", behavior: "smooth" });
  at("phrase").focus();
}

export function closeKeeping() {
  at("keeping").hidden = true;
  pending = null;
}

at("cancel").addEventListener("click", closeKeeping);
at("keeping").addEventListener("keydown", event => { if (event.key === "Escape") closeKeeping(); });
at("keeping").addEventListener("submit", async event => {
  event.preventDefault();
  const { send, done } = pending;
  const button = event.submitter || at("keeping").querySelector("[type=submit]");
  button.disabled = true;
  try {
    const { kept } = await send(at("phrase").value);
    closeKeeping();
    say(at("kept"), "kept", kept);
    at("kept").scrollIntoView({ block: "nearest" });
    done();
  } catch (error) {
    (error instanceof Told ? error : new Told("gone")).at(at("keep_fault"));
  } finally {
    button.disabled = false;
  }
});
