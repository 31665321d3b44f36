//! Builds the crate again when a file is added to the shipped courses, which the compiler alone would not see.

fn main() {
    println!("cargo:rerun-if-changed=../../catalogue/courses");
}
