// Every part that pages are made of, in a gallery with nothing behind it: the banners and faults that a running program
// shows only in trouble, what scripts do, and that the checks themselves can see. Not here: the program's own pages.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import test from "node:test";
import { open } from "./run.mjs";

const GALLERY = process.env.GALLERY ?? join(import.meta.dirname, "../target/debug/examples/gallery");
let house;

test("the gallery", async (t) => {
  const server = spawn(GALLERY, ["0"], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => server.kill("SIGKILL"));
  const [line] = await once(createInterface({ input: server.stdout }), "line");
  house = await open(new URL(/http:\/\/\S+/.exec(line)[0]).origin);
  t.after(() => house.browser.close());
  for (const page of ["usual", "empty", "crowded", "form", "problems", "question"]) await house.look(`/gallery/${page}`);
  await house.look("/gallery/fault", { status: 500 });
  await house.look("/gallery/nothing", { name: "gallery-missing", status: 404 });
  await menu();
  await autosave();
  await appearance();
  await withoutScripts();
  await sharpEyes();
  assert.deepEqual(house.failures, []);
});

/** The menu of a narrow page opens by its address and keeps the page from scrolling sideways. */
async function menu() {
  const page = await house.visit("/gallery/usual");
  await page.setViewportSize({ width: 320, height: 640 });
  const nav = page.getByRole("navigation", { name: "Main" });
  house.expect(!(await nav.isVisible()), "menu", "is open before it is asked for");
  await page.getByRole("link", { name: "Menu", exact: true }).click();
  house.expect(await nav.isVisible(), "menu", "does not open");
  await house.axe("menu, open");
  await house.reflow("menu, open");
  await house.shoot("gallery-menu-narrow-light");
  await page.getByRole("link", { name: "Close menu" }).click();
  house.expect(!(await nav.isVisible()), "menu", "does not close");
  await folding(page, nav);
  await page.setViewportSize({ width: 1280, height: 900 });
}

/** A long menu folds: the group of this page stands open, and says that one is here when it is folded over. */
async function folding(page, nav) {
  await house.visit("/gallery/crowded");
  for (const width of [320, 700, 1280]) {
    await page.setViewportSize({ width, height: 640 });
    if (width < 1000) await page.getByRole("link", { name: "Menu", exact: true }).click();
    const here = nav.locator("summary", { hasText: "Gallery" });
    house.expect(await nav.getByRole("link", { name: "Crowded" }).isVisible(), `menu ${width}`, "hides where one is");
    house.expect(!(await nav.getByRole("link", { name: "Question" }).isVisible()), `menu ${width}`, "does not fold");
    await house.axe(`menu ${width}, folding`);
    await house.reflow(`menu ${width}, folding`);
    await house.shoot(`gallery-menu-folding-${width}`);
    await here.click();
    await nav.locator("summary", { hasText: "Forms" }).click();
    house.expect(await nav.getByRole("link", { name: "Question" }).isVisible(), `menu ${width}`, "does not unfold");
    await house.axe(`menu ${width}, folded over`);
    await house.shoot(`gallery-menu-folded-${width}`);
    await here.click();
    await nav.locator("summary", { hasText: "Forms" }).click();
    if (width < 1000) await page.getByRole("link", { name: "Close menu" }).click();
  }
}

/** An answer is saved as it is given; a save that failed is sent again with the same key. */
async function autosave() {
  const page = await house.visit("/gallery/question");
  const keys = [];
  await page.route("**/gallery/question", async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    keys.push(route.request().headers()["idempotency-key"]);
    return keys.length === 1 ? route.abort() : route.continue();
  });
  await page.getByRole("radio").first().check();
  await page.getByText("Not saved yet").waitFor({ timeout: 5000 });
  await page.locator('[data-saved="saved"]').waitFor({ timeout: 8000 });
  house.expect(keys.length === 2 && keys[0] && keys[0] === keys[1], "autosave", `sent the keys ${keys}`);
  await page.unroute("**/gallery/question");
}

/** A chosen look is kept from page to page. */
async function appearance() {
  const page = await house.visit("/gallery/usual");
  await page.emulateMedia({ colorScheme: "light" });
  await page.getByText("Appearance").click();
  await page.getByRole("button", { name: "Dark" }).click();
  await page.getByRole("button", { name: "Roomier text" }).click();
  await house.visit("/gallery/form");
  const look = await page.evaluate(() => ({ ...document.documentElement.dataset }));
  house.expect(look.theme === "dark" && look.reading === "roomy", "appearance", `is ${JSON.stringify(look)}`);
  await page.setViewportSize({ width: 320, height: 640 });
  await house.reflow("roomier text");
  await house.axe("roomier text, dark chosen");
  await house.leave();
}

/** A form is sent and answered where scripts do not run. */
async function withoutScripts() {
  const page = await house.page({ scripts: false });
  await house.visit("/gallery/question");
  await page.getByRole("radio").first().check();
  await page.getByRole("button", { name: "Check my answer" }).click();
  house.expect(await page.getByRole("status").first().innerText() === "Taken, and not kept: this is a gallery.", "without scripts", "nothing is said");
  house.expect(!(await page.getByText("Appearance").isVisible()), "without scripts", "a choice is offered that cannot be kept");
  await house.leave();
}

/** The checks can see: a page that is spoilt on purpose fails them. */
async function sharpEyes() {
  const page = await house.visit("/gallery/form");
  await page.evaluate(() => {
    for (const label of document.querySelectorAll("label")) label.remove();
    document.querySelector("main").style.setProperty("width", "4000px");
  });
  const before = house.failures.length;
  await house.axe("spoilt");
  await house.reflow("spoilt");
  const seen = house.failures.splice(before);
  house.expect(seen.some((text) => text.includes("label")) && seen.some((text) => text.includes("sideways")), "checks", "do not see a spoilt page");
}
