// The page: its language, where a video is dropped, and the way to the camera.

import { at, clearMessages, complain, Told } from "/page_signs.js";
import { leave, readVideo, showAgain } from "/page_video.js";
import { showLiveAgain, startCamera, stopCamera } from "/page_camera.js";
import { language, setLanguage } from "/page_texts.js";

setLanguage(language);
for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => {
    setLanguage(button.dataset.language);
    showAgain();
    showLiveAgain();
  });
}

const drop = at("drop"), file = at("file");
drop.addEventListener("click", () => file.click());
file.addEventListener("click", event => event.stopPropagation());
file.addEventListener("change", () => {
  if (file.files.length) readVideo(file.files[0]);
  file.value = "";  // so that the same file can be chosen again
});
at("camera").addEventListener("click", startCamera);
at("home").addEventListener("click", event => {
  event.preventDefault();
  clearMessages();
  stopCamera();
  leave();
});

// A file that misses the area by a little would otherwise take the page's place.
document.addEventListener("dragover", event => {
  event.preventDefault();
  drop.classList.add("over");
});
document.addEventListener("dragleave", event => event.relatedTarget || drop.classList.remove("over"));
document.addEventListener("drop", event => {
  event.preventDefault();
  drop.classList.remove("over");
  const files = event.dataTransfer.files;
  if (!at("live").hidden) stopCamera();
  if (files.length === 1) readVideo(files[0]);
  else complain(new Told(files.length ? "one" : "no_file"));
});
