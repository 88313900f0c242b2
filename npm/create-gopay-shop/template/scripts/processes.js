// Starts programs, waits until they answer, and ends them together.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The shop's folder, wherever npm was called. */
export const folder = fileURLToPath(new URL('..', import.meta.url));

const running = new Set();
let isStopping = false;

/** Says why, and ends. */
export function stop(why) {
  console.error(why);
  end(1);
}

/** Ends all that runs, and then this. */
export function end(code) {
  if (isStopping) return;
  isStopping = true;
  process.exitCode = code;
  for (const child of running) child.kill('SIGTERM');
  // What does not listen to that within a few seconds is killed.
  setTimeout(() => running.forEach((child) => child.kill('SIGKILL')), 5000).unref();
  if (running.size === 0) process.exit(code);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(0));
process.on('uncaughtException', (error) => stop(error.stack));
process.on('unhandledRejection', (error) => stop(error.stack));

/** Starts a program. `atEnd` gets its exit code; without it, the end of one is the end of all. */
export function start(name, program, given, env = {}, atEnd) {
  const local = '127.0.0.1,localhost';
  // A proxy of this machine's must not be asked for 127.0.0.1.
  const child = spawn(program, given, {
    cwd: folder,
    env: { ...process.env, NO_PROXY: local, no_proxy: local, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  running.add(child);
  child.on('error', (error) => stop(`${name} cannot be started (${program}): ${error.message}`));
  child.on('exit', (code, signal) => {
    running.delete(child);
    if (isStopping) {
      if (running.size === 0) process.exit();
    } else if (atEnd) {
      atEnd(code ?? 1);
    } else {
      stop(`${name} has ended (${signal ?? code}). What it wrote stands above.`);
    }
  });
}

/** Starts the backend on this port, with the settings of `.env` and these. */
export function startBackend(env) {
  start('The backend', process.execPath, ['backend/shop.js'], env);
}

/** Waits until something answers there, whatever it says. */
export async function answers(name, url) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    // What comes next is not begun any more.
    if (isStopping) await new Promise(() => {});
    try {
      return await fetch(url);
    } catch (error) {
      if (Date.now() > deadline) stop(`${name} does not answer at ${url}: ${error.cause?.code ?? error.message}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
