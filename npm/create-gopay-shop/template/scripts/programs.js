// Finds the prebuilt programs of the release that this shop was made with: `midtrans-sandbox`, Midtrans offline, and
// `gopay-doctor`, which checks the backend. Each is one file for Linux that needs no other.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { folder, stop } from './processes.js';

/** The release's archive: its name, and where it was published its address and SHA-256. */
const release = JSON.parse(readFileSync(new URL('release.json', import.meta.url), 'utf8'));

const UNPACKED = join(folder, 'programs');
const VARIABLES = { 'midtrans-sandbox': 'GOPAY_SANDBOX', 'gopay-doctor': 'GOPAY_DOCTOR' };

/**
 * The program's file: the one that its variable names (GOPAY_SANDBOX, GOPAY_DOCTOR), the one in programs/, the one on PATH, or
 * else the release's, which is fetched into programs/ if its hash is right.
 */
export async function find(name) {
  const variable = VARIABLES[name];
  const named = process.env[variable];
  if (named) return canRun(named) ? named : stop(`${variable} is ${named}, which is no program that can be run`);
  const found = installed(name);
  if (found) return found;
  if (release.url && release.sha256 && `${process.platform}-${process.arch}` === release.platform) await download();
  return installed(name) ?? stop(missing(name, variable));
}

function installed(name) {
  const folders = [UNPACKED, ...(process.env.PATH ?? '').split(delimiter)];
  return folders.map((path) => join(path, name)).find(canRun);
}

function canRun(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function missing(name, variable) {
  return `${name} is not here. Do one of these:
- On Linux (${release.platform}): take ${release.archive} from the release ${release.version} of gopay-checkout, and unpack it:
    mkdir -p programs && tar -xzf ${release.archive} -C programs --strip-components=1
- Set ${variable} to the program's file. From the repository, with Rust: cargo build --release --package ${name}
- For the sandbox alone, with an account at Midtrans instead: put its key and https://api.sandbox.midtrans.com into .env`;
}

async function download() {
  console.log(`Fetching ${release.url}`);
  let bytes;
  try {
    const answer = await fetch(release.url);
    if (!answer.ok) throw new Error(`HTTP status ${answer.status}`);
    bytes = Buffer.from(await answer.arrayBuffer());
  } catch (error) {
    console.error(`${release.url} cannot be fetched: ${error.cause?.message ?? error.message}`);
    return;
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== release.sha256) {
    console.error(`${release.url} has the SHA-256 ${sha256} and not ${release.sha256}: it is not used`);
    return;
  }
  // Unpacked beside its place: an interrupted download leaves no half a program there.
  const stage = `${UNPACKED}.part`;
  const archive = join(stage, release.archive);
  rmSync(stage, { recursive: true, force: true });
  mkdirSync(stage);
  writeFileSync(archive, bytes);
  const tar = spawnSync('tar', ['-xzf', archive, '-C', stage, '--strip-components=1'], { stdio: 'inherit' });
  if (tar.status !== 0) return;
  rmSync(archive);
  rmSync(UNPACKED, { recursive: true, force: true });
  renameSync(stage, UNPACKED);
}
