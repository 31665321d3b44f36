// One's own record: passkeys with the browser's own virtual device, signing with one, the pages around it, what a screen reader is told,
// and the files that other programs check. Not here: signing by name alone (main-job, keyboard).
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import test from "node:test";
import { Organisation, ROOT, answer, byKeyboard, follow, here, pool, press, tour, typeInto } from "./start.mjs";
import { transcript } from "./transcript.mjs";

const COURSE = "B10";
const TOLD = join(ROOT, "docs/manual/screen-reader.md");
const PYTHON = process.env.PYTHON ?? join(ROOT, "target/venv/bin/python");

test("one's own record, signed with a passkey", async (t) => {
  const organisation = new Organisation();
  organisation.muster("init", "--org", "Lake Ltd", "--framework", "iso27001", "--owner-email", "ada@lake.example", "--owner-name", "Ada Lake");
  const people = join(organisation.folder, "people.csv");
  writeFileSync(people, "source_id,full_name,email,person_type,start_date\n1,Mara Moss,mara@lake.example,employee,2024-01-15\n");
  organisation.muster("roster", "apply", people, "--source", "hr");
  const port = await free();
  // A device answers for a name, never for a number.
  const { house } = await organisation.serve(t, ["--listen", `127.0.0.1:${port}`, "--public-url", `http://localhost:${port}`]);
  house.base = `http://localhost:${port}`;
  await house.signIn(organisation.link("mara@lake.example", house));
  const page = await house.page();
  const device = await page.context().newCDPSession(page);
  await device.send("WebAuthn.enable");
  const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
  await device.send("WebAuthn.addVirtualAuthenticator", { options });

  await house.look("/passkeys", { name: "passkeys-none" });
  await typeInto(page, "A name you will know it by", "Work laptop");
  await byKeyboard(page, "Add a passkey");
  house.expect((await page.locator("h1").innerText()) === "You have one passkey.", "passkeys", await page.locator("main").innerText());
  await house.look("/passkeys", { name: "passkeys" });
  await tour(page);

  const told = await takeCourse(house, page, device);
  await page.getByLabel("Your name").fill("Mara Moss");
  await byKeyboard(page, "Look it over");
  await house.look(here(page), { name: "signature-with-passkey" });
  told.push(["Looking it over and signing", await transcript(device)]);
  await byKeyboard(page, "Sign with a passkey");
  house.expect((await page.locator("main").innerText()).includes("and with a passkey"), "receipt", await page.locator("main").innerText());
  const record = await saved(page, organisation, () => page.getByRole("link", { name: "Download the record (JSON)" }).click(), "attestation.json");
  await follow(page, "See your certificate");
  await house.lookHere("certificate-own");
  const badge = await saved(page, organisation, () => page.getByRole("button", { name: "Download (Open Badges 3.0)" }).click(), "badge.jwt");
  checkedElsewhere(record, badge);

  await house.look("/my-record", { name: "my-record" });
  await tour(page);
  await house.look("/my-record/corrections", { name: "corrections-own" });
  await page.getByLabel("My name, job").check();
  await page.getByLabel("What is wrong, and what would be right?").fill("I started in February 2024, not in January.");
  await tour(page);
  await byKeyboard(page, "Ask for a correction");
  await house.lookHere("corrections-asked");
  await house.look("/procedure", { name: "procedure" });
  await house.look("/consent", { name: "consent-given" });
  await house.leave();
  await owner(house, organisation);
  sameAsWritten(told);
  assert.deepEqual(house.failures, []);
});

async function takeCourse(house, page, device) {
  await house.visit(`/my-training/${COURSE}`);
  await press(house, "Start the questions");
  const told = [["A question", await transcript(device)]];
  while (here(page).includes("/questions/")) await answer(page, pool(COURSE));
  await byKeyboard(page, "Hand in my answers");
  await byKeyboard(page, "Go on to the statement");
  told.push(["Agreeing to sign electronically", await transcript(device)]);
  await byKeyboard(page, "I agree to sign electronically");
  told.push(["The statement", await transcript(device)]);
  return told;
}

async function owner(house, organisation) {
  await house.signIn(organisation.link("ada@lake.example", house));
  const page = await house.page();
  await house.look("/corrections", { name: "corrections" });
  await page.locator("main a[href^='/corrections/cor_']").first().click();
  await page.waitForLoadState("load");
  await house.lookHere("correction");
  await page.getByLabel("It is corrected where it comes from").check();
  await page.getByLabel("Your answer").fill("The personnel office has corrected it; it will be right from tomorrow.");
  await press(house, "Answer");
  await house.lookHere("corrections-answered");
}

/** What a screen reader is told stands in the manual; `TELL=1` writes it anew. */
function sameAsWritten(told) {
  const head = "# What a screen reader says\n\nWhat NVDA or Orca is given to read, top to bottom, on the pages where somebody answers and signs: role, name and state, as Chromium hands them to assistive technology. `TELL=1 node --test browser/record.test.mjs` writes this page, and the test compares it.\n";
  const text = head + told.map(([name, lines]) => `\n## ${name}\n\n\`\`\`text\n${lines.join("\n")}\n\`\`\`\n`).join("");
  if (process.env.TELL) writeFileSync(TOLD, text);
  // Which question is drawn, and in what order its options stand, is another every time: its words are left out of the comparison.
  const shape = (whole) => whole.replace(/(heading level 1|radio|checkbox|paragraph|text|legend|group|StaticText|listitem|code) “[^”]*”/g, "$1").split("\n## ").map((part) => [...new Set(part.split("\n"))].join("\n")).slice(2).join("\n## ");
  assert.equal(shape(text), shape(readFileSync(TOLD, "utf8")));
}

async function saved(page, organisation, act, name) {
  const [download] = await Promise.all([page.waitForEvent("download"), act()]);
  const path = join(organisation.folder, name);
  await download.saveAs(path);
  return path;
}

/** Other people's programs check what was signed and what was issued. */
function checkedElsewhere(record, badge) {
  if (!existsSync(PYTHON)) assert.fail(`there is no ${PYTHON}: ./test browser makes it`);
  const said = execFileSync(PYTHON, [join(ROOT, "docs/check-attestation.py"), record], { encoding: "utf8" });
  assert.match(said, /signed with a passkey: verified/);
  const bent = JSON.parse(readFileSync(record, "utf8"));
  bent.record = bent.record.replace("Mara", "Nora");
  writeFileSync(`${record}.bent`, JSON.stringify(bent));
  assert.throws(() => execFileSync(PYTHON, [join(ROOT, "docs/check-attestation.py"), `${record}.bent`], { stdio: "pipe" }));
  assert.match(execFileSync(PYTHON, [join(ROOT, "crates/stories/foreign/badge.py"), badge, "mara@lake.example"], { encoding: "utf8" }), /verified/);
}

async function free() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}
