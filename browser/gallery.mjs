// Looks at every page of the gallery: node gallery.mjs http://127.0.0.1:8099
import { open } from "./run.mjs";

const base = process.argv[2];
if (!base) throw new Error("which address? node gallery.mjs http://127.0.0.1:8099");
const house = await open(base);
for (const page of ["usual", "empty", "crowded", "form", "problems", "question"]) await house.look(`/gallery/${page}`);
await house.look("/gallery/fault", { status: 500 });
await house.look("/gallery/nothing", { name: "gallery-missing", status: 404 });
await house.finish();
