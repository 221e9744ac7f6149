// What the page asks of the server. An error has the one line that the server said.
async function answer(response) {
  if (response.status === 401) {
    location.assign("/login");
    throw new Error("log in again");
  }
  if (!response.ok) {
    const told = await response.json().catch(() => ({}));
    throw new Error(told.error ?? `the server answered ${response.status}`);
  }
  return response;
}

export async function ask(path, options = {}) {
  return answer(await fetch(path, { cache: "no-store", ...options }));
}

export async function askJson(path) {
  return (await ask(path, { signal: AbortSignal.timeout(5000) })).json();
}

export async function tell(path, body) {
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return (await ask(path, { ...options, signal: AbortSignal.timeout(10000) })).json();
}

let gone = 0;
export function notice(text) {
  const place = document.getElementById("notices");
  place.textContent = text;
  clearTimeout(gone);
  if (text) gone = setTimeout(() => { place.textContent = ""; }, 8000);
}
