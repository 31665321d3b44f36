// Every number on the pages of the programme opens the rows behind it: the demonstration company, in which months have
// passed, is walked through number by number, and what a number opens has to list as many rows, or say the number.
// Not here: what the pages look like (progress.test.mjs, main-job.test.mjs), whether the numbers are right (stories).
import assert from "node:assert/strict";
import test from "node:test";
import { Organisation } from "./start.mjs";

const OWNER = "marta.halden@halden.example";
const MANAGER = "noor.sato@halden.example";
const OWNERS_PAGES = [
  "/", "/frameworks", "/frameworks/iso27001", "/frameworks/soc2", "/frameworks/iso27001?show=not_met", "/frameworks/iso27001/requirements/A.6.3",
  "/cycles", "/overdue", "/coverage", "/coverage?by=title", "/coverage?by=kind", "/coverage/people?show=open", "/roster/completeness", "/assignments",
  "/assignments?show=all", "/coverage/uncovered", "/coverage/covered",
];
/** Measures of one row, not counts of rows. */
const MEASURES = new Set(["Days", "Days from start to done, in the middle"]);

test("every number opens the rows behind it", async (t) => {
  const organisation = new Organisation();
  // A company of sixty has every sort of number, and the walk is a thousand pages.
  organisation.muster("demo", "--no-serve", "--data", "muster-data", "--people", "60");
  const { house } = await organisation.serve(t);
  const walk = new Walk(house);
  await house.signIn(organisation.link(OWNER, house));
  const seen = new Set();
  for (const path of OWNERS_PAGES) for (const href of await walk.through(path)) seen.add(href.split("?")[0]);
  // One cycle, and every check of a requirement, have numbers of their own.
  const cycle = [...seen].find((href) => /^\/cycles\/[A-Z]/.test(href));
  const checks = [...seen].filter((href) => /\/checks\/\d+$/.test(href)).slice(0, 12);
  assert.ok(cycle && checks.length > 4, [...seen].join(" "));
  for (const path of [cycle, `${cycle.replace(/\/[A-Z]\w+\//, "/all/")}?new=1`, ...checks]) await walk.through(path);
  await house.leave();
  await house.signIn(organisation.link(MANAGER, house));
  for (const path of ["/", "/team"]) await walk.through(path);
  t.diagnostic(`${walk.followed} numbers on ${walk.pages} pages: ${walk.listed} open as many rows, ${walk.said} a page that says them`);
  assert.ok(walk.listed > 100, `only ${walk.listed} numbers open rows`);
  assert.deepEqual(house.failures, []);
});

class Walk {
  followed = 0;
  pages = 0;
  listed = 0;
  said = 0;
  #house;
  #opened = new Map();

  constructor(house) {
    this.#house = house;
  }

  /** Follows every number of a page and gives where they lead. */
  async through(path) {
    const page = await this.#house.visit(path);
    const { numbers, stray } = await page.evaluate(`(${numbersOf})(${JSON.stringify([...MEASURES])})`);
    this.pages += 1;
    for (const text of stray) this.#house.expect(false, path, `its heading says ${text}, which nothing on the page opens or adds up to`);
    for (const { text, counts, href } of numbers) {
      this.#house.expect(href, path, `“${text}” opens nothing`);
      if (!href) continue;
      this.followed += 1;
      const found = await this.#open(href);
      const whole = counts.at(-1);
      const rows = found.tables.some((table) => table.of === whole && table.rows === table.shown);
      const says = counts.every((count) => found.says.includes(count));
      this.#house.expect(rows || says, path, `“${text}” opens ${href}, which lists ${JSON.stringify(found.tables)} and says ${found.says.join(" ")}`);
      if (rows) this.listed += 1;
      else this.said += 1;
    }
    return numbers.map((number) => number.href).filter(Boolean);
  }

  async #open(href) {
    const key = `${await this.#who()} ${href.split("#")[0]}`;
    if (!this.#opened.has(key)) {
      const page = await this.#house.page();
      const answer = await page.request.get(new URL(href, this.#house.base).href);
      this.#house.expect(answer.status() === 200, href, `answers ${answer.status()}`);
      this.#opened.set(key, await page.evaluate(`(${listed})(${JSON.stringify(await answer.text())})`));
    }
    return this.#opened.get(key);
  }

  async #who() {
    const page = await this.#house.page();
    return (await page.context().cookies()).map((cookie) => cookie.value).join();
  }
}

