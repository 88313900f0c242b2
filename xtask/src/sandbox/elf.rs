//! Reads how a Linux program is to be started. A static one names no interpreter: nothing is loaded beside it.

use anyhow::{Context, Result, bail};

/// `PT_INTERP`, the segment that names the program's interpreter, which loads its libraries.
const INTERPRETER: u64 = 3;

/// The interpreter's path, if the program wants one. Only 64 bits, little-endian: all that is built here.
pub(super) fn interpreter(program: &[u8]) -> Result<Option<String>> {
    if !program.starts_with(b"\x7fELF\x02\x01") {
        bail!("not an ELF program of 64 bits, little-endian");
    }
    // e_phoff, e_phentsize, e_phnum: where the program headers are, how long one is, and how many.
    let start = number::<8>(program, 0x20)?;
    let (length, count) = (number::<2>(program, 0x36)?, number::<2>(program, 0x38)?);
    for place in 0..count {
        let header = start + place * length;
        if number::<4>(program, header)? == INTERPRETER {
            // p_offset, p_filesz
            let (offset, size) = (number::<8>(program, header + 8)?, number::<8>(program, header + 32)?);
            let path = bytes(program, offset, size)?;
            return Ok(Some(String::from_utf8_lossy(path).trim_end_matches('\0').to_owned()));
        }
    }
    Ok(None)
}

fn number<const BYTES: u64>(program: &[u8], at: u64) -> Result<u64> {
    Ok(bytes(program, at, BYTES)?.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn bytes(program: &[u8], at: u64, length: u64) -> Result<&[u8]> {
    let (from, length) = (usize::try_from(at)?, usize::try_from(length)?);
    let found = from.checked_add(length).and_then(|to| program.get(from..to));
    found.with_context(|| format!("broken: it ends before byte {at} + {length}"))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_loaded_with_libraries_names_who_loads_it() {
        // Cargo's own tests are such programs, where the C library is not linked in.
        let this = std::fs::read(std::env::current_exe().expect("this test")).expect("its bytes");
        let found = interpreter(&this).expect("a program");
        let is_loaded = found.as_ref().is_some_and(|path| path.starts_with('/') && path.contains("/ld-"));
        assert_eq!(is_loaded, !cfg!(target_feature = "crt-static"), "{found:?}");
    }

    #[test]
    fn a_program_without_that_segment_is_static() {
        let mut program = vec![0; 0x40 + 2 * 56];
        program[..6].copy_from_slice(b"\x7fELF\x02\x01");
        (program[0x20], program[0x36], program[0x38]) = (0x40, 56, 2);
        // PT_LOAD, PT_DYNAMIC
        (program[0x40], program[0x40 + 56]) = (1, 2);
        assert_eq!(interpreter(&program).expect("a program"), None);
    }

    #[test]
    fn what_is_no_program_or_only_the_beginning_of_one_is_refused() {
        assert!(interpreter(b"#!/bin/sh\n").is_err() && interpreter(b"").is_err());
        let mut cut = b"\x7fELF\x02\x01".to_vec();
        cut.resize(0x40, 0);
        (cut[0x20], cut[0x36], cut[0x38]) = (0x40, 56, 1);
        assert!(interpreter(&cut).expect_err("its header is not there").to_string().contains("broken"));
    }
}
