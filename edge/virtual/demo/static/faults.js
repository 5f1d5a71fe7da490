// Orders faults, and says which of them last.
const said = document.getElementById("said");

const number = (item, name) => {
  const field = item.querySelector(`[name=${name}]`);
  return field ? { [name]: Number(field.value) } : {};
};

async function order(item) {
  const fault = { kind: item.dataset.kind, ...number(item, "value"), ...number(item, "seconds") };
  try {
    const response = await fetch("/api/virtual/faults", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(fault),
      signal: AbortSignal.timeout(5000),
    });
    if (response.ok) await look();
    else said.textContent = (await response.json()).error;
  } catch {
    said.textContent = "The demo did not answer.";
  }
}

async function look() {
  try {
    const { running } = await (await fetch("/api/virtual/faults", { signal: AbortSignal.timeout(5000) })).json();
    said.textContent = running.length ? `Wrong now: ${running.map((fault) => fault.kind.replaceAll("_", " ")).join(", ")}.` : "Nothing is wrong.";
  } catch {
    said.textContent = "The demo did not answer.";
  }
}

for (const item of document.querySelectorAll("[data-kind]")) item.querySelector("button").addEventListener("click", () => order(item));
setInterval(look, 1000);
