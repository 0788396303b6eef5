//! Builds the pages anew once their libraries have been bundled, and says so when they have not.

use std::{fs, io, path::Path};

fn main() -> io::Result<()> {
    // Cargo would run this every time for a folder that is missing.
    fs::create_dir_all("assets/dist")?;
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=assets/dist");
    if !Path::new("assets/dist/app.js").exists() {
        println!(
            "cargo:warning=the pages' libraries are not bundled: pages work unenhanced. `make pages` bundles them"
        );
    }
    Ok(())
}
