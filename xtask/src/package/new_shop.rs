//! The package `create-gopay-shop`, in target/npm/: what `npm create gopay-shop` copies.
//!
//! Its handwritten files are npm/create-gopay-shop/. The backend and its dependencies are those of examples/backends/node, and
//! are put in here: there is no second copy of them to fall behind.

use super::{LICENSES, NO_VERSION, built_of, copy, readmes_lead_to_repository, site, with_repository, write};
use crate::command::root;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;

/// The name on npm, and of its folders.
pub(super) const NAME: &str = "create-gopay-shop";

/// The backend that the new shop begins with.
const BACKEND: &str = "examples/backends/node";

/// The platform that the release's programs are built for: Rust's name, and Node's.
const PLATFORM: (&str, &str) = ("x86_64-unknown-linux-gnu", "linux-x64");

/// Writes every file of the package.
pub(super) fn fill(package: &Path) -> Result<()> {
    copy_folder(&root().join("npm").join(NAME), package)?;
    for file in LICENSES {
        copy(&root().join(file), &package.join(file))?;
    }
    let version = env!("CARGO_PKG_VERSION");
    let settings = read(&package.join("package.json"))?;
    let (before, after) = settings.split_once(NO_VERSION).with_context(|| format!("{NAME} must hold {NO_VERSION}"))?;
    let settings = format!("{before}\"version\": \"{version}\"{after}");
    let repository = built_of();
    write(package, "package.json", with_repository(settings, repository.as_deref())?)?;

    readmes_lead_to_repository(package, &format!("npm/{NAME}"), repository.as_deref())?;

    let template = package.join("template");
    fs::create_dir_all(template.join("backend"))?;
    copy(&root().join(BACKEND).join("shop.js"), &template.join("backend/shop.js"))?;
    let example = read(&root().join(BACKEND).join("package.json"))?;
    let manifest = with_dependencies(&read(&template.join("package.json"))?, &example, version)?;
    write(&template, "package.json", manifest)?;
    let archive = format!("gopay-programs-{version}-{}.tar.gz", PLATFORM.0);
    let made = fs::read(root().join("target/release-files").join(&archive)).ok();
    write(&template, "scripts/release.json", release(version, &archive, repository.as_deref(), made.as_deref()))
}

/// The new shop's package.json: with the backend's dependencies, and the checkout of this version.
fn with_dependencies(template: &str, example: &str, version: &str) -> Result<String> {
    let mut manifest: Value = serde_json::from_str(template).context("the template's package.json")?;
    let example: Value = serde_json::from_str(example).context("the example's package.json")?;
    let mut dependencies = example["dependencies"].as_object().context("the example has no dependencies")?.clone();
    dependencies.insert("gopay-checkout".to_owned(), version.into());
    manifest["dependencies"] = Value::Object(dependencies);
    Ok(format!("{manifest:#}\n"))
}

/// The release's programs, as far as the new shop knows them. Where they will be published is known in GitHub's workflow only,
/// and their hash where they have been built.
fn release(version: &str, archive: &str, repository: Option<&str>, made: Option<&[u8]>) -> String {
    let site = repository.and_then(site);
    let sha256 = made.map(|bytes| Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    let release = json!({
        "version": version,
        "platform": PLATFORM.1,
        "archive": archive,
        "url": site.map(|site| format!("{site}/releases/download/v{version}/{archive}")),
        "sha256": sha256,
    });
    format!("{release:#}\n")
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

/// Copies what is tracked there: nothing that somebody has installed beside it.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true if entry.file_name() == "node_modules" => {}
            true => copy_folder(&entry.path(), &target)?,
            false => copy(&entry.path(), &target)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_shop_depends_on_what_the_example_backend_does_and_on_the_checkout_of_this_version() {
        let example = r#"{"dependencies": {"express": "5.3.0"}}"#;
        let manifest =
            with_dependencies(r#"{"name": "my-shop", "scripts": {}}"#, example, "1.2.3").expect("both are JSON");
        let manifest: Value = serde_json::from_str(&manifest).expect("JSON");
        assert_eq!(manifest["dependencies"], json!({"express": "5.3.0", "gopay-checkout": "1.2.3"}));
        assert_eq!(manifest["name"], "my-shop");
        assert!(with_dependencies("{}", "{}", "1.2.3").is_err(), "a backend without dependencies is not the example");
    }

    #[test]
    fn the_programs_have_an_address_and_a_hash_only_where_both_are_known() {
        let of = |repository, made| -> Value {
            serde_json::from_str(&release("1.2.3", "programs.tar.gz", repository, made)).expect("JSON")
        };
        let published = of(Some("git+https://forge.example/shop/gopay.git"), Some(&b"one"[..]));
        assert_eq!(published["url"], "https://forge.example/shop/gopay/releases/download/v1.2.3/programs.tar.gz");
        assert_eq!(published["sha256"], "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed");
        let local = of(None, None);
        assert_eq!((&local["url"], &local["sha256"]), (&Value::Null, &Value::Null));
        assert_eq!(local["archive"], "programs.tar.gz");
    }
}
