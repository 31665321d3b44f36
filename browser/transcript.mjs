// What a screen reader is given to read on a page: the accessibility tree of Chromium, in reading order, a line for each thing that is said.
// Not here: how it sounds; every reader has its own voice.

/** Roles that a reader passes over: what is in them is said by itself. */
const SILENT = new Set(["none", "generic", "InlineTextBox", "RootWebArea", "LineBreak", "ListMarker", "LabelText", "Legend", "DescriptionList", "Section", "emphasis", "strong"]);
/** Roles whose words are their name; the text in them is not said twice. */
const NAMED = new Set(["heading", "link", "button", "radio", "checkbox", "textbox", "StaticText", "image", "DisclosureTriangle"]);

/** The lines of the page as it is now. The session is the caller's: ending one would take a virtual authenticator with it. */
export async function transcript(session) {
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const lines = [];
  const say = (id) => {
    const node = byId.get(id);
    if (!node) return;
    const role = node.role?.value ?? "";
    if (!node.ignored && !SILENT.has(role)) {
      const line = told(node, role);
      if (line) lines.push(line);
      if (NAMED.has(role)) return;
    }
    for (const child of node.childIds ?? []) say(child);
  };
  say(nodes[0].nodeId);
  return lines;
}

function told(node, role) {
  const name = (node.name?.value ?? "").replace(/\s+/g, " ").trim();
  if (role === "StaticText") return name && `text “${name}”`;
  const states = [];
  for (const { name: property, value } of node.properties ?? []) {
    if (property === "level") states.push(`level ${value.value}`);
    if (property === "required" && value.value) states.push("required");
    if (property === "invalid" && value.value === "true") states.push("invalid");
    if (property === "checked") states.push(value.value === "true" ? "checked" : "not checked");
    if (property === "expanded") states.push(value.value ? "expanded" : "collapsed");
  }
  const description = (node.description?.value ?? "").replace(/\s+/g, " ").trim();
  const level = states.filter((state) => state.startsWith("level"));
  const others = states.filter((state) => !state.startsWith("level"));
  return [role, ...level, name && `“${name}”`, ...others.map((state) => `(${state})`), description && `– ${description}`].filter(Boolean).join(" ");
}
