// Looks at pages as a person would, with Debian's Chromium: accessibility, reflow, console, pictures.
// A page passes or the run fails; nothing is only warned about.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const SHOTS = join(import.meta.dirname, "shots");
/** Of a picture; a list of thousands is longer, and looks the same further down. */
const HEIGHT_MAX = 6000;
const WIDTHS = { narrow: 320, wide: 1280 };
const BRIEF = { narrow: "dark", wide: "light" };

/** Opens a browser on a base address; close it, and fail if `failures` is not empty. */
export async function open(base) {
  mkdirSync(SHOTS, { recursive: true });
  const root = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: [...root, "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
  });
  return new House(browser, base.replace(/\/$/, ""));
}

export class House {
  failures = [];
  /** The paths that were looked at. */
  paths = new Set();
  #context;

  constructor(browser, base) {
    this.browser = browser;
    this.base = base;
  }

  /** The one page. `scripts: false` at the first use after `leave()` makes a browser that runs none. */
  async page({ scripts = true } = {}) {
    this.#context ??= await this.browser.newContext({ reducedMotion: "reduce", javaScriptEnabled: scripts });
    return this.#context.pages()[0] ?? this.#context.newPage();
  }

  /** Goes to a path and gives the page; the path may be a whole address. */
  async visit(path, { status = 200 } = {}) {
    const page = await this.page();
    const answer = await page.goto(new URL(path, this.base).href, { waitUntil: "load" });
    if (answer.status() !== status) this.#fail(path, `answered ${answer.status()}, not ${status}`);
    return page;
  }

  /** Signs in by a link such as a mail carries: opens it and, if it asks, presses its one button. */
  async signIn(link) {
    const page = await this.visit(link);
    const button = page.locator("main form button[type=submit]");
    if (await button.count() === 1) await Promise.all([page.waitForLoadState("load"), button.click()]);
    return page;
  }

  /** Forgets cookies and storage: a new person at the door. */
  async leave() {
    await this.#context?.close();
    this.#context = undefined;
  }

  /** Everything at once, in light and dark, narrow and wide: axe, reflow, console, pictures. */
  async look(path, { name = path.replace(/^\/|\/$/g, "").replace(/\W+/g, "-") || "start", status = 200, brief = false } = {}) {
    const page = await this.page();
    const complaints = [];
    const hear = (message) => { if (message.type() === "error") complaints.push(message.text()); };
    const caught = (error) => complaints.push(String(error));
    page.on("console", hear);
    page.on("pageerror", caught);
    await this.visit(path, { status });
    await this.lookHere(name, { brief });
    page.off("console", hear);
    page.off("pageerror", caught);
    // A page that is meant to be an error says so on the console; that line is Chromium's, not ours.
    const ours = complaints.filter((text) => status === 200 || !text.includes(`status of ${status}`));
    for (const text of ours) this.#fail(path, `console: ${text}`);
  }

  /**
   * The same for the page that is shown now, which a form may have answered: nothing is loaded again. `brief` is for
   * long lists: each width and each scheme once, not each with each.
   */
  async lookHere(name, { brief = false } = {}) {
    const page = await this.page();
    const path = new URL(page.url()).pathname;
    this.paths.add(path);
    await page.evaluate(() => document.fonts.ready.then(() => undefined));
    for (const [width, pixels] of Object.entries(WIDTHS)) {
      await page.setViewportSize({ width: pixels, height: width === "wide" ? 900 : 640 });
      for (const scheme of brief ? [BRIEF[width]] : ["light", "dark"]) {
        const where = `${path} as ${name} (${width}, ${scheme})`;
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
        await this.axe(where);
        await this.shoot(`${name}-${width}-${scheme}`);
      }
      if (width === "narrow") {
        await this.reflow(`${path} as ${name}`);
        await this.spacing(`${path} as ${name}`);
      }
    }
  }

  /** WCAG 2.2 AA as far as a machine can tell, on the page as it is now. */
  async axe(where) {
    const page = await this.page();
    if (!await page.evaluate(() => "axe" in window)) await page.evaluate(AXE);
    const { violations } = await page.evaluate((rules) => window.axe.run(document, { runOnly: { type: "tag", values: rules } }), RULES);
    for (const { id, help, nodes } of violations) {
      const spots = nodes.slice(0, 3).map((node) => `${node.target.join(" ")}: ${node.failureSummary?.split("\n").slice(1).join(" ").trim()}`);
      this.#fail(where, `${id} (${help}), ${nodes.length} times\n    ${spots.join("\n    ")}`);
    }
  }

  /** No sideways scroll of the page, and nothing sticking out of it. */
  async reflow(where) {
    const page = await this.page();
    const { scroll, client } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth }));
    if (scroll > client) this.#fail(where, `scrolls sideways: ${scroll} pixels on ${client}`);
  }

  /** The text spacing a reader may set (WCAG 1.4.12) pushes nothing off the page. */
  async spacing(where) {
    const page = await this.page();
    await page.evaluate(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-block-end: 2em !important }");
      document.adoptedStyleSheets = [sheet];
    });
    await this.reflow(`${where}, wide text spacing`);
    await page.evaluate(() => { document.adoptedStyleSheets = []; });
  }

  /** A picture of the page, for people to look at. */
  async shoot(name) {
    const page = await this.page();
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    const { width } = page.viewportSize();
    await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true, clip: { x: 0, y: 0, width, height: Math.min(height, HEIGHT_MAX) } });
  }

  /** Notes a failure of a check that a caller made, unless it holds. */
  expect(holds, where, what) {
    if (!holds) this.#fail(where, what);
  }

  #fail(where, what) {
    this.failures.push(`${where}: ${what}`);
  }
}
