// What the page says, in Latvian and English. A text stays with its element as a key, so that it can change its language.

const TEXTS = {
  lv: {
    title: "Pirkstu alfabēta lasītājs",
    lead: "Programma nolasa latviešu zīmju valodas pirkstu alfabētu. Jūsu video paliek šajā datorā.",
    drop: "Ievelciet video", or: "vai izvēlieties failu", choose: "Izvēlēties failu",
    sign: "Rādiet kamerai", now: "un lasiet uzreiz", camera: "Ieslēgt kameru",
    sending: "Video tiek sagatavots… {0}", queue: "Gaida, līdz būs nolasīts iepriekšējais video…",
    reading: "Lasa…", reading_at: "Lasa… {0} s no {1} s", drawing: "Nolasīts. Zīmē punktus uz video…",
    nothing: "Nekas nav nolasīts", legend: "Sarkanie, pasvītrotie burti ir apšaubāmi.",
    tip: "{0}, ticamība {1}. Ja ne šī, tad {2} ({3})", sure_tip: "{0}, ticamība {1}",
    a_sign: "Zīme", from: "Sākums", to: "Beigas", sure: "Ticamība", else: "Ja ne šī, tad", no_sign: "nekas",
    space: "atstarpe", jump: "{0}: skatīt video no {1}",
    srt: "Subtitri (SRT)", json: "Dati (JSON)", webm: "Video ar punktiem",
    keep: "Saglabāt kā ierakstu", another: "Cits video",
    what: "Kas šajā ierakstā ir rādīts?",
    what_hint: "Izlabojiet, ja nolasīts nepareizi. Der gan rīga, gan r-ī-g-a.",
    save: "Saglabāt", cancel: "Atcelt", kept: "Saglabāts: {0}",
    clear: "Notīrīt", stop: "Izslēgt kameru",
    live_hint: "Turiet plaukstu kadrā. Kad roku nolaižat, sākas jauna rinda.",
    starting: "Ieslēdz kameru…", preparing: "Sagatavo lasīšanu…",
    too_large: "Video ir lielāks par 2 GB. Sagrieziet to īsākos gabalos.",
    empty: "Šis fails ir tukšs. Izvēlieties citu.", one: "Ievelciet vienu video, nevis vairākus.",
    no_file: "Tas nav fails. Ievelciet video failu.",
    gone: "Programma vairs neatbild. Palaidiet to vēlreiz: python3 code/run.py page",
    no_camera: "Kamera nav atrasta. Pievienojiet to un mēģiniet vēlreiz.",
    denied: "Kameru lietot nav atļauts. Atļaujiet to pārlūkā (pie adreses) un mēģiniet vēlreiz.",
    in_use: "Kameru nevar ieslēgt; varbūt to lieto cita programma. Aizveriet to un mēģiniet vēlreiz.",
    old_browser: "Šajā pārlūkā kameru lietot nevar. Atveriet lapu pārlūkā Chrome, Edge, Firefox vai Safari.",
    unplugged: "Kamera ir atvienota. Pievienojiet to un ieslēdziet vēlreiz.",
    too_long: "Saglabāt var ne vairāk kā 5 minūtes. Nospiediet «Notīrīt» un rādiet vēlreiz.",
    no_clip: "Vēl nav, ko saglabāt. Parādiet vārdu un tad nospiediet «Saglabāt».",
    no_recorder: "Šis pārlūks kameras attēlu ierakstīt neprot. Atveriet lapu pārlūkā Chrome, Edge vai Firefox.",
  },
  en: {
    title: "Fingerspelling reader",
    lead: "This program reads the fingerspelling of Latvian Sign Language. Your videos stay on this computer.",
    drop: "Drop a video here", or: "or choose a file", choose: "Choose a file",
    sign: "Sign to the camera", now: "and read along", camera: "Turn on the camera",
    sending: "Preparing the video… {0}", queue: "Waiting until the previous video has been read…",
    reading: "Reading…", reading_at: "Reading… {0} s of {1} s", drawing: "Read. Drawing the landmarks on the video…",
    nothing: "Nothing was read", legend: "Red, underlined letters are doubtful.",
    tip: "{0}, confidence {1}. If not this, then {2} ({3})", sure_tip: "{0}, confidence {1}",
    a_sign: "Sign", from: "Start", to: "End", sure: "Confidence", else: "If not this", no_sign: "nothing",
    space: "space", jump: "{0}: watch the video from {1}",
    srt: "Subtitles (SRT)", json: "Data (JSON)", webm: "Video with landmarks",
    keep: "Keep as a recording", another: "Another video",
    what: "What is signed in this recording?",
    what_hint: "Correct it if it was misread. Both rīga and r-ī-g-a will do.",
    save: "Save", cancel: "Cancel", kept: "Saved: {0}",
    clear: "Clear", stop: "Turn off the camera",
    live_hint: "Keep your hand in the picture. When you lower it, a new line begins.",
    starting: "Turning on the camera…", preparing: "Getting ready to read…",
    too_large: "The video is larger than 2 GB. Cut it into shorter pieces.",
    empty: "This file is empty. Choose another.", one: "Drop one video, not several.",
    no_file: "That is not a file. Drop a video file.",
    gone: "The program no longer answers. Start it again: python3 code/run.py page",
    no_camera: "No camera was found. Connect one and try again.",
    denied: "Using the camera is not allowed. Allow it in the browser (next to the address) and try again.",
    in_use: "The camera cannot be turned on; another program may be using it. Close that one and try again.",
    old_browser: "This browser cannot use the camera. Open the page in Chrome, Edge, Firefox or Safari.",
    unplugged: "The camera was disconnected. Connect it and turn it on again.",
    too_long: "No more than 5 minutes can be saved. Press “Clear” and sign again.",
    no_clip: "There is nothing to save yet. Sign a word, then press “Save”.",
    no_recorder: "This browser cannot record the camera. Open the page in Chrome, Edge or Firefox.",
  },
};

