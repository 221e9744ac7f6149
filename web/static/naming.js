// A click on a face of the live picture, and a name for it.
import { notice, tell } from "./api.js";
import { setText } from "./dom.js";

const at = (id) => document.getElementById(id);
let asked = null;

function who(face) {
  if (face.name) return `This is ${face.name}, it seems. If it is somebody else, say who.`;
  return face.unknown ? `Unknown person ${face.unknown}.` : "Nobody known.";
}

// Asks the server which face is there; nothing happens where none is.
export async function askWho(source, x, y) {
  if (x < 0 || x > 1 || y < 0 || y > 1) return;
  const { face } = await tell(`/api/sources/${source}/face`, { x, y });
  if (!face) return;
  asked = { source, track: face.track };
  setText(at("face-who"), who(face));
  at("face-name").value = face.name ?? "";
  (document.fullscreenElement ?? document.body).append(at("face"));
  at("face").showModal();
  at("face-name").select();
}

at("face").addEventListener("close", async () => {
  const name = at("face-name").value.trim();
  const { returnValue } = at("face");
  at("face").returnValue = "";
  if (returnValue !== "remember" || !name || !asked) return;
  try {
    await tell(`/api/sources/${asked.source}/face/name`, { track: asked.track, name });
    notice(`${name} will be known from now on.`);
  } catch (error) {
    notice(error.message);
  }
});
