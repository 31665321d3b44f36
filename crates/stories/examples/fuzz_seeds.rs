//! Writes what each fuzzer begins with into `fuzz/corpus/`, from the files that the tests and the catalogue hold.
//!
//! Usage: `cargo run -p stories --example fuzz_seeds`. It stands here because the workspace of `fuzz/` is built by the
//! fuzzer's own tool, with flags that no other program can be linked with.
//!
//! Not here: what must hold of an input (`fuzz/src`).

use std::error::Error;
use std::fs;
use std::path::Path;

#[path = "../../../fuzz/src/course.rs"]
#[expect(dead_code, reason = "only its seeds are wanted here")]
mod course;
#[path = "../../../fuzz/src/directory.rs"]
#[expect(dead_code, reason = "only its seeds are wanted here")]
mod directory;
#[path = "../../../fuzz/src/pack.rs"]
#[expect(dead_code, reason = "only its seeds are wanted here")]
mod pack;
#[path = "../../../fuzz/src/roster_csv.rs"]
#[expect(dead_code, reason = "only its seeds are wanted here")]
mod roster_csv;
#[path = "../../../fuzz/src/roster_mapping.rs"]
#[expect(dead_code, reason = "only its seeds are wanted here")]
mod roster_mapping;
#[path = "../../../fuzz/src/roster_xlsx.rs"]
#[expect(dead_code, reason = "only its seeds are wanted here")]
mod roster_xlsx;
#[path = "../../../fuzz/src/scim.rs"]
#[expect(dead_code, reason = "only its seeds are wanted here")]
mod scim_target;

fn main() -> Result<(), Box<dyn Error>> {
    let targets = [
        ("course", course::seeds()),
        ("directory", directory::seeds()),
        ("pack", pack::seeds()),
        ("roster_csv", roster_csv::seeds()),
        ("roster_mapping", roster_mapping::seeds()),
        ("roster_xlsx", roster_xlsx::seeds()),
        ("scim", scim_target::seeds()),
    ];
    for (target, seeds) in targets {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../fuzz/corpus")
            .join(target);
        fs::create_dir_all(&folder)?;
        for (n, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("seed-{n:02}")), seed)?;
        }
    }
    Ok(())
}
