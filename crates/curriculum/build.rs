//! Builds the crate again when a file is added to the shipped courses, which the compiler alone would not see.

#[expect(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]
fn main() {
    println!("cargo:rerun-if-changed=../../catalogue/courses");
}
