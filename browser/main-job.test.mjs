// The main job in a real browser, from the set-up address to two packs that verify. Every page of the program is
// looked at on the way, as it is at the beginning, in use, and when something is refused.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { FIXTURES, LEARNER, Organisation, ROOT, answer, beginsAtWhatIsWrong, byKeyboard, follow, here, pool, press } from "./start.mjs";

const COURSE = "B10";
const WINDOW = "from=2026-01-01&to=2027-01-01";
/** Answers that are not pages: for programs, and files to keep. */
const NO_PAGES = [/^\/health\//, /^\/log\//, /\.json$/, /\/document$/, /^\/badges\//, /\/assets\//];
/** Looked at by tests of their own. */
const ELSEWHERE = [/^\/access/, /^\/(cycles|overdue|team)/, /^\/coverage($|\/(csv|people))/, /item-analysis/, /\/panel/, /\/translations\//, /^\/(appeals|rulings|regradings|accommodations|checks|spaced-checks)/, /\/appeals$/, /^\/roster\/(sources|waiting|ends|completeness|differences|directories|files\/\{)/, /^\/(reminders|my-reminders|calendars)/, /^\/(suppliers|acceptances|scim|passkeys|procedure|corrections|my-record\/corrections)/, /^\/drafts/, /^\/(programme\/.+|waivers|live-sessions|outside-training|my-training\/outside)/];

test("every page, from two lists to two packs that verify", async (t) => {
  const organisation = new Organisation();
  const { house, address } = await organisation.serve(t);
  await setUp(house, address.pathname);
  await people(house, "hr", "personio.csv", "plan-hr");
  await people(house, "contractors", "bamboohr.csv", "plan-contractors");
  await columns(house);
  await programme(house);
  organisation.muster("import", "completions", join(FIXTURES, "history.csv"), "--source", "oldlms");
  await ownersPages(house);
  await refusedForms(house);
  for (const framework of ["iso27001", "soc2"]) await pack(house, organisation, framework);

  await house.leave();
  await door(house, organisation.link(LEARNER, house));
  await learn(house, organisation.folder);
  await fail(house);
  await strangers(house);
  assert.deepEqual(house.failures, []);
  assert.deepEqual(notLookedAt(house.paths), []);
});

/** The addresses of pages, as the source has them, that no path was looked at for. */
function notLookedAt(paths) {
  const routes = [];
  for (const path of readdirSync(join(ROOT, "crates"), { recursive: true })) {
    if (!/^\w+\/src\/pages.*\.rs$/.test(path)) continue;
    const source = readFileSync(join(ROOT, "crates", path), "utf8");
    for (const [, route] of source.matchAll(/\.route\(\s*"([^"]+)",\s*(?:axum::routing::)?get\(/g)) routes.push(route);
  }
  assert.ok(routes.length > 40, `only ${routes.length} addresses were found in the source`);
  // The address with the fewest open parts is the one that answers: /sign-in/code before /sign-in/{token}.
  const open = (route) => route.split("{").length;
  const matching = (path) => routes.filter((route) => new RegExp(`^${route.replace(/\{\*?\w+\}/g, "[^/]+")}$`).test(path)).sort((a, b) => open(a) - open(b))[0];
  const looked = new Set([...paths].map(matching));
  return routes.filter((route) => !looked.has(route) && ![...NO_PAGES, ...ELSEWHERE].some((other) => other.test(route)));
}

async function setUp(house, path) {
  await house.look(path, { name: "set-up-first" });
  const page = await house.visit(path);
  await page.getByLabel("Name of the organisation").fill("Lindqvist GmbH");
  await page.getByLabel("Time zone").fill("Europe/Berlin");
  await page.getByLabel("Your name").fill("Ada Owner");
  await page.getByLabel("Your e-mail address").fill("ada@cast.example");
  await press(house, "Begin");
  house.expect(here(page) === "/set-up", "set-up", `leads to ${here(page)}`);
  await house.look("/set-up", { name: "set-up-steps" });
  await house.look(path, { name: "set-up-spent", status: 410 });
  const empty = ["/people", "/assignments", "/programme", "/courses", "/coverage/uncovered", "/roster/files", "/packs"];
  await house.look("/", { name: "empty-today" });
  for (const path of empty) await house.look(path, { name: `empty${path.replaceAll("/", "-")}` });
}

async function people(house, source, file, name) {
  if (source === "hr") await house.look("/roster/files/new");
  const page = await house.visit("/roster/files/new");
  await page.locator("input[name=source]").fill(source);
  await page.locator("input[type=file]").setInputFiles(join(FIXTURES, file));
  await press(house, "Show what would change");
  await house.look(here(page), { name });
  await press(house, "Apply the file");
  house.expect((await page.getByRole("status").first().innerText()).includes("The file is applied"), name, "is not said to be applied");
}

/** A list whose columns nobody knows: what they are is asked, said and kept. */
async function columns(house) {
  const page = await house.visit("/roster/files/new");
  await page.locator("input[name=source]").fill("site");
  await page.getByLabel("Or paste the rows here").fill("Site list\n\nBadge;Who;Sort;Salary;Since\nB-1;Noor Achterberg;Crew;9000;2017-09-04\nB-2;Marek Ilves;Office;8000;2019-06-17\n");
  await press(house, "Show what would change");
  await house.look(here(page), { name: "columns" });
  for (const label of ["Badge", "Who"]) await page.getByLabel(label).selectOption("Source id");
  await press(house, "Save and show what would change");
  house.expect(await beginsAtWhatIsWrong(page), "columns", "does not begin at what is wrong");
  await house.lookHere("columns-refused");
  for (const [label, meaning] of Object.entries({ Badge: "Source id", Who: "Full name", Sort: "Person type", Since: "Start date" })) await page.getByLabel(label).selectOption(meaning);
  await press(house, "Save and show what would change");
  await follow(page, "Say what the columns of the file are");
  await house.look(here(page), { name: "columns-words" });
  await page.getByLabel("Crew").selectOption("temp");
  await page.getByLabel("Office").selectOption("employee");
  await press(house, "Save and show what would change");
  house.expect((await page.locator("main").innerText()).includes("2 would join"), "columns", "does not lead to the plan");
}

async function programme(house) {
  const page = await house.visit("/set-up");
  await press(house, "Use this programme");
  house.expect((await page.locator("main").innerText()).includes("2 of 3 steps are done"), "set-up", "does not count two steps");
}

async function ownersPages(house) {
  const paths = [
    "/", "/people", "/people?whom=everybody", "/courses", `/courses/${COURSE}`, `/courses/${COURSE}/editions/1`, "/programme",
    "/programme/rules/new", "/assignments", "/assignments?show=in_time", "/frameworks", `/frameworks/iso27001?${WINDOW}`, "/packs",
    "/exports", "/ledger", "/roster/files", "/roles", "/mail", "/sessions", "/organisation", "/coverage/uncovered", "/coverage/covered",
  ];
  for (const path of paths) await house.look(path);
  const page = await house.visit("/people");
  await house.look(here(await follow(page, "Sofie Brandt")), { name: "person" });
  await house.look(here(await follow(page, "Grant a waiver")), { name: "waiver" });
  await house.visit(`/frameworks/iso27001?${WINDOW}`);
  await house.look(here(await follow(page, "A.6.3")), { name: "requirement" });
  await house.look(`/frameworks/iso27001/requirements/A.6.3/checks/2?${WINDOW}`, { name: "check" });
  await house.look("/nowhere", { name: "missing", status: 404 });
  await newRule(house);
}

async function newRule(house) {
  const page = await house.visit("/programme/rules/new");
  await page.getByLabel("Name of the rule").fill("Engineering: phishing");
  await page.locator("select[name=course]").selectOption("B02");
  await page.getByText("Whoever meets any of the conditions").click();
  await page.getByLabel("Department").fill("Engineering");
  await press(house, "Look at who is in it");
  house.expect((await page.locator("main").innerText()).includes("of 11 people"), "rule", "does not say who is in it");
  await house.lookHere("rule-preview");
}

/** Each form, sent so that it is refused: the page that comes back is a page too, and begins at what is wrong. */
async function refusedForms(house) {
  const person = new URL((await follow(await house.visit("/people"), "Sofie Brandt")).url()).pathname;
  const forms = [
    ["/roster/files/new", "Show what would change", {}],
    ["/programme/rules/new", "Look at who is in it", {}],
    [`${person}/waivers/new`, "Grant the waiver", {}],
    ["/roles", "Give the role", { email: "not an address" }],
    ["/mail", "Save", { relay: "pigeon" }],
    ["/organisation", "Save", { zone: "Mars/Olympus" }],
    ["/packs", "Build and download", { from: "2027-01-01", to: "2026-01-01" }],
    ["/exports", "Download", { from: "2027-01-01", to: "2026-01-01" }],
    ["/people?as_of=soon", null, {}],
  ];
  for (const [path, button, typed] of forms) {
    const page = await house.visit(path);
    // The browser would stop most of these itself; the server has to as well.
    await page.evaluate(() => { for (const form of document.forms) form.noValidate = true; });
    for (const [name, value] of Object.entries(typed)) await page.locator(`main [name=${name}]`).fill(value);
    if (button) await press(house, button, page.locator("main"));
    const name = `refused${path.split("?")[0].replace(/per_\w+/, "person").replaceAll("/", "-")}`;
    house.expect(await beginsAtWhatIsWrong(page), name, "does not begin at what is wrong");
    await house.lookHere(name);
  }
  const page = await house.visit("/roster/files/new");
  await page.getByLabel("Or paste the rows here").fill("source_id,name,start_date\n7,Ada,soon\n8,Bo,2026-13-01\n");
  await press(house, "Show what would change");
  await house.lookHere("plan-refused");
}

async function pack(house, organisation, framework) {
  const page = await house.visit("/packs");
  await page.locator("select[name=framework]").selectOption(framework);
  await page.locator("input[name=from]").fill("2026-01-01");
  await page.locator("input[name=to]").fill("2027-01-01");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Build and download" }).click()]);
  const path = join(organisation.folder, `${framework}.zip`);
  await download.saveAs(path);
  assert.match(download.suggestedFilename(), new RegExp(`^muster-evidence_${framework}_2026-01-01_2026-12-31\\.zip$`));
  assert.match(organisation.muster("verify", path), /\nVerified\.\n$/);
}

/** The ways in: by letter, by code, by a link; and a link that is spent. */
async function door(house, link) {
  await house.look("/sign-in");
  let page = await house.visit("/sign-in");
  await page.getByLabel("Your work e-mail address").fill(LEARNER);
  await press(house, "Send me a letter");
  await house.lookHere("sign-in-letter");
  await house.look("/sign-in/code");
  page = await house.visit("/sign-in/code");
  await page.getByLabel("Your work e-mail address").fill(LEARNER);
  await page.getByLabel("The code").fill("000000");
  await press(house, "Sign in");
  await house.lookHere("refused-sign-in-code");
  await house.look(link, { name: "sign-in-link" });
  await house.signIn(link);
  await house.look(link, { name: "sign-in-spent", status: 410 });
}

async function learn(house, folder) {
  await house.look("/my-training");
  await house.look("/my-record");
  const page = await house.visit(`/my-training/${COURSE}`);
  await house.look(`/my-training/${COURSE}`);
  const lessons = readdirSync(join(ROOT, "catalogue/courses", COURSE, "lessons")).length;
  for (let n = 1; n <= lessons; n += 1) {
    await house.look(`/my-training/${COURSE}/lessons/${n}`);
    await press(house, n < lessons ? "Next lesson" : "To the questions");
  }
  await house.visit(`/my-training/${COURSE}`);
  await press(house, "Start the questions");
  const kinds = new Set();
  const questions = pool(COURSE);
  while (here(page).includes("/questions/")) await answer(page, questions, (kind) => eachOnce(house, kinds, kind));
  house.expect(kinds.size > 1, "questions", "are all of one kind");
  await house.look(here(page), { name: "review" });
  await byKeyboard(page, "Hand in my answers");
  house.expect((await page.locator("h1").innerText()).startsWith("You passed"), "result", await page.locator("h1").innerText());
  await house.look(here(page), { name: "result" });
  await byKeyboard(page, "Go on to the statement");
  await house.look(here(page), { name: "consent" });
  await byKeyboard(page, "I agree to sign electronically");
  await house.look(here(page), { name: "statement" });
  house.expect(await page.getByLabel("Your name").inputValue() === "", "statement", "fills in a name");
  await page.getByLabel("Your name").fill("Somebody Else");
  await press(house, "Look it over");
  await house.lookHere("refused-statement");
  await page.getByLabel("Your name").fill("Ama Diallo");
  await byKeyboard(page, "Look it over");
  await house.look(here(page), { name: "signature" });
  await byKeyboard(page, "Sign and complete");
  house.expect((await page.locator("h1").innerText()).startsWith("You have completed"), "receipt", await page.locator("main").innerText());
  await house.look(here(page), { name: "receipt" });
  await house.look(here(await follow(page, "See your certificate")), { name: "certificate" });
  const [paper] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download (PDF)" }).click()]);
  const path = join(folder, "certificate.pdf");
  await paper.saveAs(path);
  assert.equal(readFileSync(path).subarray(0, 5).toString(), "%PDF-");
}

async function eachOnce(house, kinds, kind) {
  if (kinds.has(kind)) return;
  kinds.add(kind);
  await house.lookHere(`question-${kind}`);
}

/** The developers' course has the questions with code in them. Handed in with nothing answered, it is failed. */
async function fail(house) {
  const page = await house.visit("/my-training/D05");
  await press(house, "Start the questions");
  const [kinds, questions] = [new Set(), pool("D05")];
  while (here(page).includes("/questions/")) {
    const heading = await page.locator("h1").innerText();
    const asked = questions.find((one) => one.stem.replace(/\W/g, "").startsWith(heading.replace(/\W/g, "")));
    await eachOnce(house, kinds, asked.kind);
    await follow(page, "Leave it for later");
  }
  await house.look(here(page), { name: "review-unanswered" });
  await page.evaluate(() => { for (const form of document.forms) form.noValidate = true; });
  await press(house, "Hand in my answers");
  await house.lookHere("refused-review");
  await page.getByLabel(/^Hand in with \d+ questions unanswered$/).check();
  await press(house, "Hand in my answers");
  house.expect((await page.locator("h1").innerText()).startsWith("Not yet"), "result", await page.locator("h1").innerText());
  await house.look(here(page), { name: "result-failed" });
}

/** What a learner must not see, and what somebody who is not signed in may. */
async function strangers(house) {
  await house.look("/people", { name: "forbidden", status: 403 });
  const page = await house.visit("/my-training");
  const certificate = new URL((await follow(page, "Certificate")).url()).pathname;
  await house.leave();
  await house.look(certificate, { name: "certificate-signed-out" });
  await house.look("/certificates/0000-0000-0000-0000", { name: "certificate-unknown", status: 404 });
}
