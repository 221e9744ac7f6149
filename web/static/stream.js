// Live pictures of several sources over one connection (a browser opens six at most), as multipart JPEG.
import { ask } from "./api.js";

const AGAIN_MS = 1000;
const decoder = new TextDecoder();

function indexOf(bytes, one, two, three, four, from) {
  for (let at = bytes.indexOf(one, from); at >= 0; at = bytes.indexOf(one, at + 1)) {
    if (bytes[at + 1] === two && bytes[at + 2] === three && bytes[at + 3] === four) return at;
  }
  return -1;
}

function headersOf(text) {
  const found = {};
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) found[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return found;
}

// Takes chunks as they come, gives whole parts: {headers, body}.
export class Parts {
  #left = new Uint8Array(0);

  take(chunk) {
    const bytes = new Uint8Array(this.#left.length + chunk.length);
    bytes.set(this.#left);
    bytes.set(chunk, this.#left.length);
    const found = [];
    let at = 0;
    for (;;) {
      const end = indexOf(bytes, 13, 10, 13, 10, at);
      if (end < 0) break;
      const headers = headersOf(decoder.decode(bytes.subarray(at, end)));
      const length = Number(headers["content-length"]);
      if (!(length >= 0)) throw new Error("a picture without its length");
      if (bytes.length < end + 4 + length) break;
      found.push({ headers, body: bytes.slice(end + 4, end + 4 + length) });
      at = end + 4 + length;
    }
    this.#left = bytes.slice(at);
    return found;
  }
}

export class Stream {
  #control = null;
  #wants = "";
  #timer = 0;

  constructor(onPart) {
    this.onPart = onPart;
  }

  // wants: ["0:640", ...]; nothing wanted ends it.
  want(wants) {
    const text = wants.map((want) => `source=${want}`).join("&");
    if (text === this.#wants) return;
    this.#wants = text;
    this.#restart(0);
  }

  #restart(after) {
    this.#control?.abort();
    clearTimeout(this.#timer);
    if (this.#wants) this.#timer = setTimeout(() => this.#read(), after);
  }

  async #read() {
    const control = new AbortController();
    this.#control = control;
    try {
      const response = await ask(`/api/stream?${this.#wants}`, { signal: control.signal });
      const reader = response.body.getReader();
      const parts = new Parts();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        for (const part of parts.take(value)) this.onPart(part);
      }
    } catch (error) {
      if (control.signal.aborted) return;
      console.info(`the pictures stopped: ${error.message}`);
    }
    if (!control.signal.aborted) this.#restart(AGAIN_MS);
  }
}
