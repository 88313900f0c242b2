//! `cargo xtask dist`: what a merchant hosts, in dist/, and exactly that.
//!
//! Rust is [compiled](compile) twice: to wasm, and to JavaScript for where there is no WebAssembly ([`javascript_build`]). Each build
//! and its [`glue`] agree on short [`names`]. The loader carries the stylesheet, and knows every other file by a hash
//! ([`integrity`]).

mod compile;
mod contents;
mod foreign_exports;
mod glue;
mod integrity;
mod javascript_build;
mod limits;
mod minify;
mod names;
mod reproduce;

pub(crate) use integrity::integrity_of;
pub(crate) use minify::BROWSERS;

use crate::command::root;
use crate::sizes::Compressed;
use crate::tools;
use anyhow::{Context, Result, bail};
use compile::{Compiled, Std};
use integrity::{Core, File};
use limits::Weights;
use names::Names;
use serde_json::json;
use std::fs;
use std::path::Path;

/// The one name that a merchant types.
const LOADER: &str = "gopay-checkout.js";

/// The pattern of pages with the debug panel, as in src/loader/debug.js.
const WANTS_DEBUG: &str = r"/^\w+:..(localhost|127\.0\.0\.1)[:/].*[?&]gopay-debug/";

/// Options of `cargo xtask dist`.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Choice {
    /// With the standard library as the compiler ships it: larger, but with nothing that is not stable Rust. Tells both totals.
    #[arg(long)]
    shipped_std: bool,
    /// Build a second time, from clean in another folder, and fail if one byte differs.
    #[arg(long, conflicts_with = "shipped_std")]
    reproduce: bool,
}

/// Builds dist/, tells its sizes, and fails if it is heavier than it may be.
pub(crate) fn within_limits(choice: Choice) -> Result<()> {
    if !choice.shipped_std {
        build(Std::BuiltForSize)?.check_budget()?;
        return if choice.reproduce { reproduce::check() } else { Ok(()) };
    }
    let smaller = build(Std::BuiltForSize)?.with_wasm().brotli;
    let shipped = build(Std::Shipped)?.with_wasm().brotli;
    println!(
        "loader, glue and wasm in brotli: {shipped} bytes with the shipped std, {smaller} with std built for size"
    );
    Ok(())
}

/// Builds dist/ as it is released.
pub(crate) fn run_within_limits() -> Result<()> {
    within_limits(Choice { shipped_std: false, reproduce: false })
}

/// Builds dist/ and prints its sizes, without a limit.
pub(crate) fn run() -> Result<()> {
    build(Std::BuiltForSize).map(|_| ())
}

/// The loader's `GOPAY_STYLE`: style/box.css, minified.
pub(crate) fn style_of_box() -> Result<String> {
    minify::stylesheet("box.css")
}

fn build(std: Std) -> Result<Weights> {
    tools::to_build_the_widget()?;
    if std == Std::BuiltForSize {
        tools::rust_src()?;
    }
    let for_wasm = compile::for_wasm(std)?;
    let for_plain = compile::for_plain(std)?;
    let core = core(std, &for_wasm, &for_plain)?;
    let loader = loader(&core)?;

    // Filled beside dist/, so that dist/ is whole whenever it is there.
    let filled = std.folder().join("dist");
    let weights = fill(&filled, &loader, &core)?;
    let dist = root().join("dist");
    remove(&dist)?;
    fs::rename(&filled, &dist).with_context(|| format!("cannot rename {} to dist", filled.display()))?;
    println!("\ndist/ is what a merchant hosts; {} are the demo shop.\n\n{weights}", contents::DEMO.join(", "));
    Ok(weights)
}

