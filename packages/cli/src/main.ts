#!/usr/bin/env node
// Nothing is imported up here: an older Node.js has to understand this file to say what it lacks, and V8's flag has to be set
// before anything compiles WebAssembly.
const oldest = 24;
const major = Number(process.versions.node.split('.')[0]);
if (major < oldest) {
  process.stderr.write(
    `error: lockstep needs Node.js ${oldest} or later, and this is ${process.version} (${process.execPath}): ` +
      `install a newer one from https://nodejs.org, or run "npx -y -p node@${oldest} -p lockstep lockstep"\n`,
  );
  process.exitCode = 1;
} else {
  // What was compiled the last time is read from Node.js's folder for it among the temporary files, where that can be; threads take
  // the folder from the environment. So a command starts in half the time, and each thread has ten megabytes less.
  const [{ enableCompileCache }, { tmpdir }, { join }] = await Promise.all([
    import('node:module'),
    import('node:os'),
    import('node:path'),
  ]);
  process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'node-compile-cache');
  enableCompileCache(process.env.NODE_COMPILE_CACHE);
  const { requestRevectorization } = await import('@lockstep/kernels');
  requestRevectorization();
  const { runCommandLine } = await import('./cli.ts');
  process.exitCode = await runCommandLine(process.argv.slice(2));
}

export {};
