// The live view of a server's facts, and the JSON subprotocol by example. A message to the server
// is one request, or a list of requests that are one turn; a message from it is one event, or the
// list of events of one turn. docs/PROTOCOL.md shows them all.
"use strict";

const shown_max = 500; // Facts; of more only the number is told.
const lines_max = 100; // Changes, and raw frames.
const at = (id) => document.getElementById(id);
const mine = new Map(); // What is published here: from its id to {fact, row}.
let watched; // {pattern, id, rows, total, synced}: what is watched, and the rows shown of it.
let socket, last_id = 0, retry_ms = 500;

function connect() {
  socket = new WebSocket(location.origin.replace(/^http/, "ws"), "avow.json.v1");
  socket.onmessage = ({ data }) => {
    note("←", data);
    [].concat(JSON.parse(data)).forEach(receive);
    show_counts();
  };
  socket.onclose = ({ reason }) => {
    show_state("lost", `connection lost${reason && `: ${reason}`} Trying again…`);
    setTimeout(connect, retry_ms);
    retry_ms = Math.min(2 * retry_ms, 10_000);
  };
}

function tell(request) {
  if (socket.readyState !== WebSocket.OPEN) return; // All is told anew once it is open.
  note("→", JSON.stringify(request));
  socket.send(JSON.stringify(request));
}

// Tells a request under an id of its own, by which what it leads to is known.
function ask(request) {
  tell({ ...request, id: ++last_id });
  return last_id;
}

function receive(event) {
  if (event.hello) return greeted(event.hello);
  if (event.op === "error") return refused(event);
  if (event.id !== watched?.id) return;
  if (event.op === "add") appeared(event.fact);
  if (event.op === "remove") disappeared(event.fact, event.cause);
  if (event.op === "message") log("!", event.fact);
  if (event.op === "synced") watched.synced = true;
}

// Every connection is a new session, which knows nothing of what the last one asked for.
function greeted({ version }) {
  show_state("open", `connected, avowd ${version}`);
  retry_ms = 500;
  if (at("reference").value) ask({ open: at("reference").value });
  const facts = [...mine.values()].map(({ fact }) => fact);
  [...mine.keys()].forEach(forget);
  facts.forEach(publish);
  if (watched) watch(watched.pattern);
}

function refused({ id, message }) {
  at(id === watched?.id ? "watch-problem" : "publish-problem").textContent = message;
  if (mine.has(id)) at("fact").value ||= mine.get(id).fact; // To be mended, not typed again.
  forget(id);
}

function watch(pattern) {
  at("facts").replaceChildren();
  watched = { pattern, id: ask({ observe: pattern }), rows: new Map(), total: 0, synced: false };
}

function appeared(fact) {
  watched.total += 1;
  if (watched.synced) log("+", fact);
  if (watched.rows.size === shown_max) return;
  const row = line(text(fact));
  row.classList.toggle("new", watched.synced);
  watched.rows.set(JSON.stringify(fact), row);
  at("facts").append(row);
}

function disappeared(fact, cause) {
  watched.total -= 1;
  log("-", fact, cause);
  watched.rows.get(JSON.stringify(fact))?.remove();
  watched.rows.delete(JSON.stringify(fact));
}

function publish(fact) {
  const id = ask({ publish: fact });
  const row = line(fact);
  const button = row.appendChild(document.createElement("button"));
  button.textContent = "Retract";
  button.onclick = () => [tell({ retract: id }), forget(id)];
  at("mine").append(row);
  mine.set(id, { fact, row });
  show_counts();
}

function forget(id) {
  mine.get(id)?.row.remove();
  mine.delete(id);
  show_counts();
}

// The JSON form of a value as text: {"<present>": ["ann"]} is <present "ann">.
function text(value) {
  if (Array.isArray(value)) return `[${texts(value)}]`;
  if (typeof value === "boolean") return value ? "#t" : "#f";
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const entries = Object.entries(value);
  const [key, inner] = entries[0] ?? [""];
  if (key.startsWith("<")) return `<${[key.slice(1, -1), ...inner.map(text)].join(" ")}>`;
  if (key === "$set") return `#{${texts(inner)}}`;
  if (key === "$record") return `<${texts(inner)}>`;
  if (key === "$dict") return `{${inner.map(([k, v]) => `${text(k)}: ${text(v)}`).join(" ")}}`;
  if (key === "$bytes") return `#[${inner}]`;
  if (key === "$ref" || key === "$mine") return `#:[${key === "$ref" ? 1 : 0} ${inner}]`;
  if (key === "$double" && Number.isInteger(inner)) return inner.toFixed(1);
  if (key.startsWith("$")) return String(inner); // $symbol, $int, the other doubles.
  return `{${entries.map(([k, v]) => `${JSON.stringify(k)}: ${text(v)}`).join(" ")}}`;
}
const texts = (values) => values.map(text).join(" ");

// Whatever others publish is set as text, never as markup.
function line(content, kind) {
  const row = document.createElement("li");
  row.appendChild(document.createElement("code")).textContent = content;
  if (kind) row.dataset.kind = kind;
  return row;
}

function prepend(list, row) {
  list.prepend(row);
  if (list.children.length > lines_max) list.lastChild.remove();
}

function log(sign, fact, cause = "") {
  const row = line(`${sign} ${text(fact)}`, sign);
  if (cause) row.appendChild(document.createElement("small")).textContent = cause;
  prepend(at("changes"), row);
}

function note(direction, frame) {
  if (at("raw").open) prepend(at("frames"), line(`${direction} ${frame}`, direction));
}

function show_state(state, words) {
  at("state").dataset.state = state;
  at("state").textContent = words;
}

function show_counts() {
  at("mine-section").hidden = mine.size === 0;
  if (!watched) return;
  const { total, rows, synced } = watched;
  at("count").textContent = total.toLocaleString();
  at("nothing").hidden = total > 0;
  at("nothing").textContent = synced ? "No fact matches now." : "";
  at("more").hidden = total === rows.size;
  at("more").textContent = `Showing ${rows.size} of ${total.toLocaleString()}: narrow the pattern.`;
}

function on_submit(form, input, act) {
  at(form).onsubmit = (event) => {
    event.preventDefault();
    for (const problem of document.querySelectorAll(".problem")) problem.textContent = "";
    act(at(input).value.trim());
  };
}

on_submit("watch", "pattern", (pattern) => {
  if (watched) tell({ retract: watched.id });
  location.hash = encodeURIComponent(pattern); // The address of the page shows the same again.
  watch(pattern);
});
on_submit("publish", "fact", (fact) => [publish(fact), at("publish").reset()]);
on_submit("open", "reference", () => socket.close());

connect();
if (location.hash) watch((at("pattern").value = decodeURIComponent(location.hash.slice(1))));
