//! The size budget of the widget. On 4G as slow as much of Indonesia has it (1.6 Mbit/s), ten thousand bytes are 50 ms
//! of a payer's waiting.

use crate::sizes::{Sizes, table};
use anyhow::{Result, bail};
use std::fmt;

/// Loader, glue and wasm together.
const WITH_WASM: usize = 80_000;

/// The loader alone: it paints before anything else has come, so it must come with the first few packets of a connection.
const LOADER: usize = 6_000;

/// The JavaScript build: for few payers, and what cannot be as small must at least not be twice as large.
const PLAIN: usize = 100_000;

/// The stylesheet that follows: it is fetched after the first screen, on the same line as the payer's status.
const LATER: usize = 3_000;

/// Sizes of all files that the widget may fetch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weights {
    pub(super) loader: Sizes,
    pub(super) glue: Sizes,
    pub(super) wasm: Sizes,
    pub(super) plain: Sizes,
    pub(super) pay: Sizes,
    pub(super) later: Sizes,
    pub(super) debug: Sizes,
}

impl Weights {
    /// Size of what is fetched where WebAssembly runs.
    pub(super) fn with_wasm(&self) -> Sizes {
        self.loader + self.glue + self.wasm
    }

    /// Size of what is fetched where WebAssembly does not run.
    fn without_wasm(&self) -> Sizes {
        self.loader + self.plain
    }

    /// Fails if anything exceeds its limit, with the excess.
    pub(super) fn check_budget(&self) -> Result<()> {
        let measured = [
            ("loader, glue and wasm", self.with_wasm().brotli, WITH_WASM),
            ("the loader alone", self.loader.brotli, LOADER),
            ("the JavaScript build", self.plain.brotli, PLAIN),
            ("the stylesheet that follows", self.later.brotli, LATER),
        ];
        let too_heavy = measured.iter().filter(|(_, is, may)| is > may);
        let told: Vec<_> =
            too_heavy.map(|(what, is, may)| format!("{what}: {is} bytes in brotli, at most {may}")).collect();
        if told.is_empty() { Ok(()) } else { bail!("dist/ is built, but too heavy: {}", told.join("; ")) }
    }
}

impl fmt::Display for Weights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&table(&[
            ("gopay-checkout.js (loader, with styles)", self.loader),
            ("core/gopay-checkout.*.js (glue)", self.glue),
            ("core/gopay-checkout.*.wasm", self.wasm),
            ("  together: loader, glue, wasm", self.with_wasm()),
            ("core/gopay-checkout.*.plain.js (JavaScript build)", self.plain),
            ("  together: loader, JavaScript build", self.without_wasm()),
            ("core/gopay-checkout.*.pay.js (only for pay())", self.pay),
            ("core/gopay-checkout.*.later.js (styles that follow)", self.later),
            ("core/gopay-checkout.*.debug.js (for developers)", self.debug),
        ]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(loader: usize, glue: usize, wasm: usize, plain: usize) -> Weights {
        let sizes = |brotli| Sizes { raw: 3 * brotli, gzip: 2 * brotli, brotli };
        Weights {
            loader: sizes(loader),
            glue: sizes(glue),
            wasm: sizes(wasm),
            plain: sizes(plain),
            pay: sizes(7),
            later: sizes(LATER),
            debug: sizes(9),
        }
    }

    #[test]
    fn exactly_the_limits_are_allowed() {
        let most = weights(LOADER, 3_000, WITH_WASM - LOADER - 3_000, PLAIN);
        most.check_budget().expect("not a byte too many");
    }

    #[test]
    fn a_byte_more_is_refused_with_what_it_is_and_may_be() {
        let too_heavy = weights(LOADER + 1, 3_000, WITH_WASM - LOADER - 3_000, PLAIN + 1);
        let problem = too_heavy.check_budget().expect_err("three times a byte too many").to_string();
        for told in ["wasm: 80001 bytes in brotli, at most 80000", "alone: 6001 bytes", "build: 100001 bytes"] {
            assert!(problem.contains(told), "{problem}");
        }
    }

    #[test]
    fn the_table_adds_up_both_ways_to_run() {
        let table = weights(1, 20, 300, 4_000).to_string();
        let sum =
            |what: &str| table.lines().find(|line| line.contains(what)).and_then(|line| line.split_whitespace().last());
        assert_eq!((sum("loader, glue, wasm"), sum("loader, JavaScript")), (Some("321"), Some("4001")));
    }
}
