//! Makes the folder of the web application exist, so that the server builds without Node, and
//! builds anew when a migration is added.

use std::path::Path;
use std::{fs, io};

const PLACEHOLDER: &str = "<!doctype html><meta charset=utf-8><title>Điểm Cầu</title>
<p>The web application is not part of this build. Build it with
<code>cd web && npm ci && npm run build</code>, then build the server again.</p>
";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=src/store/migrations");
    println!("cargo::rerun-if-changed=../web/dist");
    let dist = Path::new("../web/dist");
    fs::create_dir_all(dist)?;
    let page = dist.join("index.html");
    if !page.exists() {
        fs::write(page, PLACEHOLDER)?;
    }
    Ok(())
}