// Sentences of the program, which speaks Latvian: those that a user of the page may meet, in English.
const SENTENCES = [
  [/^(.*): video nevar atvērt\. .*$/s, "$1: the video cannot be opened. Check that it is a video, and convert it to mp4."],
  [/^(.*): video nevar atvērt: fails ir bojāts.*$/s, "$1: the video is damaged or cut off. Copy it from the phone or camera again."],
  [/^(.*): fails ir tukšs.*$/s, "$1: the file is empty. Copy it from the phone or camera again."],
  [/^(.*): failā ir tikai skaņa.*$/s, "$1: there is nothing but sound in the file. Choose a video."],
  [/^(.*): video nav neviena kadra.*$/s, "$1: there is no frame in the video. Copy it again or record it anew."],
  [/^(.*): nevienu kadru nevar atkodēt \(kodeks (.*?)\).*$/s, "$1: no frame can be decoded (codec $2). Convert it to H.264."],
  [/^(.*): kļūda programmā.*$/s, "$1: an error in the program; it is described in the terminal. Try another video."],
  [/^(.*): nav ierakstīts, kas rādīts.*$/s, "Write what is signed, for example rīga or r-ī-g-a."],
  [/^(.*): zīmes «(.*?)» nav char_map failā\. Līdzīgas zīmes: (.*?)\.?$/s, "$1: the model knows no sign “$2”. Similar ones: $3."],
  [/^(.*): zīmes «(.*?)» nav char_map failā.*$/s, "$1: the model knows no sign “$2”. Between signs of more than one letter write -, for example r-ī-g-a."],
  [/^(.*): defisei vienā pusē nav zīmes.*$/s, "$1: there is no sign on one side of a hyphen. Between signs write one hyphen; the space is written “- -”."],
  [/^(.*): disks ir pilns.*$/s, "The disk is full. Free some space and try again."],
  [/^Video ir lielāks par 2 GB.*$/, "The video is larger than 2 GB. Cut it into shorter pieces."],
  [/^Šis video vairs nav atmiņā.*$/, "This video is no longer in memory. Choose it again."],
  [/^Bojāts vai aprauts: izdevās nolasīt (\d+) no (\d+) kadr.*$/, "The video is damaged or cut off: $1 of $2 frames were read."],
  [/^Bojāts vai aprauts: izdevās nolasīt (\d+) kadr.*$/, "The video is damaged or cut off: $1 frames were read."],
  [/^Attēlā ir vairāki cilvēki.*$/, "There are several people in the picture; the one nearest the middle was read."],
  [/^Roka redzama tikai dažos kadros \((\d+)\).*$/, "A hand is seen in a few frames only ($1): the recording is too short."],
  [/^Kameras attēlu nevar nolasīt.*$/, "The camera's picture cannot be read."],
  [/^Nevienā kadrā nav redzama roka.*$/, "No hand is seen in any frame. Film with the hand in the picture and in good light."],
  [/^Roka ir redzama, bet neviena zīme nav nolasīta.*$/, "A hand is seen, but no sign was read."],
  [/^Nolasītajam nevar ticēt: (.*)\.$/, (_, why) => `What was read cannot be trusted: ${REASONS.reduce(
    (text, [latvian, english]) => text.replace(latvian, english), why)}.`],
];
const REASONS = [
  [/kadru sekundē ir tikai (\d+)/, "there are only $1 frames a second"],
  [/roka redzama tikai (\d+) % kadru/, "a hand is seen in only $1 % of the frames"],
  [/roka attēlā ir ļoti maza/, "the hand is very small in the picture"],
  [/vairāk nekā puse zīmju ir apšaubāmas/, "more than half of the signs are doubtful"],
];

export let language = remembered() === "en" ? "en" : "lv";

export function t(key, ...values) {
  return TEXTS[language][key].replace(/\{(\d)\}/g, (_, number) => values[number]);
}

export function setLanguage(chosen) {
  language = chosen;
  try { localStorage.setItem("language", chosen); } catch { /* a browser that remembers nothing */ }
  document.documentElement.lang = chosen;
  document.title = t("title");
  for (const element of document.querySelectorAll("[data-text], [data-said]")) write(element);
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === chosen));
  }
}

/** Lets an element say a text; without a key nothing, and it is hidden. */
export function say(element, key, ...values) {
  delete element.dataset.said;
  element.dataset.text = key || "";
  element.dataset.values = JSON.stringify(values);
  element.hidden = !key;
  write(element);
}

/** Lets an element say a sentence of the program. */
export function sayProgram(element, sentence) {
  delete element.dataset.text;
  element.dataset.said = sentence;
  element.hidden = false;
  write(element);
}

export function number(value, digits = 0) {
  return value.toFixed(digits).replace(".", language === "lv" ? "," : ".");
}

export function percent(share) {
  return `${number(100 * share)}${language === "lv" ? "\u00a0" : ""}%`;
}

function write(element) {
  if (element.dataset.said !== undefined) element.textContent = inEnglish(element.dataset.said);
  else element.textContent = element.dataset.text ? t(element.dataset.text, ...JSON.parse(element.dataset.values || "[]")) : "";
}

function inEnglish(sentence) {
  const known = language === "en" && SENTENCES.find(([latvian]) => latvian.test(sentence));
  return known ? sentence.replace(...known) : sentence;
}

function remembered() {
  try { return localStorage.getItem("language"); } catch { return null; }
}