/// Both builds of the Rust code, each with the stylesheet of its first screen, and the file with what comes later.
fn core(std: Std, for_wasm: &Compiled, for_plain: &Compiled) -> Result<Core> {
    let read = |file: &Path| fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()));
    let work = std.folder().join("minified");
    let later = format!("export const STYLE={};\n", json!(minify::stylesheet("later.css")?));
    let later = File::of_core("later.js", later.into_bytes());
    let debug = File::of_core("debug.js", minify::module(&root().join("src/loader/debug.js"), &[])?);
    let set_up = set_up(&minify::stylesheet("checkout.css")?, &later, &debug);

    let glue = glue::for_wasm(&read(&for_wasm.glue)?)?;
    let glue = Names::read(&for_wasm.names)?.rename(&glue)? + &set_up;
    let glue = minify::texts(&work.join("glue"), &[("glue.js", &glue)])?;
    let wasm = fs::read(&for_wasm.wasm)?;

    let plain = glue::for_plain(&read(&for_plain.glue)?)?;
    let plain = Names::read(&for_plain.names)?.rename(&plain)? + &set_up;
    let instantiate = javascript_build::module(&read(&for_plain.wasm)?)?;
    let plain = minify::texts(&work.join("plain"), &[("glue.js", &plain), ("plain.js", &instantiate)])?;

    Ok(Core {
        wasm: File::of_core("wasm", wasm),
        glue: File::of_core("js", glue),
        plain: File::of_core("plain.js", plain),
        pay: File::of_core("pay.js", minify::module(&root().join("src/loader/dialog.js"), &[])?),
        later,
        debug,
    })
}

/// The end of the glue, `setUp`, which the loader calls once: adds `style`, then the stylesheet in `later`, and on a
/// developer's own machine, asked for in the address, loads `debug`. Both are named with their hashes, and `load` is the
/// loader's: it knows how to verify. In a bundle it calls what the bundler has read.
fn set_up(style: &str, later: &File, debug: &File) -> String {
    let file = |file: &File| {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let (url, integrity) = (json!(format!("./{}", file.path)), json!(file.pin()));
        format!("{{ url: {url}, integrity: {integrity}, load: () => import(\"./{name}\") }}")
    };
    format!(
        "export async function setUp(addSheet, load) {{
  const style = {};
  const sheet = addSheet(style);
  // Without it the card is plainer, and says the same.
  load({}).then(({{ STYLE }}) => sheet.replaceSync(style + STYLE)).catch(() => {{}});
  if ({WANTS_DEBUG}.test(location)) await load({});
}}
",
        json!(style),
        file(later),
        file(debug)
    )
}

/// The loader, with what it needs to know put in the places of `GOPAY_FILES`, `GOPAY_STYLE` and `GOPAY_BUNDLED`.
fn loader(core: &Core) -> Result<File> {
    let style = json!(style_of_box()?);
    let defines = [("GOPAY_FILES", &core.for_loader()), ("GOPAY_STYLE", &style), ("GOPAY_BUNDLED", &json!(false))];
    let bytes = minify::module(&root().join("src/loader").join(LOADER), &defines)?;
    let text = String::from_utf8_lossy(&bytes);
    if let Some(file) = core.of_loader().iter().find(|file| !text.contains(&file.pin())) {
        bail!("src/loader/{LOADER} does not use `GOPAY_FILES`: it would fetch {} unchecked, or not at all", file.path);
    }
    Ok(File { path: LOADER.to_owned(), bytes })
}

/// Fills the folder `dist` with the demo shop's pages and with the widget; weighs it.
fn fill(dist: &Path, loader: &File, core: &Core) -> Result<Weights> {
    remove(dist)?;
    fs::create_dir_all(dist)?;
    contents::write_demo(dist)?;
    let weigh = |file: &File| {
        let compressed = Compressed::of(&file.bytes)?;
        contents::write(dist, file, &compressed)?;
        anyhow::Ok(compressed.sizes(&file.bytes))
    };
    let weights = Weights {
        loader: weigh(loader)?,
        glue: weigh(&core.glue)?,
        wasm: weigh(&core.wasm)?,
        plain: weigh(&core.plain)?,
        pay: weigh(&core.pay)?,
        later: weigh(&core.later)?,
        debug: weigh(&core.debug)?,
    };
    let [wasm, glue, plain, pay, later, debug] = core.all();
    let files = [loader, wasm, glue, plain, pay, later, debug];
    let manifest = integrity::manifest(env!("CARGO_PKG_VERSION"), &files);
    fs::write(dist.join(contents::MANIFEST), format!("{manifest:#}\n"))?;
    contents::check(dist, &files.map(|file| file.path.as_str()))?;
    Ok(weights)
}

/// The folder, if it is there.
pub(crate) fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glue_and_debug_js_agree_on_who_is_a_developer() {
        let debug = fs::read_to_string(root().join("src/loader/debug.js")).expect("it is there");
        assert!(debug.contains(&format!("WANTED = {WANTS_DEBUG};")));
    }
}
