//! Rust → wasm, twice: with Trunk for browsers that run it, and with cargo for those that do not.

use crate::command::{cargo, command, output, root, run};
use crate::tools::{self, WASM_TARGET};
use anyhow::Result;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Whose standard library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Std {
    /// Compiled by us, for size, from the compiler's own sources.
    BuiltForSize,
    /// As the compiler brings it.
    Shipped,
}

/// What the wasm of today's browsers may contain. Said, because the mark inside the file has been taken out by then.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// How small is made smaller. Nothing of Rust's lies below address 1024: the stack's far end does, and data above the stack.
const SMALL: [&str; 2] = ["-Oz", "--low-memory-unused"];

/// What wasm2js is given may contain; the lowerings below take most of it out.
const PLAIN_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-call-indirect-overlong",
];

/// What JavaScript has no instruction for, said with those that it has.
const LOWERED: [&str; 3] =
    ["--llvm-memory-copy-fill-lowering", "--signext-lowering", "--llvm-nontrapping-fptoint-lowering"];

const STRIPPED: [&str; 3] = ["--strip-debug", "--strip-producers", "--strip-target-features"];

/// Small functions are put in place of their calls, which the compiler leaves alone where it builds for size. What is put
/// there can be simplified: with these thresholds 2 % of all bytes, and with its own for speed less.
const INLINED: [&str; 3] = ["-Zinline-mir=yes", "-Zinline-mir-threshold=20", "-Zinline-mir-hint-threshold=40"];

/// wasm-opt's pass that shortens what wasm and glue call each other, and prints it.
const SHORT_NAMES: &str = "--minify-imports-and-exports-and-modules";

/// Wasm with short names, the glue that still has the long ones, and which is which.
pub(super) struct Compiled {
    pub(super) wasm: PathBuf,
    pub(super) glue: PathBuf,
    pub(super) names: String,
}

/// What is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Machine {
    Wasm,
    Plain,
}

impl Std {
    /// Where what is built with it lies.
    pub(super) fn folder(self) -> PathBuf {
        root().join("target/dist").join(match self {
            Self::BuiltForSize => "small",
            Self::Shipped => "shipped-std",
        })
    }

    /// Where cargo builds. A folder for each of the two builds: in one of their own nothing is built again that has not changed.
    fn target(self, machine: Machine) -> PathBuf {
        self.folder().join(match machine {
            Machine::Wasm => "wasm",
            Machine::Plain => "plain",
        })
    }

    /// What cargo is told by its environment, so that it is told the same through Trunk.
    fn set(self, machine: Machine, command: &mut Command) {
        let mut flags = Vec::new();
        if self == Self::BuiltForSize {
            // The compiler is the stable one. Building std with it is no stable feature, so whoever wants nothing but
            // these has `--shipped-std`.
            command.env("RUSTC_BOOTSTRAP", "1");
            command.env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort");
            command.env("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size");
            flags.extend(["-Zunstable-options", "-Cpanic=immediate-abort", "-Zlocation-detail=none"]);
            flags.extend(INLINED);
        }
        if machine == Machine::Plain {
            flags.extend(["-Ctarget-cpu=mvp", "-Ctarget-feature=+mutable-globals"]);
        }
        command.env("CARGO_TARGET_DIR", self.target(machine)).env("RUSTFLAGS", flags.join(" "));
    }
}

/// For browsers that run wasm. Trunk lays the demo shop's pages beside it, in the folder that is returned too.
pub(super) fn for_wasm(std: Std) -> Result<(PathBuf, Compiled)> {
    let site = std.folder().join("site");
    let mut trunk = tools::trunk();
    trunk.args(["build", "--release", "--dist"]).arg(&site);
    std.set(Machine::Wasm, &mut trunk);
    run(&mut trunk)?;
    let wasm = std.folder().join("short.wasm");
    // Trunk has had it made small once. A second time it becomes a hundredth smaller, a third time nothing.
    let flags: Vec<_> = FEATURES.into_iter().chain(SMALL).collect();
    let names = short_names(&site.join("core/gopay-checkout_bg.wasm"), &wasm, &flags)?;
    let glue = site.join("core/gopay-checkout.js");
    Ok((site, Compiled { wasm, glue, names }))
}

/// For wasm2js: no instruction, and nothing of wasm-bindgen's, that JavaScript cannot have. Its wasm is JavaScript already.
pub(super) fn for_plain(std: Std) -> Result<Compiled> {
    let mut build = cargo();
    build.args(["build", "--lib", "--profile", "widget", "--target", WASM_TARGET, "--no-default-features"]);
    std.set(Machine::Plain, &mut build);
    run(&mut build)?;

    let folder = std.folder().join("plain-js");
    fs::create_dir_all(&folder)?;
    let built = std.target(Machine::Plain).join(WASM_TARGET).join("widget/gopay_checkout.wasm");
    let marked = folder.join("marked.wasm");
    let mut wasm = fs::read(built)?;
    super::plain::without_reference_types(&mut wasm)?;
    fs::write(&marked, wasm)?;

    let mut bindgen = command("wasm-bindgen");
    bindgen.args(["--target", "web", "--no-typescript", "--out-name", "gopay-checkout", "--out-dir"]);
    run(bindgen.arg(&folder).arg(&marked))?;
    let flags: Vec<_> = PLAIN_FEATURES.into_iter().chain(SMALL).chain(LOWERED).chain(STRIPPED).collect();
    let short = folder.join("short.wasm");
    let names = short_names(&folder.join("gopay-checkout_bg.wasm"), &short, &flags)?;
    let wasm = folder.join("wasm2js.js");
    run(command("wasm2js").arg("-Oz").args(PLAIN_FEATURES).arg(&short).arg("-o").arg(&wasm))?;
    Ok(Compiled { wasm, glue: folder.join("gopay-checkout.js"), names })
}

/// Shortens the names in `from`, into `to`; what wasm-opt prints of them.
fn short_names(from: &Path, to: &Path, flags: &[&str]) -> Result<String> {
    let mut opt = command("wasm-opt");
    opt.args(flags).arg(SHORT_NAMES).arg(from).arg("-o").arg(to);
    Ok(String::from_utf8(output(&mut opt)?)?)
}