/** In the page: each number that counts something, its text, and where it leads; and what the heading says beside them. */
function numbersOf(measures) {
  const main = document.querySelector("main");
  const whole = (text) => [...text.replace(/\b20\d\d\b|\d+[–-]\d+|\d+ (days|months|points)|\([^)]*%[^)]*\)|over \d+/g, " ").matchAll(/(?<![\w.:–-])\d+(?:,\d{3})*(?![\w:%-]|[.,]\d|[\u00a0 ]%)/g)].map(([digits]) => Number(digits.replaceAll(",", "")));
  const column = (cell) => {
    const heads = cell.closest("table")?.querySelectorAll("thead th") ?? [];
    return heads[[...(cell.parentElement?.children ?? [])].indexOf(cell)]?.textContent.trim() ?? "";
  };
  const inside = (element) => element.closest("a") ?? element.querySelector("a[href]") ?? element.closest(".to-do li")?.querySelector("a[href]");
  const numbers = [];
  const elements = main.querySelectorAll("td.num, td .tag, td:has(> a), .big, .legend li:has(.tag), .row > a, .to-do li > span, p.lead a, p a, .panel .tag");
  const taken = new Set();
  for (const element of elements) {
    if ([...taken].some((other) => other.contains(element)) || element.closest("form, .table-foot, .over")) continue;
    const cell = element.closest("td");
    if (cell && measures.includes(column(cell))) continue;
    const text = element.textContent.trim().replace(/\s+/g, " ");
    // A course or a framework has a number in its name.
    const counts = whole(text.replace(/\b[A-Z]+\d[\d.]*\b|ISO\/IEC \d+|ISO \d+|SOC 2|P\d\d/g, " ")).filter((count) => count > 0);
    if (counts.length === 0) continue;
    taken.add(element);
    const link = inside(element);
    const href = link ? new URL(link.getAttribute("href"), location.href) : null;
    numbers.push({ text, counts: counts.slice(0, 2), href: href && href.pathname + href.search + href.hash });
  }
  // What the heading says is a number of the page, or adds up from them.
  const groups = [...main.querySelectorAll(".legend, .row")].map((group) => [...group.children].flatMap((child) => whole(child.textContent)));
  for (const table of main.querySelectorAll("table")) {
    const width = table.querySelectorAll("thead th").length;
    for (let at = 0; at < width; at += 1) groups.push([...table.querySelectorAll("tbody tr")].flatMap((row) => whole(row.children[at]?.textContent ?? "").slice(0, 1)));
  }
  const sums = new Set(numbers.flatMap((number) => number.counts));
  for (const foot of main.querySelectorAll(".table-foot")) for (const count of whole(foot.textContent)) sums.add(count);
  for (const group of groups) {
    sums.add(group.reduce((sum, count) => sum + count, 0));
    group.forEach((a, i) => group.slice(i + 1).forEach((b, j) => { sums.add(a + b); group.slice(i + j + 2).forEach((c) => sums.add(a + b + c)); }));
  }
  // A page of panels says how many of them have which answer.
  const panels = [...main.querySelectorAll("section.panel, .panel")].map((panel) => panel.querySelector(".tag")?.className).filter(Boolean);
  for (const kind of new Set(panels)) groups.push([panels.filter((other) => other === kind).length]);
  for (const group of groups.slice(-4)) group.forEach((count) => sums.add(count));
  sums.add(panels.length);
  // A list that marks its rows says how many have which mark.
  for (const kind of ["met", "attention", "gap", "none"]) sums.add(main.querySelectorAll(`tbody tr:has(.tag.${kind})`).length);
  const heading = main.querySelector("h1").textContent.replace(/\b[A-Z]+\d[\d.]*\b|ISO\/IEC \d+(:\d+)?|ISO \d+|SOC 2/g, " ");
  return { numbers, stray: whole(heading).filter((count) => count > 0 && !sums.has(count)) };
}

/** In the page: how many rows each list of an answer has, says it shows, and is out of; and every number it says. */
function listed(text) {
  const main = new DOMParser().parseFromString(text, "text/html").querySelector("main");
  const number = (digits) => Number(digits.replaceAll(",", ""));
  const tables = [...main.querySelectorAll(".table")].flatMap((table) => {
    const foot = /([\d,]+) of ([\d,]+)/.exec(table.querySelector(".table-foot")?.textContent ?? "");
    return foot ? [{ rows: table.querySelectorAll("tbody tr").length, shown: number(foot[1]), of: number(foot[2]) }] : [];
  });
  const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  let words = "";
  // What stands in two elements is not one number.
  while (walker.nextNode()) words += ` ${walker.currentNode.data}`;
  const says = [...words.matchAll(/(?<![\w.,])\d+(?:,\d{3})*(?![\w])/g)].map(([digits]) => number(digits));
  return { tables, says: [...new Set(says)].slice(0, 400) };
}
